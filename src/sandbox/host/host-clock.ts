import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../ports/clock.ts";

/** The time, and waiting for it. Tests pass a clock that they move by hand. */
export interface HostClock extends Clock {
  /** Resolves after `ms` milliseconds or as soon as `signal` aborts, whichever is first; never rejects. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** Longer timers overflow in Node and fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/** The system's clock. Waits longer than 24.8 days end early; the host's loops look again. */
export const systemClock: HostClock = {
  now: () => Date.now(),
  wait: async (ms, signal) => {
    if (signal.aborted) return;
    await sleep(Math.min(ms, longestTimerMs), undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  },
};
