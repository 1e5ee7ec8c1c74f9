import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { createBackOff } from "../../../src/sandbox/host/back-off.ts";

describe("createBackOff", () => {
  it("doubles from 200 ms to the longest pause and stays there", () => {
    const backOff = createBackOff(2_000, () => 0.5);

    const pauses = Array.from({ length: 7 }, () => backOff.next(false));

    expect(pauses).toEqual([200, 400, 800, 1_600, 2_000, 2_000, 2_000]);
  });

  it("starts over at 100 ms after messages were found", () => {
    const backOff = createBackOff(2_000, () => 0.5);
    for (let count = 0; count < 6; count += 1) backOff.next(false);

    expect([backOff.next(true), backOff.next(false)]).toEqual([100, 200]);
  });

  property.prop([
    fc.integer({ min: 100, max: 60_000 }),
    fc.array(fc.tuple(fc.boolean(), fc.double({ min: 0, max: 0.999, noNaN: true }))),
  ])("pauses between 100 ms and the longest pause, whatever happens", (longest, steps) => {
    let next = 0;
    const backOff = createBackOff(longest, () => next);
    for (const [found, random] of steps) {
      next = random;
      const pause = backOff.next(found);
      expect(pause).toBeGreaterThanOrEqual(100);
      expect(pause).toBeLessThanOrEqual(longest);
    }
  });
});
