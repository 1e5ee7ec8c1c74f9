import { readFileSync } from "node:fs";

/** What a process has used since it started. */
export type Usage = {
  readonly cpuSeconds: number;
  readonly residentMiB: number;
  readonly peakMiB: number;
};

/** The kernel counts CPU time in hundredths of a second, whatever its own clock (proc(5), USER_HZ). */
const ticksPerSecond = 100;

/** Reads /proc: CPU time in user and kernel mode, memory now and at its highest. */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The program's name may hold spaces and parentheses; the numbers follow the last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user = 0, kernel = 0] = fields.slice(11, 13).map(Number);
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mib = (name: string): number =>
    Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024;
  return {
    cpuSeconds: (user + kernel) / ticksPerSecond,
    residentMiB: mib("VmRSS"),
    peakMiB: mib("VmHWM"),
  };
}

/** The sum over several processes. */
export function usageOfAll(pids: readonly number[]): Usage {
  return pids.map(usageOf).reduce(
    (sum, one) => ({
      cpuSeconds: sum.cpuSeconds + one.cpuSeconds,
      residentMiB: sum.residentMiB + one.residentMiB,
      peakMiB: sum.peakMiB + one.peakMiB,
    }),
    { cpuSeconds: 0, residentMiB: 0, peakMiB: 0 },
  );
}
