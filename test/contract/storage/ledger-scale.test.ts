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
import { onEachStorage, type StorageTarget } from "./storage-target.ts";

async function requestsOf(target: StorageTarget, work: () => Promise<unknown>): Promise<number> {
  const before = target.requests();
  await work();
  return target.requests() - before;
}

const thousand = Array.from({ length: 1000 }, (_, index) => seen(`r${index}`));

describe("storage requests of the ledger", () => {
  onEachStorage((target) => {
    it("needs three to find a resource unchanged: read, claim, release", async () => {
      const ledger = new TableLedger(target.table());
      await ledger.observe(cluster, [seen("a")], priorities.edit, start);
      const wake = (await dispatched(ledger, start)).get("a") ?? 0;

      let claim = await claimed(ledger, "b", 0, start).catch(() => undefined);
      const claiming = await requestsOf(target, async () => {
        claim = await claimed(ledger, "a", wake, start);
      });
      const renewing = await requestsOf(target, async () => {
        claim = claim && (await ledger.renew(claim, start + 1, leaseMs));
      });
      const saving = await requestsOf(target, async () => {
        claim = claim && (await ledger.save(claim, { attempts: 1, polls: 0 }));
      });
      const links = [waitsFor("owner"), reads("s", "1")];
      const releasing = await requestsOf(target, async () => {
        if (claim !== undefined) await ledger.release(claim, aRelease({ links }), start + 2);
      });

      expect({ claiming, renewing, saving, releasing }).toEqual({
        claiming: 2,
        renewing: 1,
        saving: 1,
        releasing: 1,
      });
    });

    it("needs two for a delayed message to claim its row, and for an edit to bring one forward", async () => {
      const ledger = new TableLedger(target.table());
      const claim = await working(ledger, "a");
      const ended = await ledger.release(claim, aRelease(), start, { nextWake: true });

      const edit = await requestsOf(target, () =>
        ledger.observe(cluster, [seen("a", "f2")], priorities.edit, start),
      );
      const wake = ended.kind === "released" ? ended.wake : 0;
      const claiming = await requestsOf(target, () => claimed(ledger, "a", wake, start));

      expect({ edit, claiming }).toEqual({ edit: 2, claiming: 2 });
    });

    it("observes a thousand new rows, and queues 64 of them, in few transactions", async () => {
      const ledger = new TableLedger(target.table());
      await ledger.backlog(cluster, start);

      const creating = await requestsOf(target, () =>
        ledger.observe(cluster, thousand, priorities.edit, start),
      );
      const seeingAgain = await requestsOf(target, () =>
        ledger.observe(cluster, thousand, priorities.edit, start),
      );
      let queued = new Map<string, number>();
      const dispatching = await requestsOf(target, async () => {
        queued = await dispatched(ledger, start);
      });
      const full = await requestsOf(target, () => dispatched(ledger, start));

      expect(queued.size).toBe(64);
      expect({ creating, seeingAgain, dispatching, full }).toEqual({
        creating: 21,
        seeingAgain: 1,
        dispatching: 3,
        full: 1,
      });
      expect(await ledger.backlog(cluster, start)).toMatchObject({
        outstanding: 64,
        overdue: 936,
      });
      expect((await all(ledger.seen(cluster))).length).toBe(1000);
    });

    it("looks once when nothing is due", async () => {
      const ledger = new TableLedger(target.table());
      const claim = await working(ledger, "a");
      await ledger.release(claim, aRelease(), start);

      expect(await requestsOf(target, () => dispatched(ledger, start))).toBe(1);
    });

    it("never queues a row twice from two dispatchers at once", async () => {
      const table = target.table();
      const [one, two] = [new TableLedger(table), new TableLedger(table)];
      await one.observe(cluster, thousand.slice(0, 150), priorities.edit, start);

      const rounds = [0, 1, 2, 3].flatMap(() => [one, two]);
      const wakes = await Promise.all(
        rounds.map((ledger) => ledger.dispatch(cluster, 150, start, lostAfterMs)),
      );
      wakes.push(await one.dispatch(cluster, 150, start, lostAfterMs));

      const names = wakes.flat().map((wake) => wake.key.name);
      expect(new Set(names).size).toBe(names.length);
      expect(names.length).toBe(150);
      expect(await one.backlog(cluster, start)).toMatchObject({ outstanding: 150, overdue: 0 });
    });

    it("loses no observation, wake-up or release that happen at once", async () => {
      const table = target.table();
      const [scan, worker] = [new TableLedger(table), new TableLedger(table)];
      const names = Array.from({ length: 20 }, (_, index) => `r${index}`);
      const claims = [];
      for (const name of names) claims.push(await working(worker, name));
      const links = [waitsFor("owner")];

      await Promise.all([
        ...claims.map((claim) => worker.release(claim, aRelease({ links }), start)),
        scan.observe(
          cluster,
          names.map((name) => seen(name, "f2")),
          priorities.edit,
          start + 1,
        ),
      ]);
      const overdue = await scan.backlog(cluster, start + minute);

      expect(overdue).toMatchObject({ outstanding: 0, overdue: 20 });
      expect(await scan.wakeWaiting(key("owner"), start + 1)).toBe(20);
    });

    it("wakes a hundred waiting rows in few transactions, even while others change them", async () => {
      const table = target.table();
      const [scan, worker] = [new TableLedger(table), new TableLedger(table)];
      const waiting = thousand.slice(0, 100);
      await scan.observe(cluster, waiting, priorities.edit, start);
      const wakes = await dispatched(worker, start, 100);
      for (const [name, wake] of wakes) {
        const claim = await claimed(worker, name, wake, start);
        await worker.release(claim, aRelease({ links: [waitsFor("owner")] }), start);
      }

      const waking = await requestsOf(target, () => scan.wakeWaiting(key("owner"), start + 1));
      const again = await dispatched(worker, start + 1, 100);
      for (const [name, wake] of again) {
        const claim = await claimed(worker, name, wake, start + 1);
        await worker.release(claim, aRelease({ links: [waitsFor("owner")] }), start + 1);
      }
      await Promise.all([
        scan.wakeWaiting(key("owner"), start + 2),
        worker.observe(cluster, waiting.slice(0, 30), priorities.sync, start + 2),
      ]);

      expect(waking).toBe(6);
      expect(again.size).toBe(100);
      expect((await dispatched(worker, start + 2, 100)).size).toBe(100);
      expect(await scan.wakeWaiting(key("owner"), start + 3)).toBe(0);
    });
  });
});
