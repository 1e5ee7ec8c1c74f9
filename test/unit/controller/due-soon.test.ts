import { describe, expect, test } from "vitest";
import { noteDue, restUntilDue } from "../../../src/controller/due-soon.ts";
import type { Engine } from "../../../src/controller/engine.ts";

const never = new AbortController().signal;

/** An engine of a clock and a timer; `during` runs in the middle of the first sleep. */
function engineWith(during: (engine: Engine) => void = () => undefined): {
  engine: Engine;
  now: () => number;
} {
  let time = 1_000_000;
  let first = true;
  const engine = {
    clock: { now: () => time },
    timer: {
      every: () => () => undefined,
      sleep: async (milliseconds: number, signal: AbortSignal) => {
        if (!first) {
          time += milliseconds;
          return;
        }
        first = false;
        time += milliseconds / 2;
        during(engine);
        if (!signal.aborted) time += milliseconds / 2;
      },
    },
  } as unknown as Engine;
  return { engine, now: () => time };
}

describe("a scan that rests", () => {
  test("looks for due rows every second", async () => {
    const { engine, now } = engineWith();
    await restUntilDue(engine, "one", now() + 60_000, never);
    expect(now()).toBe(1_001_000);
  });

  test("looks when a row of its process falls due, and not before", async () => {
    const { engine, now } = engineWith();
    noteDue(engine, "one", 1_000_400);
    noteDue(engine, "other", 1_000_100);
    await restUntilDue(engine, "one", now() + 60_000, never);
    expect(now()).toBeGreaterThanOrEqual(1_000_400);
    expect(now()).toBeLessThan(1_000_410);
  });

  test("hears of a row that falls due while it rests", async () => {
    const { engine, now } = engineWith((running) => noteDue(running, "one", 1_000_600));
    await restUntilDue(engine, "one", now() + 60_000, never);
    expect(now()).toBeGreaterThanOrEqual(1_000_600);
    expect(now()).toBeLessThan(1_000_610);
  });

  test("rests no longer than it may", async () => {
    const { engine, now } = engineWith();
    await restUntilDue(engine, "one", now() + 300, never);
    expect(now()).toBe(1_000_300);
  });

  test("forgets what has fallen due", async () => {
    const { engine, now } = engineWith();
    noteDue(engine, "one", 1_000_100);
    await restUntilDue(engine, "one", now() + 60_000, never);
    const before = now();
    await restUntilDue(engine, "one", now() + 60_000, never);
    expect(now() - before).toBe(1000);
  });
});
