import { describe, expect, it } from "vitest";
import { TableLedger } from "../../../src/adapters/storage/table-ledger.ts";
import type { RowMemory } from "../../../src/ports/ledger.ts";
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

const writing: RowMemory = {
  attempts: 1,
  polls: 0,
  inFlight: { epoch: 1, generation: 3, goalHash: "abc", method: "PUT" },
};

describe("a claim", () => {
  onEachStorage((target) => {
    const open = () => new TableLedger(target.table());

    it("leases the row under the next epoch and says that a change made it due", async () => {
      const ledger = open();

      const claim = await working(ledger, "a");

      expect(claim).toMatchObject({ epoch: 1, leaseUntil: start + leaseMs });
      expect(claim.row).toMatchObject({ state: "running", dirty: false, changed: true, wake: 1 });
      expect(await ledger.get(key("a"))).toEqual(claim.row);
    });

    it("is refused for an unknown row, another wake number and a leased row", async () => {
      const ledger = open();
      await working(ledger, "a");

      const unknown = await ledger.claim(key("b"), 1, start, leaseMs);
      const other = await ledger.claim(key("a"), 2, start, leaseMs);
      const leased = await ledger.claim(key("a"), 1, start + leaseMs - 1, leaseMs);
      const expired = await ledger.claim(key("a"), 1, start + leaseMs, leaseMs);

      expect([unknown.kind, other.kind, leased.kind]).toEqual(["stale", "stale", "busy"]);
      expect(expired).toMatchObject({ kind: "claimed", claim: { epoch: 2 } });
    });

    it("is won by one of several workers with the same message", async () => {
      const table = target.table();
      const ledgers = Array.from({ length: 4 }, () => new TableLedger(table));
      const [first] = ledgers;
      await first?.observe(cluster, [seen("a")], priorities.edit, start);
      await first?.dispatch(cluster, 64, start, lostAfterMs);

      const outcomes = await Promise.all(
        ledgers.map((ledger) => ledger.claim(key("a"), 1, start, leaseMs)),
      );

      expect(outcomes.map(({ kind }) => kind).sort()).toEqual(["busy", "busy", "busy", "claimed"]);
    });

    it("keeps what is saved, and its renewals, together", async () => {
      const ledger = open();
      const claim = await working(ledger, "a");

      const [renewed, saved] = await Promise.all([
        ledger.renew(claim, start + 10_000, leaseMs),
        ledger.save(claim, writing),
      ]);

      expect(renewed?.epoch).toBe(1);
      expect(saved?.row.memory).toEqual(writing);
      const row = await ledger.get(key("a"));
      expect(row?.memory).toEqual(writing);
      expect(await ledger.claim(key("a"), 1, start + 10_000 + leaseMs - 1, leaseMs)).toEqual({
        kind: "busy",
      });
    });

    it("ends with a due time, and old copies of its message find nothing", async () => {
      const ledger = open();
      const claim = await working(ledger, "a");
      const memory: RowMemory = { attempts: 2, polls: 1, goalHash: "g", armId: "/x", pollAt: 9 };
      const links = [waitsFor("owner"), reads("s", "1")];

      const ended = await ledger.release(
        claim,
        { memory, due: start + minute, priority: priorities.retry, links },
        start,
      );

      expect(ended).toEqual({ kind: "released", wake: 2 });
      expect(await ledger.get(key("a"))).toMatchObject({
        state: "idle",
        memory,
        due: start + minute,
        priority: priorities.retry,
        links,
        changed: false,
      });
      expect(await ledger.claim(key("a"), 1, start, leaseMs)).toEqual({ kind: "stale" });
    });

    it("can be taken by the caller's own delayed message before the row is due", async () => {
      const ledger = open();
      const claim = await working(ledger, "a");
      const ended = await ledger.release(claim, aRelease(), start, { nextWake: true });
      const wake = ended.kind === "released" ? ended.wake : 0;

      const again = await claimed(ledger, "a", wake, start + minute);

      expect(again.row).toMatchObject({ state: "running", changed: false, epoch: 2 });
      expect(await dispatched(ledger, start + minute + leaseMs - 1)).toEqual(new Map());
      expect(await dispatched(ledger, start + minute + leaseMs)).toEqual(
        new Map([["a", wake + 1]]),
      );
    });

    it("ends due now as an edit when the scan saw a change meanwhile", async () => {
      const ledger = open();
      const claim = await working(ledger, "a");

      await ledger.observe(cluster, [seen("a", "f2")], priorities.sync, start + 1);
      const running = await ledger.get(key("a"));
      const ended = await ledger.release(claim, aRelease(), start + 2);

      expect(running).toMatchObject({ state: "running", dirty: true, epoch: 1 });
      expect(ended.kind).toBe("released");
      expect(await ledger.get(key("a"))).toMatchObject({
        state: "idle",
        dirty: true,
        due: start + 2,
        priority: priorities.edit,
        seen: { fingerprint: "f2" },
      });
      const next = await claimed(
        ledger,
        "a",
        (await dispatched(ledger, start + 2)).get("a") ?? 0,
        start,
      );
      expect(next.row.changed).toBe(true);
    });

    it("is lost when another worker holds the row, who is told of a write under way", async () => {
      const ledger = open();
      const old = await working(ledger, "a");
      const saved = (await ledger.save(old, writing)) ?? old;
      const later = start + lostAfterMs;
      const wake = (await dispatched(ledger, later)).get("a") ?? 0;
      const current = await claimed(ledger, "a", wake, later);

      const ended = await ledger.release(saved, aRelease(), later);

      expect(ended).toEqual({ kind: "lost" });
      expect(await ledger.renew(saved, later, leaseMs)).toBeUndefined();
      expect(await ledger.save(saved, writing)).toBeUndefined();
      expect((await ledger.get(key("a")))?.memory).toEqual({ ...writing, uncertain: true });
      const kept = await ledger.save(current, { attempts: 0, polls: 0 });
      expect(kept?.row.memory.uncertain).toBe(true);
      await ledger.release(current, aRelease(), later);
      expect(await ledger.get(key("a"))).toMatchObject({
        due: later,
        memory: { uncertain: true },
      });
    });

    it("is lost as soon as the row was queued again, and says nothing when nothing was under way", async () => {
      const ledger = open();
      const old = await working(ledger, "a");
      await dispatched(ledger, start + lostAfterMs);

      expect(await ledger.save(old, { attempts: 9, polls: 0 })).toBeUndefined();
      expect(await ledger.release(old, aRelease(), start)).toEqual({ kind: "lost" });
      expect((await ledger.get(key("a")))?.memory).toEqual({ attempts: 0, polls: 0 });
    });

    it("removes the row, its place and its links", async () => {
      const table = target.table();
      const ledger = new TableLedger(table);
      const first = await working(ledger, "a");
      const links = [waitsFor("owner"), reads("s", "1")];
      await ledger.release(first, aRelease({ links, due: start }), start);
      const wake = (await dispatched(ledger, start)).get("a") ?? 0;

      await ledger.remove(await claimed(ledger, "a", wake, start));

      expect(await all(ledger.seen(cluster))).toEqual([]);
      expect(await all(ledger.reads(cluster))).toEqual([]);
      expect(await ledger.backlog(cluster, start)).toMatchObject({ outstanding: 0, overdue: 0 });
      expect(await ledger.wakeWaiting(key("owner"), start)).toBe(0);
    });

    it("does not remove a row whose name came into use again", async () => {
      const ledger = open();
      const claim = await working(ledger, "a");
      const recreated = { key: key("a"), seen: { uid: "uid-new", fingerprint: "f" } };
      await ledger.observe(cluster, [recreated], priorities.edit, start + 1);

      await ledger.remove(claim);

      expect(await ledger.get(key("a"))).toMatchObject({ state: "idle", seen: recreated.seen });
      expect((await dispatched(ledger, start + leaseMs)).size).toBe(1);
    });

    it("does not remove a row that another worker holds", async () => {
      const ledger = open();
      const old = await working(ledger, "a");
      await claimed(ledger, "a", 1, start + leaseMs);

      await ledger.remove(old);

      expect(await ledger.get(key("a"))).toMatchObject({ state: "running", epoch: 2 });
    });

    it("gives a poisoned row its back-off and counts it, once per message", async () => {
      const ledger = open();
      const claim = await working(ledger, "a");
      const due = start + 5 * minute;

      const row = await ledger.poisoned(key("a"), 1, due);
      const again = await ledger.poisoned(key("a"), 1, due + minute);

      expect(row).toMatchObject({
        state: "idle",
        due,
        priority: priorities.retry,
        memory: { poisoned: 1 },
      });
      expect(again).toBeUndefined();
      expect(await ledger.poisoned(key("b"), 1, due)).toBeUndefined();
      expect(await ledger.save(claim, writing)).toBeUndefined();
      const wake = (await dispatched(ledger, due)).get("a") ?? 0;
      expect(await ledger.poisoned(key("a"), wake, due)).toMatchObject({ memory: { poisoned: 2 } });
    });
  });
});
