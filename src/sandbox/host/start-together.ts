import type { HostHandle } from "./start-host.ts";

/** Starts host processes that belong together: all of them, or none. Rejects with the first failure after the others were stopped. */
export async function startTogether(
  starts: readonly (() => Promise<HostHandle>)[],
): Promise<HostHandle[]> {
  const outcomes = await Promise.allSettled(starts.map((start) => start()));
  const hosts = outcomes.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const failed = outcomes.find((one) => one.status === "rejected");
  if (failed === undefined) return hosts;
  await stopTogether(hosts);
  throw failed.reason;
}

/** Stops host processes, all at once. */
export async function stopTogether(hosts: readonly HostHandle[]): Promise<void> {
  await Promise.all(hosts.map((host) => host.stop()));
}
