import { setImmediate } from "node:timers/promises";
import type { HostClock } from "../../../src/sandbox/host/host-clock.ts";

/** A clock that stands still until it is moved. */
export interface ManualClock extends HostClock {
  /** Moves the time forward, ending waits in their order; what they set off runs before the next one. */
  advance(ms: number): Promise<void>;
  /** Lengths of the waits that are open now. */
  waits(): readonly number[];
}

export function manualClock(start = 0): ManualClock {
  let now = start;
  const open = new Set<{ readonly at: number; readonly from: number; readonly end: () => void }>();
  const settle = async () => {
    for (let turn = 0; turn < 5; turn += 1) await setImmediate();
  };
  return {
    now: () => now,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const entry = { at: now + ms, from: now, end: finish };
        function finish() {
          open.delete(entry);
          signal.removeEventListener("abort", finish);
          resolve();
        }
        open.add(entry);
        signal.addEventListener("abort", finish);
      }),
    waits: () => [...open].map(({ at, from }) => at - from),
    async advance(ms) {
      const target = now + ms;
      await settle();
      for (;;) {
        const [first] = [...open].filter(({ at }) => at <= target).sort((a, b) => a.at - b.at);
        if (first === undefined) break;
        now = Math.max(now, first.at);
        first.end();
        await settle();
      }
      now = target;
    },
  };
}
