import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CountedDeletion,
  type DeletionBook,
  type DeletionLimits,
  deletionPaused,
  isBreakerOff,
  pauseFor,
  resourcesTaken,
  standingOf,
} from "../../../src/core/decide/deletion-breaker.ts";

const now = 1_800_000_000_000;
const limits: DeletionLimits = { max: 50, percent: 25, windowMs: 600_000 };
const group = "/subscriptions/s/resourcegroups/rg";
const account = (n: number): string => `${group}${n}/providers/microsoft.storage/accounts/a`;
const counted = (armId: string, resources = 1): CountedDeletion => ({
  uid: armId,
  armId,
  resources,
  at: now,
});
const many = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => account(from + index));

describe("the limits of a cluster's deletions", () => {
  it.each<[string, Partial<DeletionLimits>, number, number, boolean]>([
    ["the last within the absolute limit goes", {}, 50, 1000, false],
    ["one more pauses", {}, 51, 1000, true],
    ["the last within the share goes", {}, 25, 100, false],
    ["one more than the share pauses", {}, 26, 100, true],
    ["a small cluster goes as a whole", {}, 20, 20, false],
    ["one more than that is a share again", {}, 21, 30, true],
    ["without a share only the number counts", { percent: "never" }, 50, 50, false],
    ["without a number only the share counts", { max: "never" }, 250, 1000, false],
    ["and pauses too", { max: "never" }, 251, 1000, true],
    ["a share of all never pauses", { max: "never", percent: 100 }, 500, 500, false],
    ["a number of one pauses at the second", { max: 1 }, 2, 1000, true],
  ])("%s", (_what, changed, deleting, resources, isPaused) => {
    const managed = many(resources);

    const pause = pauseFor(
      managed.slice(0, deleting).map((id) => counted(id)),
      managed,
      { ...limits, ...changed },
      now,
    );

    expect(pause).toEqual(isPaused ? { at: now, deleting, resources } : undefined);
  });

  it("are a share of what there was, although rows go with every deletion", () => {
    const managed = many(100);
    const gone = managed.slice(0, 26).map((id) => counted(id));
    expect(pauseFor(gone, managed.slice(26), limits, now)).toMatchObject({
      deleting: 26,
      resources: 100,
    });
  });

  it("are off only when both are", () => {
    expect(isBreakerOff({ ...limits, max: "never", percent: "never" })).toBe(true);
    expect(isBreakerOff({ ...limits, max: "never" })).toBe(false);
    expect(isBreakerOff({ ...limits, percent: "never" })).toBe(false);
  });
});

describe("a deletion takes along", () => {
  it("what is below it, and nothing whose name only begins alike", () => {
    const managed = [group, `${group}/providers/x/y/z`, `${group}2`, account(1), ""];
    expect(resourcesTaken(group, [], managed)).toBe(2);
  });

  it("at least itself, also when it is not among the rows", () => {
    expect(resourcesTaken(group, [], [])).toBe(1);
  });

  it("nothing more when its parent is counted", () => {
    expect(resourcesTaken(account(1), [counted(`${group}1`, 5)], many(2))).toBe(0);
  });

  const shapes = fc.record({
    order: fc.shuffledSubarray(
      [0, 1, 2].flatMap((g) => [
        `/g${g}`,
        ...[0, 1].flatMap((p) => [`/g${g}/p${p}`, `/g${g}/p${p}/c0`, `/g${g}/p${p}/c1`]),
      ]),
    ),
    /** How many of those that went before have lost their rows when the next one comes. */
    lag: fc.nat(5),
  });

  it("each resource once, in whatever order they come and rows go", () => {
    fc.assert(
      fc.property(shapes, ({ order, lag }) => {
        const all = [0, 1, 2].flatMap((g) => [
          `/g${g}`,
          ...[0, 1].flatMap((p) => [`/g${g}/p${p}`, `/g${g}/p${p}/c0`, `/g${g}/p${p}/c1`]),
        ]);
        const within = (id: string, top: string): boolean => id === top || id.startsWith(`${top}/`);
        let book: readonly CountedDeletion[] = [];
        let rows = all;
        order.forEach((armId, index) => {
          const resources = resourcesTaken(armId, book, rows);
          if (resources > 0) book = [...book, counted(armId, resources)];
          const gone = order.slice(0, Math.max(0, index - lag));
          rows = all.filter((id) => !gone.some((top) => within(id, top)));
        });
        const lost = all.filter((id) => order.some((top) => within(id, top)));
        const never: DeletionLimits = { max: 0, percent: "never", windowMs: 1 };
        const pause = pauseFor(book, rows, never, now);
        expect(pause?.deleting ?? 0).toBe(lost.length);
        expect(pause?.resources ?? all.length).toBe(all.length);
      }),
    );
  });
});

describe("a deletion", () => {
  const pause = { at: now - 1000, deleting: 51, resources: 100 };
  const confirmation = { at: now - 500, until: now + 500 };
  it.each<[string, Omit<DeletionBook, "counted">, number | undefined, string]>([
    ["counts when nothing was said", {}, undefined, "counts"],
    ["waits while deletions are paused", { pause }, undefined, "paused"],
    ["waits however long it waited", { pause: { ...pause, at: 0 } }, 1, "paused"],
    ["goes within the time of a confirmation", { confirmation }, undefined, "confirmed"],
    [
      "counts again when that time is over",
      { confirmation: { at: 1, until: now } },
      undefined,
      "counts",
    ],
    [
      "goes when it waited at the confirmation, at any time",
      { confirmation: { at: 9, until: 10 } },
      9,
      "confirmed",
    ],
    [
      "that began to wait after it does not",
      { pause, confirmation: { at: 9, until: 10 } },
      10,
      "paused",
    ],
    [
      "that waited before goes although others are paused",
      { pause, confirmation: { at: 9, until: 10 } },
      8,
      "confirmed",
    ],
  ])("%s", (_what, book, waitsSince, expected) => {
    expect(standingOf({ ...book, counted: [] }, waitsSince, now)).toBe(expected);
  });

  it("that waits says how many, of how many, in what time, where, and both ways out", () => {
    expect(deletionPaused("west", pause, limits)).toEqual({
      reason: "DeletionPaused",
      severity: "Warning",
      retry: "verySlow",
      message:
        'Deletions of cluster "west" are paused since 2027-01-15T07:59:59Z: 51 of its 100 resources were to be deleted in Azure within 10 minutes. Nothing was sent for this one. If that is meant, run: aso-functions deletions confirm west. If not, set serviceoperator.azure.com/reconcile-policy: detach-on-delete on the resources or their Namespace to let go of them without deleting them in Azure.',
    });
  });
});
