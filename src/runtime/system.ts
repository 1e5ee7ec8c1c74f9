import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock, Random, Timer } from "../ports/clock.ts";

/** The real time, randomness and waiting. */
export const systemClock: Clock = { now: () => Date.now() };

/** Chance of this machine. */
export const systemRandom: Random = { next: () => Math.random(), uuid: () => randomUUID() };

/** Time of this machine. A sleep that is aborted ends without an error. */
export const systemTimer: Timer = {
  every(milliseconds, action) {
    const timer = setInterval(action, milliseconds);
    return () => clearInterval(timer);
  },
  async sleep(milliseconds, signal) {
    try {
      await delay(milliseconds, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  },
};
