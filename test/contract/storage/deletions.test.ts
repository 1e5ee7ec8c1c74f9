import { describe, expect, it } from "vitest";
import { TableDeletions } from "../../../src/adapters/storage/table-deletions.ts";
import type { CountedDeletion } from "../../../src/core/decide/deletion-breaker.ts";
import { onEachStorage } from "./storage-target.ts";

const cluster = "west";
const now = 1_800_000_000_000;
const pause = { at: now, deleting: 51, resources: 200 };
const confirmation = { at: now + 5, until: now + 600_000 };

function deletion(uid: string, at = now): CountedDeletion {
  return { uid, armId: `/subscriptions/s/resourcegroups/${uid}`, resources: 3, at };
}

describe("deletions of a cluster", () => {
  onEachStorage((target) => {
    it("begin with an empty book", async () => {
      const deletions = new TableDeletions(target.table());

      expect(await deletions.read(cluster, 0)).toEqual({ counted: [], version: undefined });
    });

    it("count a resource once, and each cluster for itself", async () => {
      const deletions = new TableDeletions(target.table());
      await deletions.count(cluster, deletion("a"));
      await deletions.count(cluster, { ...deletion("a"), resources: 9, at: now + 1 });
      await deletions.count("east", deletion("b"));

      expect((await deletions.read(cluster, 0)).counted).toEqual([deletion("a")]);
      expect((await deletions.read("east", 0)).counted).toEqual([deletion("b")]);
    });

    it("forget what was counted before the window, for good", async () => {
      const deletions = new TableDeletions(target.table());
      await deletions.count(cluster, deletion("old", now - 1));
      await deletions.count(cluster, deletion("new", now));

      expect((await deletions.read(cluster, now)).counted).toEqual([deletion("new")]);
      expect((await deletions.read(cluster, 0)).counted).toEqual([deletion("new")]);
    });

    it("count so that of many workers at once none sees less than what was before it", async () => {
      const deletions = new TableDeletions(target.table());
      const seen = await Promise.all(
        Array.from({ length: 12 }, async (_, index) => {
          await deletions.count(cluster, deletion(`r${index}`));
          return (await deletions.read(cluster, 0)).counted.length;
        }),
      );

      const limit = 5;
      expect(seen.filter((count) => count <= limit).length).toBeLessThanOrEqual(limit);
      expect(Math.max(...seen)).toBe(12);
    });

    it("pause once, whoever comes at the same time", async () => {
      const deletions = new TableDeletions(target.table());
      const { version } = await deletions.read(cluster, 0);

      const answers = await Promise.all(
        [1, 2, 3].map((n) => deletions.pause(cluster, { ...pause, deleting: n }, version)),
      );

      expect(answers.filter(Boolean).length).toBe(1);
      const first = answers.indexOf(true) + 1;
      expect((await deletions.read(cluster, 0)).pause).toEqual({ ...pause, deleting: first });
    });

    it("go on with a confirmation, which no late pause undoes", async () => {
      const deletions = new TableDeletions(target.table());
      await deletions.pause(cluster, pause, undefined);
      const before = await deletions.read(cluster, 0);

      await deletions.confirm(cluster, confirmation);

      expect(await deletions.pause(cluster, pause, before.version)).toBe(false);
      const after = await deletions.read(cluster, 0);
      expect(after).toMatchObject({ confirmation });
      expect(after.pause).toBeUndefined();
      expect(await deletions.pause(cluster, pause, after.version)).toBe(true);
      expect(await deletions.read(cluster, 0)).toMatchObject({ pause, confirmation });
    });

    it("cost one request to read and one to count", async () => {
      const deletions = new TableDeletions(target.table());
      const mark = target.requests();
      await deletions.read(cluster, 0);
      await deletions.count(cluster, deletion("a"));
      expect(target.requests() - mark).toBe(2);
    });
  });
});
