import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { parseCron } from "../../../src/sandbox/host/cron.ts";

const at = (text: string) => Date.parse(text);

describe("parseCron", () => {
  it.each([
    {
      cron: "0 * * * * *",
      after: "2026-03-01T10:00:00Z",
      next: "2026-03-01T10:01:00Z",
      because: "strictly after",
    },
    {
      cron: "0 * * * * *",
      after: "2026-03-01T10:00:59.999Z",
      next: "2026-03-01T10:01:00Z",
      because: "milliseconds count",
    },
    {
      cron: "*/15 * * * * *",
      after: "2026-03-01T10:00:16Z",
      next: "2026-03-01T10:00:30Z",
      because: "steps start at the minimum",
    },
    {
      cron: "0 30 9-17/4 * * *",
      after: "2026-03-01T10:00:00Z",
      next: "2026-03-01T13:30:00Z",
      because: "a step within a range",
    },
    {
      cron: "0 0 0 1 jan *",
      after: "2026-03-01T00:00:00Z",
      next: "2027-01-01T00:00:00Z",
      because: "months have names",
    },
    {
      cron: "0 0 8 * * Mon-Fri",
      after: "2026-03-06T09:00:00Z",
      next: "2026-03-09T08:00:00Z",
      because: "a weekend lies between",
    },
    {
      cron: "0 0 0 29 2 *",
      after: "2026-03-01T00:00:00Z",
      next: "2028-02-29T00:00:00Z",
      because: "leap days are rare",
    },
    {
      cron: "0 0 0 13 * 5",
      after: "2026-03-14T00:00:00Z",
      next: "2026-11-13T00:00:00Z",
      because: "day and weekday must both match",
    },
    {
      cron: "5 * * * *",
      after: "2026-03-01T10:06:00Z",
      next: "2026-03-01T11:05:00Z",
      because: "five fields begin with the minute",
    },
    {
      cron: "10/20 0 0 * * *",
      after: "2026-03-01T00:00:10Z",
      next: "2026-03-01T00:00:30Z",
      because: "a value with a step runs to the end",
    },
    {
      cron: "0 0,30 23 31 12 *",
      after: "2026-12-31T23:30:00Z",
      next: "2027-12-31T23:00:00Z",
      because: "lists, and over the year's end",
    },
  ])("$cron after $after is $next: $because", ({ cron, after, next }) => {
    expect(parseCron(cron)?.next(at(after))).toBe(at(next));
  });

  it.each([
    "",
    "* * *",
    "60 * * * * *",
    "* * 24 * * *",
    "* * * 0 * *",
    "*/0 * * * * *",
    "5-1 * * * * *",
    "a * * * * *",
    "1- * * * * *",
    "* * * * * * *",
    "00:01:00",
  ])("refuses %j", (text) => {
    expect(parseCron(text)).toBeUndefined();
  });
});

describe("a cron schedule", () => {
  it("has no next occurrence for a day that never comes", () => {
    expect(parseCron("0 0 0 31 2 *")?.next(0)).toBeUndefined();
  });

  it.each([
    { cron: "*/15 * * * * *", sub: true },
    { cron: "0,30 * * * * *", sub: true },
    { cron: "0 * * * * *", sub: false },
    { cron: "0 0 0 29 2 *", sub: false },
  ])("$cron occurs more than once a minute: $sub", ({ cron, sub }) => {
    expect(parseCron(cron)?.isSubMinute).toBe(sub);
  });

  property.prop([fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 4_000_000_000 })])(
    "gives a matching second within the step",
    (step, second) => {
      const after = second * 1000;
      const next = parseCron(`*/${step} * * * * *`)?.next(after) ?? Number.NaN;
      expect(next).toBeGreaterThan(after);
      expect(next - after).toBeLessThanOrEqual(step * 1000);
      expect(new Date(next).getUTCSeconds() % step).toBe(0);
    },
  );
});
