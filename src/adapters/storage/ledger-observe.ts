import type { ResourceKey } from "../../core/resource/types.ts";
import type { Observation, Priority } from "../../ports/ledger.ts";
import { bounded } from "./bounded.ts";
import { listEntities, maxOperations, type Operation, textOf } from "./entities.ts";
import { idOfRow, rowIdOf, rowKeyOf, waitsRange } from "./ledger-keys.ts";
import { changedProperties, type StoredRow, scheduleColumns, toRecord } from "./ledger-row.ts";
import { change, creation, type LedgerRows } from "./ledger-rows.ts";
import { observed, woken } from "./ledger-transitions.ts";

/** Up to this many rows are read one by one, more by a range query from the first to the last. */
const pointReads = 32;
const readWidth = 16;
const writeWidth = 4;

type Change = Omit<Observation, "key"> & { readonly id: string };
type Planned<Item> = { readonly item: Item; readonly operations: readonly Operation[] };

/** The port's `observe`: reads the rows, then changes many rows per transaction; rows that others changed meanwhile follow one by one. */
export async function observe(
  rows: LedgerRows,
  observations: readonly Observation[],
  priority: Priority,
  now: number,
): Promise<void> {
  const changes = merged(observations);
  const stored = await readRows(
    rows,
    changes.map(({ id }) => id),
    scheduleColumns,
  );
  const planned = changes.map((item): Planned<Change> => {
    const row = stored.get(item.id);
    const next = observed(row?.record, item.id, item.seen, priority, now);
    if (next === undefined) return { item, operations: [] };
    if (row === undefined) return { item, operations: creation(next) };
    const nothing = Object.keys(changedProperties(row.record, next)).length === 0;
    return { item, operations: nothing ? [] : change(row, next) };
  });
  await writeBatches(rows, planned, async ({ id, seen }) => {
    await rows.update(id, (record) => {
      const next = observed(record, id, seen, priority, now);
      return next === undefined ? { kept: "no row" } : { next };
    });
  });
}

/** The port's `wakeWaiting`. */
export async function wakeWaiting(
  rows: LedgerRows,
  target: ResourceKey,
  now: number,
): Promise<number> {
  const targetId = rowIdOf(target);
  const links: { id: string; linkKey: string }[] = [];
  const range = waitsRange(targetId);
  for await (const entity of listEntities(rows.table, rows.partition, range, ["k"])) {
    links.push({ id: textOf(entity, "k"), linkKey: entity.rowKey });
  }
  const ids = links.map(({ id }) => id).sort();
  const stored = await readRows(rows, ids, [...scheduleColumns, "n"]);
  const planned = links.map((item): Planned<typeof item> => {
    const row = stored.get(item.id);
    if (row === undefined) return { item, operations: dropLink(item.linkKey) };
    const operations = change(row, woken(row.record, targetId, now));
    // A row that has forgotten the link already must still lose the entity, or it would be woken for ever.
    const deletes = operations.some(({ rowKey }) => rowKey === item.linkKey);
    return { item, operations: deletes ? operations : [...operations, ...dropLink(item.linkKey)] };
  });
  await writeBatches(rows, planned, async ({ id }) => {
    await rows.update(id, (record) =>
      record === undefined ? { kept: "no row" } : { next: woken(record, targetId, now) },
    );
  });
  return stored.size;
}

function dropLink(rowKey: string): Operation[] {
  return [{ kind: "delete", rowKey }];
}

/** One change per row; of several, the last `seen` counts. */
function merged(observations: readonly Observation[]): Change[] {
  const changes = new Map<string, Change>();
  for (const { key, seen } of observations) {
    const id = rowIdOf(key);
    changes.set(id, { id, seen: seen ?? changes.get(id)?.seen });
  }
  return [...changes.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
}

async function readRows(
  rows: LedgerRows,
  sortedIds: readonly string[],
  columns: readonly string[],
): Promise<Map<string, StoredRow>> {
  const found = new Map<string, StoredRow>();
  const first = sortedIds[0];
  const last = sortedIds.at(-1);
  if (first === undefined || last === undefined) return found;
  if (sortedIds.length <= pointReads) {
    await bounded(sortedIds, readWidth, async (id) => {
      const row = await rows.read(id, columns);
      if (row !== undefined) found.set(id, row);
    });
    return found;
  }
  const wanted = new Set(sortedIds);
  const range = { from: rowKeyOf(first), before: `${rowKeyOf(last)}~` };
  for await (const entity of listEntities(rows.table, rows.partition, range, columns)) {
    const id = idOfRow(entity.rowKey);
    if (wanted.has(id)) found.set(id, { record: toRecord(entity), etag: entity.etag });
  }
  return found;
}

/** Packs the changes of whole rows into transactions; `alone` redoes one row of a transaction that was refused. */
async function writeBatches<Item>(
  rows: LedgerRows,
  planned: readonly Planned<Item>[],
  alone: (item: Item) => Promise<void>,
): Promise<void> {
  const batches: Planned<Item>[][] = [];
  let size = maxOperations;
  for (const plan of planned.filter(({ operations }) => operations.length > 0)) {
    size += plan.operations.length;
    const current = batches.at(-1);
    if (current === undefined || size > maxOperations) {
      batches.push([plan]);
      size = plan.operations.length;
    } else {
      current.push(plan);
    }
  }
  await bounded(batches, writeWidth, async (batch) => {
    const operations = batch.flatMap((plan) => plan.operations);
    const answer = await rows.table.write(rows.partition, operations);
    if (answer.kind === "refused") await bounded(batch, writeWidth, ({ item }) => alone(item));
  });
}
