import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Claim, type Priority, priorities } from "../../../src/ports/ledger.ts";
import {
  aRelease,
  cluster,
  key,
  leaseMs,
  lostAfterMs,
  minute,
  seen,
  start,
  waitsFor,
} from "../../contract/storage/ledger-fixtures.ts";
import { InMemoryLedger } from "../../doubles/in-memory-ledger.ts";

/** The ledger's promises in a few lines, without tables. */
type ModelRow = {
  state: "idle" | "queued" | "running";
  due: number;
  priority: Priority;
  wake: number;
  epoch: number;
  leaseUntil: number;
  dirty: boolean;
  waits: boolean;
};
type World = {
  ledger: InMemoryLedger;
  rows: Map<string, ModelRow>;
  claims: Map<string, Claim>;
  now: number;
};
type Step = { readonly do: string; readonly name: string; readonly number: number };

const names = ["a", "b", "c", "d"];

function touch(row: ModelRow, priority: Priority, now: number): void {
  row.dirty = true;
  if (row.state !== "idle") return;
  row.due = Math.min(row.due, now);
  if (priority < row.priority) row.priority = priority;
}

function isLost(row: ModelRow, now: number): boolean {
  return row.state !== "idle" && row.due <= now && row.leaseUntil <= now;
}

function holds(row: ModelRow | undefined, claim: Claim): row is ModelRow {
  return row?.state === "running" && row.epoch === claim.epoch;
}

const steps: Readonly<Record<string, (world: World, step: Step) => Promise<void>>> = {
  async pass(world, { number }) {
    world.now += number * 20_000;
  },

  async observe({ ledger, rows, now }, { name, number }) {
    const priority = (number % 5) as Priority;
    await ledger.observe(cluster, [seen(name, `f${number}`)], priority, now);
    const row = rows.get(name);
    if (row !== undefined) touch(row, priority, now);
    else {
      const fresh = { wake: 0, epoch: 0, leaseUntil: 0, dirty: true, waits: false };
      rows.set(name, { state: "idle", due: now, priority, ...fresh });
    }
  },

  async dispatch({ ledger, rows, now }, { number }) {
    const lost = [...rows.values()].filter((row) => isLost(row, now));
    const idle = [...rows.values()].filter((row) => row.state === "idle" && row.due <= now);
    const busy = [...rows.values()].filter((row) => row.state !== "idle").length - lost.length;
    const ranks = [...lost, ...idle].map((row) => row.priority * 1e14 + row.due);
    const free = Math.max(number - busy, 0);
    const expected = ranks.sort((one, other) => one - other).slice(0, free);

    const wakes = await ledger.dispatch(cluster, number, now, lostAfterMs);

    const chosen = wakes.map((wake) => {
      const row = rows.get(wake.key.name);
      if (row === undefined) throw new Error("a row that is not there");
      const rank = row.priority * 1e14 + row.due;
      Object.assign(row, { state: "queued", wake: row.wake + 1, due: now + lostAfterMs });
      expect(wake.wake).toBe(row.wake);
      return rank;
    });
    expect(chosen).toEqual(expected);
  },

  async claim({ ledger, rows, claims, now }, { name, number }) {
    const row = rows.get(name);
    const wake = (row?.wake ?? 0) - (number === 7 ? 1 : 0);
    const outcome = await ledger.claim(key(name), wake, now, leaseMs);
    if (row === undefined || wake !== row.wake) return expect(outcome.kind).toBe("stale");
    if (row.state === "running" && row.leaseUntil > now) return expect(outcome.kind).toBe("busy");
    if (outcome.kind !== "claimed") throw new Error(`the claim is ${outcome.kind}`);
    claims.set(name, outcome.claim);
    const leaseUntil = now + leaseMs;
    const due = row.state === "idle" ? leaseUntil : row.due;
    Object.assign(row, { state: "running", epoch: row.epoch + 1, dirty: false, due, leaseUntil });
  },

  async renew({ ledger, rows, claims, now }, { name }) {
    const claim = claims.get(name);
    const row = rows.get(name);
    if (claim === undefined) return;
    const renewed = await ledger.renew(claim, now, leaseMs);
    expect(renewed !== undefined).toBe(holds(row, claim));
    if (holds(row, claim)) row.leaseUntil = now + leaseMs;
  },

  async release({ ledger, rows, claims, now }, { name, number }) {
    const claim = claims.get(name);
    const row = rows.get(name);
    if (claim === undefined) return;
    claims.delete(name);
    const priority = (number % 5) as Priority;
    const links = number % 2 === 0 ? [waitsFor("owner")] : [];
    const due = now + (number - 2) * minute;
    const ended = await ledger.release(claim, aRelease({ due, priority, links }), now);
    expect(ended.kind).toBe(holds(row, claim) ? "released" : "lost");
    if (!holds(row, claim)) return;
    Object.assign(row, { state: "idle", wake: row.wake + 1, waits: links.length > 0 });
    Object.assign(row, row.dirty ? { due: now, priority: priorities.edit } : { due, priority });
  },

  async remove({ ledger, rows, claims }, { name }) {
    const claim = claims.get(name);
    const row = rows.get(name);
    if (claim === undefined) return;
    claims.delete(name);
    await ledger.remove(claim);
    if (!holds(row, claim)) return;
    if (!row.dirty) rows.delete(name);
    else {
      const due = { due: claim.leaseUntil, priority: priorities.edit };
      Object.assign(row, { state: "idle", wake: row.wake + 1 }, due);
    }
  },

  async wakeWaiting({ ledger, rows, now }) {
    const waiting = [...rows.values()].filter((row) => row.waits);
    expect(await ledger.wakeWaiting(key("owner"), now)).toBe(waiting.length);
    for (const row of waiting) {
      row.waits = false;
      touch(row, priorities.woken, now);
    }
  },

  async poison({ ledger, rows, now }, { name, number }) {
    const row = rows.get(name);
    const due = now + number * minute;
    const answer = await ledger.poisoned(key(name), row?.wake ?? 0, due);
    expect(answer !== undefined).toBe(row !== undefined);
    if (row === undefined) return;
    const { wake, epoch } = row;
    const priority = priorities.retry;
    Object.assign(row, { state: "idle", due, priority, wake: wake + 1, epoch: epoch + 1 });
    row.leaseUntil = 0;
  },
};

