import { describe, expect, it } from "vitest";
import { TableLedger } from "../../../src/adapters/storage/table-ledger.ts";
import { priorities } from "../../../src/ports/ledger.ts";
import {
  all,
  aRelease,
  claimed,
  cluster,
  dispatched,
  key,
  leaseMs,
  lostAfterMs,
  minute,
  reads,
  seen,
  start,
  waitsFor,
  working,
} from "./ledger-fixtures.ts";
import { onEachStorage } from "./storage-target.ts";

describe("the order of the ledger", () => {
  onEachStorage((target) => {
    const open = () => new TableLedger(target.table());

    it("makes a new row due at once, and tells the scan what it saw", async () => {
      const ledger = open();

      await ledger.observe(cluster, [seen("a"), seen("b", "f2")], priorities.edit, start);

      expect(await ledger.get(key("a"))).toMatchObject({
        key: key("a"),
        state: "idle",
        dirty: true,
        due: start,
        priority: priorities.edit,
        wake: 0,
        epoch: 0,
      });
      const rows = await all(ledger.seen(cluster));
      const told = { due: start, priority: priorities.edit };
      expect(rows).toEqual([
        { ...seen("a"), ...told },
        { ...seen("b", "f2"), ...told },
      ]);
      expect(await all(ledger.seen("another"))).toEqual([]);
    });

    it("makes no row of an observation that saw nothing", async () => {
      const ledger = open();

      await ledger.observe(cluster, [{ key: key("a") }], priorities.edit, start);

      expect(await ledger.get(key("a"))).toBeUndefined();
      expect(await dispatched(ledger, start)).toEqual(new Map());
    });

    it("queues by priority, then by due time, and no more than the limit", async () => {
      const ledger = open();
      await ledger.observe(cluster, [seen("drift")], priorities.sync, start);
      await ledger.observe(cluster, [seen("late")], priorities.edit, start + 2);
      await ledger.observe(cluster, [seen("early")], priorities.edit, start + 1);

      const first = await dispatched(ledger, start + 2, 2);
      const full = await dispatched(ledger, start + 2, 2);
      const last = await dispatched(ledger, start + 2, 3);

      expect([...first]).toEqual([
        ["early", 1],
        ["late", 1],
      ]);
      expect(full.size).toBe(0);
      expect([...last]).toEqual([["drift", 1]]);
      expect(await ledger.get(key("early"))).toMatchObject({
        state: "queued",
        due: start + 2 + lostAfterMs,
      });
    });

    it("queues what was to be due later once its time has come", async () => {
      const ledger = open();
      const claim = await working(ledger, "a");
      await ledger.release(claim, aRelease({ due: start + minute }), start);

      expect(await dispatched(ledger, start + minute - 1)).toEqual(new Map());
      expect(await dispatched(ledger, start + minute)).toEqual(new Map([["a", 3]]));
    });

    it("lets matured rows pass less urgent ones that have been due for long", async () => {
      const ledger = open();
      const claim = await working(ledger, "poll");
      const later = { due: start + minute, priority: priorities.operation };
      await ledger.release(claim, aRelease(later), start);
      const many = Array.from({ length: 200 }, (_, index) => seen(`sync-${index}`));
      await ledger.observe(cluster, many, priorities.sync, start);

      const queued = await dispatched(ledger, start + minute, 2);

      expect([...queued.keys()][0]).toBe("poll");
      expect(queued.size).toBe(2);
    });

    it("brings an edit of a resting row forward", async () => {
      const ledger = open();
      const claim = await working(ledger, "a");
      await ledger.release(claim, aRelease({ due: start + 60 * minute }), start);

      await ledger.observe(cluster, [seen("a", "f2")], priorities.edit, start + 1);

      expect(await ledger.get(key("a"))).toMatchObject({
        state: "idle",
        dirty: true,
        due: start + 1,
        priority: priorities.edit,
        seen: { uid: "uid-a", fingerprint: "f2" },
      });
      expect(await dispatched(ledger, start + 1)).toEqual(new Map([["a", 3]]));
    });

    it("never postpones a row or makes it less urgent because it was seen again", async () => {
      const ledger = open();
      await ledger.observe(cluster, [seen("a")], priorities.edit, start);

      await ledger.observe(cluster, [seen("a", "f2")], priorities.sync, start + minute);

      expect(await ledger.get(key("a"))).toMatchObject({ due: start, priority: priorities.edit });
      expect((await dispatched(ledger, start)).size).toBe(1);
    });

    it("sends the uid of the object that was seen last", async () => {
      const ledger = open();
      await ledger.observe(cluster, [seen("a")], priorities.edit, start);
      const recreated = { key: key("a"), seen: { uid: "uid-new", fingerprint: "f1" } };

      await ledger.observe(cluster, [recreated], priorities.edit, start);

      const wakes = await ledger.dispatch(cluster, 64, start, lostAfterMs);
      expect(wakes).toEqual([{ key: key("a"), uid: "uid-new", wake: 1 }]);
    });

    it("queues again what nobody claimed in time, under another number", async () => {
      const ledger = open();
      await ledger.observe(cluster, [seen("a")], priorities.edit, start);
      await dispatched(ledger, start);

      expect(await dispatched(ledger, start + lostAfterMs - 1)).toEqual(new Map());
      expect(await dispatched(ledger, start + lostAfterMs)).toEqual(new Map([["a", 2]]));
      expect(await ledger.claim(key("a"), 1, start + lostAfterMs, leaseMs)).toEqual({
        kind: "stale",
      });
    });

    it("takes a row back from a dead worker, but not from one that renews", async () => {
      const ledger = open();
      await working(ledger, "dead");
      const alive = await working(ledger, "alive");
      const later = start + lostAfterMs;

      await ledger.renew(alive, later - 1, leaseMs);

      expect(await dispatched(ledger, later)).toEqual(new Map([["dead", 2]]));
      expect(await ledger.get(key("dead"))).toMatchObject({ state: "queued", changed: true });
      expect(await ledger.get(key("alive"))).toMatchObject({ state: "running" });
    });

    it("counts what is outstanding and what is overdue", async () => {
      const ledger = open();
      const resting = await working(ledger, "resting", start - 2 * minute);
      await ledger.release(resting, aRelease({ due: start + minute }), start - 2 * minute);
      await working(ledger, "running");
      await ledger.observe(cluster, [seen("old")], priorities.sync, start - minute);
      await ledger.observe(cluster, [seen("new"), seen("newer")], priorities.edit, start);
      await dispatched(ledger, start, 2);

      expect(await ledger.backlog(cluster, start)).toEqual({
        outstanding: 2,
        overdue: 2,
        oldestDue: start - minute,
      });
      expect(await ledger.backlog("another", start)).toMatchObject({ outstanding: 0, overdue: 0 });
    });

    it("wakes those who wait for a resource, once", async () => {
      const ledger = open();
      for (const name of ["one", "two", "other"]) {
        const claim = await working(ledger, name);
        const links = [waitsFor(name === "other" ? "elsewhere" : "owner"), reads("s", "1")];
        await ledger.release(claim, aRelease({ links }), start);
      }

      expect(await ledger.wakeWaiting(key("owner"), start + 1)).toBe(2);
      expect(await ledger.wakeWaiting(key("owner"), start + 2)).toBe(0);

      expect(await ledger.get(key("one"))).toMatchObject({
        due: start + 1,
        priority: priorities.woken,
        links: [reads("s", "1")],
      });
      expect([...(await dispatched(ledger, start + 1)).keys()]).toEqual(["one", "two"]);
      expect(await ledger.get(key("other"))).toMatchObject({ due: start + 60 * minute });
    });

    it("remembers a wake-up that comes while the waiting row is worked on", async () => {
      const ledger = open();
      const first = await working(ledger, "a");
      await ledger.release(first, aRelease({ links: [waitsFor("owner")], due: start }), start);
      const wake = (await dispatched(ledger, start)).get("a") ?? 0;
      const second = await claimed(ledger, "a", wake, start);

      await ledger.wakeWaiting(key("owner"), start + 1);
      await ledger.release(second, aRelease({ links: [waitsFor("owner")] }), start + 2);

      expect(await ledger.get(key("a"))).toMatchObject({
        state: "idle",
        due: start + 2,
        priority: priorities.edit,
        links: [waitsFor("owner")],
      });
    });

    it("lists which row read which version of a Secret, and forgets what a pass no longer read", async () => {
      const ledger = open();
      const first = await working(ledger, "a");
      const links = [reads("s", "7"), reads("t", "")];
      await ledger.release(first, aRelease({ links, due: start }), start);

      const read = await all(ledger.reads(cluster));
      const second = await claimed(
        ledger,
        "a",
        (await dispatched(ledger, start)).get("a") ?? 0,
        start,
      );
      await ledger.release(second, aRelease({ links: [reads("s", "8")] }), start);

      const object = { object: "Secret", namespace: "default", reader: key("a") };
      expect(read).toEqual([
        { ...object, name: "s", version: "7" },
        { ...object, name: "t", version: "" },
      ]);
      expect(await all(ledger.reads(cluster))).toEqual([{ ...object, name: "s", version: "8" }]);
    });

    it("shows the fleet page each row's state, due time and ARM id", async () => {
      const ledger = open();
      const claim = await working(ledger, "a");
      const memory = { attempts: 0, polls: 0, state: "Succeeded", armId: "/subscriptions/1" };
      await ledger.release(claim, aRelease({ memory }), start);

      expect(await all(ledger.fleet(cluster))).toEqual([
        { key: key("a"), state: "Succeeded", due: start + 60 * minute, armId: "/subscriptions/1" },
      ]);
    });
  });
});
