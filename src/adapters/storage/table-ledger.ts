import { randomUUID } from "node:crypto";
import type { ResourceKey } from "../../core/resource/types.ts";
import type {
  Backlog,
  Claim,
  ClaimOutcome,
  FleetRow,
  Ledger,
  Observation,
  Priority,
  ReadLink,
  Release,
  Row,
  RowMemory,
  SeenRow,
  Wake,
} from "../../ports/ledger.ts";
import { type Entities, listEntities, textOf } from "./entities.ts";
import { LedgerClaims } from "./ledger-claims.ts";
import { dispatch } from "./ledger-dispatch.ts";
import {
  allReads,
  allRows,
  dueRange,
  keyOf,
  parsePlace,
  parseReads,
  rowIdOf,
} from "./ledger-keys.ts";
import { observe, wakeWaiting } from "./ledger-observe.ts";
import { toRecord, toRow } from "./ledger-row.ts";
import { LedgerRows } from "./ledger-rows.ts";

type TableLedgerOptions = {
  /** Marks the writes of one claim as this process's own. @default random UUIDs */
  readonly nonce?: () => string;
};

/** The backlog in one table, a partition per cluster (row keys: ledger-keys.ts). */
export class TableLedger implements Ledger {
  readonly #table: Entities;
  readonly #claims: LedgerClaims;

  constructor(table: Entities, options: TableLedgerOptions = {}) {
    const nonce = options.nonce ?? (() => randomUUID().slice(0, 8));
    this.#table = table;
    this.#claims = new LedgerClaims((cluster) => this.#rows(cluster), nonce);
  }

  #rows(cluster: string): LedgerRows {
    return new LedgerRows(this.#table, cluster);
  }

  async *seen(cluster: string): AsyncGenerator<SeenRow> {
    const { table, partition } = this.#rows(cluster);
    const columns = ["u", "f", "m", "t", "p"];
    for await (const entity of listEntities(table, partition, allRows, columns)) {
      const { id, seen, memory, due, priority } = toRecord(entity);
      yield { key: keyOf(cluster, id), seen, armId: memory.armId, due, priority };
    }
  }

  observe(
    cluster: string,
    changes: readonly Observation[],
    priority: Priority,
    now: number,
  ): Promise<void> {
    return observe(this.#rows(cluster), changes, priority, now);
  }

  async *reads(cluster: string): AsyncGenerator<ReadLink> {
    const { table, partition } = this.#rows(cluster);
    for await (const entity of listEntities(table, partition, allReads, ["k", "v"])) {
      const target = parseReads(entity.rowKey);
      if (target === undefined) continue;
      const reader = keyOf(cluster, textOf(entity, "k"));
      yield { ...target, version: textOf(entity, "v"), reader };
    }
  }

  wakeWaiting(target: ResourceKey, now: number): Promise<number> {
    return wakeWaiting(this.#rows(target.cluster), target, now);
  }

  dispatch(
    cluster: string,
    limit: number,
    now: number,
    lostAfterMs: number,
  ): Promise<readonly Wake[]> {
    return dispatch(this.#rows(cluster), { cluster, limit, now, lostAfterMs });
  }

  async get(key: ResourceKey): Promise<Row | undefined> {
    const stored = await this.#rows(key.cluster).read(rowIdOf(key));
    return stored === undefined ? undefined : toRow(key.cluster, stored.record);
  }

  claim(key: ResourceKey, wake: number, now: number, leaseMs: number): Promise<ClaimOutcome> {
    return this.#claims.claim(key, wake, now, leaseMs);
  }

  renew(claim: Claim, now: number, leaseMs: number): Promise<Claim | undefined> {
    return this.#claims.renew(claim, now, leaseMs);
  }

  save(claim: Claim, memory: RowMemory): Promise<Claim | undefined> {
    return this.#claims.save(claim, memory);
  }

  /** The wake number moves on with every release, asked for or not: an old copy of the message finds another number. */
  release(
    claim: Claim,
    release: Release,
    now: number,
    _options?: { readonly nextWake?: boolean },
  ): Promise<{ readonly kind: "released"; readonly wake: number } | { readonly kind: "lost" }> {
    return this.#claims.release(claim, release, now);
  }

  remove(claim: Claim): Promise<void> {
    return this.#claims.remove(claim);
  }

  poisoned(key: ResourceKey, wake: number, due: number): Promise<Row | undefined> {
    return this.#claims.poisoned(key, wake, due);
  }

  async backlog(cluster: string, now: number): Promise<Backlog> {
    const { table, partition } = this.#rows(cluster);
    let outstanding = 0;
    let overdue = 0;
    let oldestDue: number | undefined;
    for await (const entity of listEntities(table, partition, dueRange(now), ["u"])) {
      const place = parsePlace(entity.rowKey);
      if (place?.prefix === "a") outstanding += 1;
      else if (place !== undefined) {
        overdue += 1;
        oldestDue = Math.min(oldestDue ?? place.due, place.due);
      }
    }
    return { outstanding, overdue, oldestDue };
  }

  async *fleet(cluster: string): AsyncGenerator<FleetRow> {
    const { table, partition } = this.#rows(cluster);
    for await (const entity of listEntities(table, partition, allRows, ["s", "t", "l", "m"])) {
      const row = toRow(cluster, toRecord(entity));
      const { state = "", armId = "" } = row.memory;
      yield { key: row.key, state, due: row.due, armId };
    }
  }
}
