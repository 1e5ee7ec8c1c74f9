import { describe, expect, it } from "vitest";
import { partitionOf } from "../../../src/adapters/storage/ledger-keys.ts";
import { TableLedger } from "../../../src/adapters/storage/table-ledger.ts";
import { type Ledger, priorities } from "../../../src/ports/ledger.ts";
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
} from "../../contract/storage/ledger-fixtures.ts";
import { InMemoryTable } from "../../doubles/in-memory-table.ts";
import { Crash, CrashingTable, RetryingTable } from "./crashing-table.ts";

const names = ["a", "b", "c"];

/** Every operation that changes rows, in an order in which they follow each other in real life. */
async function life(ledger: Ledger): Promise<void> {
  await ledger.observe(
    cluster,
    names.map((name) => seen(name)),
    priorities.edit,
    start,
  );
  const wakes = await dispatched(ledger, start);
  const waiting = await claimed(ledger, "a", wakes.get("a") ?? 0, start);
  await ledger.save(waiting, {
    attempts: 0,
    polls: 0,
    inFlight: { epoch: 1, generation: 1, goalHash: "g", method: "PUT" },
  });
  await ledger.renew(waiting, start + 1, leaseMs);
  const links = [waitsFor("owner"), reads("s", "1")];
  await ledger.release(waiting, aRelease({ links }), start + 1);
  const polled = await claimed(ledger, "b", wakes.get("b") ?? 0, start);
  const operation = { due: start + minute, priority: priorities.operation };
  const ended = await ledger.release(polled, aRelease(operation), start, { nextWake: true });
  const again = await claimed(ledger, "b", ended.kind === "released" ? ended.wake : 0, start);
  await ledger.observe(cluster, [seen("b", "f2")], priorities.edit, start + 2);
  await ledger.release(again, aRelease(), start + 2);
  await ledger.poisoned(key("c"), wakes.get("c") ?? 0, start + 5 * minute);
  await ledger.wakeWaiting(key("owner"), start + 3);
  await dispatched(ledger, start + lostAfterMs + 3);
  const last = await dispatched(ledger, start + 2 * lostAfterMs + 3);
  for (const name of names) {
    const claim = await claimed(ledger, name, last.get(name) ?? 0, start + 2 * lostAfterMs + 3);
    if (name !== "c") {
      const kept = aRelease({ links: [reads("s", "2")], due: start });
      await ledger.release(claim, kept, start + 2 * lostAfterMs + 3);
    } else {
      await ledger.remove(claim);
    }
  }
}

/** What must hold at any later time, whatever happened before. */
async function expectAllReachable(table: InMemoryTable, because: string): Promise<void> {
  const ledger = new TableLedger(table);
  const rows = (await all(ledger.seen(cluster))).map((row) => row.key.name);
  const later = start + 24 * 60 * minute;

  const wakes = await ledger.dispatch(cluster, 64, later, lostAfterMs);

  expect(wakes.map((wake) => wake.key.name).sort(), because).toEqual(rows.toSorted());
  const partition = partitionOf(cluster);
  const places = ["a|", "b|", "c|"].flatMap((prefix) => table.keys(partition, prefix));
  expect(places.length, because).toBe(rows.length);
  for (const wake of wakes) {
    const outcome = await ledger.claim(wake.key, wake.wake, later, leaseMs);
    expect(outcome.kind, because).toBe("claimed");
    if (outcome.kind === "claimed") await ledger.remove(outcome.claim);
  }
  expect(table.keys(partition), because).toEqual([]);
}

describe("the ledger when its process dies", () => {
  it("keeps every row reachable, once, after a death at any storage call", async () => {
    const counting = new CrashingTable(new InMemoryTable(), Number.POSITIVE_INFINITY, "before");
    await life(new TableLedger(counting));
    expect(counting.calls).toBeGreaterThan(30);

    for (let at = 0; at < counting.calls; at++) {
      for (const when of ["before", "after"] as const) {
        const table = new InMemoryTable();
        const crashing = new CrashingTable(table, at, when);
        await expect(life(new TableLedger(crashing))).rejects.toBeInstanceOf(Crash);
        await expectAllReachable(table, `died ${when} call ${at}`);
      }
    }
  });

  it("keeps every row reachable when answers get lost and writes are sent twice", async () => {
    const probe = new InMemoryTable();
    await life(new TableLedger(probe));
    for (let lost = 0; lost < probe.counts.writes; lost++) {
      const table = new InMemoryTable();
      let writes = 0;
      const retrying = new RetryingTable(table, () => writes++ === lost);
      // A dispatch whose answer was lost reports nothing: its rows wait to be found lost, so that life may not go on.
      await life(new TableLedger(retrying)).catch((error: unknown) => {
        expect(String(error)).toMatch(/is stale|is busy/);
      });
      await expectAllReachable(table, `the answer to write ${lost} was lost`);
    }
  });

  it("recognises its own claim and release when their answers were lost", async () => {
    const table = new InMemoryTable();
    const ledger = new TableLedger(table);
    await ledger.observe(cluster, [seen("a")], priorities.edit, start);
    await dispatched(ledger, start);
    const retrying = new TableLedger(new RetryingTable(table, () => true));

    const claim = await claimed(retrying, "a", 1, start);
    const ended = await retrying.release(claim, aRelease(), start);

    expect(ended).toEqual({ kind: "released", wake: 2 });
    expect(await ledger.get(key("a"))).toMatchObject({ state: "idle", due: start + 60 * minute });
  });

  it("drops the place that a dead remover left, even when the name is in use again", async () => {
    const table = new InMemoryTable();
    const ledger = new TableLedger(table);
    await ledger.observe(cluster, [seen("a")], priorities.edit, start);
    await dispatched(ledger, start);
    const dying = new TableLedger(new CrashingTable(table, 2, "after"));
    const claim = await claimed(dying, "a", 1, start);
    await expect(dying.remove(claim)).rejects.toBeInstanceOf(Crash);

    await ledger.observe(cluster, [seen("a")], priorities.edit, start + minute);

    expect(await ledger.backlog(cluster, start + minute)).toMatchObject({ outstanding: 1 });
    expect(await dispatched(ledger, start + lostAfterMs)).toEqual(new Map([["a", 1]]));
    expect(await ledger.backlog(cluster, start)).toMatchObject({ outstanding: 1, overdue: 0 });
  });

  it("drops a place that belongs to no row, and repairs a row that lost its place", async () => {
    const table = new InMemoryTable();
    const ledger = new TableLedger(table);
    await ledger.observe(cluster, [seen("a"), seen("b")], priorities.edit, start);
    const wakes = await dispatched(ledger, start);
    const partition = partitionOf(cluster);
    const [place = ""] = table.keys(partition, "a|");
    const [row = ""] = table.keys(partition, "r|").slice(1);
    await table.write(partition, [{ kind: "delete", rowKey: place }]);
    await table.write(partition, [{ kind: "delete", rowKey: row }]);

    const claim = await claimed(ledger, "a", wakes.get("a") ?? 0, start);
    const ended = await ledger.release(claim, aRelease(), start);

    expect(ended.kind).toBe("released");
    await expectAllReachable(table, "entities were deleted by hand");
  });
});