async function expectAgreement({ ledger, rows }: World): Promise<void> {
  for (const name of names) {
    const row = rows.get(name);
    const stored = await ledger.get(key(name));
    expect(stored !== undefined).toBe(row !== undefined);
    if (row === undefined) continue;
    const { state, priority, wake, epoch, dirty } = row;
    const due = state === "running" ? Math.max(row.due, row.leaseUntil) : row.due;
    expect(stored).toMatchObject({ state, priority, wake, epoch, dirty, due });
    expect(stored?.links.length).toBe(row.waits ? 1 : 0);
  }
}

const anyStep: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom(...Object.keys(steps), "dispatch", "claim", "claim", "release", "observe"),
  name: fc.constantFrom(...names),
  number: fc.integer({ min: 0, max: 9 }),
});

describe("the ledger under any sequence of operations", () => {
  it("agrees with its model, and every row is found again in the end", async () => {
    const property = fc.asyncProperty(fc.array(anyStep, { maxLength: 60 }), async (sequence) => {
      const world: World = {
        ledger: new InMemoryLedger(),
        rows: new Map(),
        claims: new Map(),
        now: start,
      };
      for (const step of sequence) {
        await steps[step.do]?.(world, step);
        await expectAgreement(world);
      }
      const wakes = await world.ledger.dispatch(cluster, 64, start + 1e9, lostAfterMs);
      expect(wakes.map((wake) => wake.key.name).sort()).toEqual([...world.rows.keys()].sort());
    });
    await fc.assert(property, { numRuns: 400 });
  });
});
