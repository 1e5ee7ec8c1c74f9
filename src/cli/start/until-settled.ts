import type { Fleet } from "../../controller/fleet.ts";
import { systemClock, systemTimer } from "../../runtime/system.ts";
import type { Sandbox } from "../../sandbox/start-sandbox.ts";
import type { KubeObjects } from "./kube-objects.ts";
import type { Manifest } from "./manifests.ts";
import type { Progress, ShownResource } from "./progress.ts";

/** Longest that `--once` waits for the samples. */
const limitMs = 600_000;
const lookMs = 500;

/** What is waited for, and what may end the wait. */
export type Settling = {
  readonly sandbox: Sandbox;
  readonly objects: KubeObjects;
  readonly manifests: readonly Manifest[];
  readonly progress: Progress;
  readonly interrupted: AbortSignal;
  readonly once: boolean;
  /** When everything was started, epoch ms: the controller has looked at a cluster when it did after this. */
  readonly since: number;
};

/**
 * Shows progress. With `once` it ends as soon as every sample is Ready and the controller, after it has looked at the cluster since
 * the start, has nothing left to do; else when the user interrupts, or an app process dies.
 */
export async function untilSettled(
  settling: Settling,
): Promise<{ readonly unready: readonly ShownResource[] }> {
  const { sandbox, objects, manifests, progress, interrupted, once } = settling;
  const started = systemClock.now();
  const died = new AbortController();
  for (const host of sandbox.hosts) void host.exited.then(() => died.abort());
  const ended = AbortSignal.any([interrupted, died.signal]);
  for (;;) {
    const shown = await objects.read(manifests);
    progress.resources(shown);
    progress.arm(sandbox.arm);
    const unready = shown.filter(({ state }) => state !== "Ready");
    if (shown.length > 0 && unready.length === 0) progress.ready(shown.length, once);
    if (once && (await isOver(settling, started, unready.length))) return { unready };
    if (ended.aborted) {
      if (!interrupted.aborted) progress.line("the function app ended by itself");
      return { unready };
    }
    await systemTimer.sleep(lookMs, ended);
  }
}

async function isOver(settling: Settling, started: number, unready: number): Promise<boolean> {
  if (systemClock.now() - started > limitMs) return true;
  return unready === 0 && (await atRest(settling, started));
}

/** The controller has reached every cluster since everything was started and has nothing in work, nothing that was due by `started`, and no operation running. */
async function atRest({ sandbox, since }: Settling, started: number): Promise<boolean> {
  const answer = await fetch(sandbox.fleetUrl, { headers: { accept: "application/json" } });
  if (!answer.ok) return false;
  const fleet = (await answer.json()) as Fleet;
  return fleet.clusters.every(
    ({ reachedAt, outstanding, oldestDue, states }) =>
      reachedAt !== undefined &&
      Date.parse(reachedAt) >= since &&
      outstanding === 0 &&
      (oldestDue === undefined || Date.parse(oldestDue) > started) &&
      (states["Reconciling"] ?? 0) === 0,
  );
}
