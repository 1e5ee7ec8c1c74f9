import { OperatorError } from "../../core/errors.ts";
import type { Link } from "../../ports/ledger.ts";
import type { Entities, Operation } from "./entities.ts";
import { partitionOf, readsKey, rowIdOf, rowKeyOf, waitsKey } from "./ledger-keys.ts";
import {
  changedProperties,
  placeOf,
  type RowRecord,
  type StoredRow,
  toProperties,
  toRecord,
} from "./ledger-row.ts";

/** How often an update is tried against changing rows before the conflict is reported: far more than real contention needs. */
const attempts = 16;

function linkOperation(readerId: string, link: Link): Operation {
  if (link.kind === "waitsFor") {
    const { group, resource, namespace, name } = link;
    const target = rowIdOf({ cluster: "", group, kind: resource, namespace, name });
    return { kind: "put", rowKey: waitsKey(target, readerId), properties: { k: readerId } };
  }
  return {
    kind: "put",
    rowKey: readsKey(link.object, link.namespace, link.name, readerId),
    properties: { k: readerId, v: link.version },
  };
}

/** Entities that differ between two lists of links, by row key. */
function linkOperations(id: string, old: readonly Link[], next: readonly Link[]): Operation[] {
  if (old === next) return [];
  const before = new Map(
    old.map((link) => linkOperation(id, link)).map((entity) => [entity.rowKey, entity]),
  );
  const after = new Map(
    next.map((link) => linkOperation(id, link)).map((entity) => [entity.rowKey, entity]),
  );
  const removed = [...before.keys()]
    .filter((rowKey) => !after.has(rowKey))
    .map((rowKey): Operation => ({ kind: "delete", rowKey }));
  const written = [...after.values()].filter(
    (entity) => JSON.stringify(before.get(entity.rowKey)) !== JSON.stringify(entity),
  );
  return [...removed, ...written];
}

function placeOperations(old: RowRecord, next: RowRecord): Operation[] {
  const from = placeOf(old);
  const to = placeOf(next);
  if (from === to && old.seen.uid === next.seen.uid) return [];
  const put: Operation = { kind: "put", rowKey: to, properties: { u: next.seen.uid } };
  return from === to ? [put] : [{ kind: "delete", rowKey: from }, put];
}

/** All operations that bring a new row into being. */
export function creation(record: RowRecord): Operation[] {
  return [
    { kind: "insert", rowKey: rowKeyOf(record.id), properties: toProperties(record) },
    { kind: "put", rowKey: placeOf(record), properties: { u: record.seen.uid } },
    ...linkOperations(record.id, [], record.links),
  ];
}

/** All operations of one change: the row under its ETag, its place in the order and its links. The row comes first, so that a race is answered with 412. */
export function change(stored: StoredRow, next: RowRecord): Operation[] {
  const { record, etag } = stored;
  const row: Operation = {
    kind: "merge",
    rowKey: rowKeyOf(record.id),
    properties: changedProperties(record, next),
    etag,
  };
  return [
    row,
    ...placeOperations(record, next),
    ...linkOperations(record.id, record.links, next.links),
  ];
}

/** The hot rows of one cluster: each change moves the row, its place and its links together. */
export class LedgerRows {
  readonly table: Entities;
  readonly partition: string;

  constructor(table: Entities, cluster: string) {
    this.table = table;
    this.partition = partitionOf(cluster);
  }

  async read(id: string, columns?: readonly string[]): Promise<StoredRow | undefined> {
    const entity = await this.table.get(this.partition, rowKeyOf(id), columns);
    return entity === undefined ? undefined : { record: toRecord(entity), etag: entity.etag };
  }

  /** Stores `next` in place of `stored`; undefined when the row is no longer as `stored` says. */
  async apply(stored: StoredRow, next: RowRecord): Promise<StoredRow | undefined> {
    const operations = change(stored, next);
    const answer = await this.table.write(this.partition, operations);
    if (answer.kind === "written") return { record: next, etag: answer.etags[0] ?? "" };
    if (answer.status !== 404) return undefined;
    return this.#repaired(stored, next, operations);
  }

  /**
   * Reads the row and stores what `decide` makes of it, again and again until no other writer came between.
   * `decide` gives undefined to leave the row alone. `first` saves the first read.
   */
  async update<Kept>(
    id: string,
    decide: (record: RowRecord | undefined) => { next: RowRecord } | { kept: Kept },
    first?: StoredRow,
  ): Promise<{ kind: "stored"; row: StoredRow } | { kind: "kept"; kept: Kept }> {
    let stored = first ?? (await this.read(id));
    for (let attempt = 0; attempt < attempts; attempt++) {
      const decision = decide(stored?.record);
      if ("kept" in decision) return { kind: "kept", kept: decision.kept };
      const row =
        stored === undefined
          ? await this.#create(decision.next)
          : await this.apply(stored, decision.next);
      if (row !== undefined) return { kind: "stored", row };
      stored = await this.read(id);
    }
    throw new OperatorError("StorageAnswered", `row ${id}: too many conflicting writers`, { id });
  }

  async #create(record: RowRecord): Promise<StoredRow | undefined> {
    const answer = await this.table.write(this.partition, creation(record));
    return answer.kind === "written" ? { record, etag: answer.etags[0] ?? "" } : undefined;
  }

  /** 404: the row is gone, or a place or link that should be there is not. The latter must never block a row for ever. */
  async #repaired(
    stored: StoredRow,
    next: RowRecord,
    operations: readonly Operation[],
  ): Promise<StoredRow | undefined> {
    const present: Operation[] = [];
    for (const operation of operations) {
      const gone =
        operation.kind === "delete" &&
        (await this.table.get(this.partition, operation.rowKey, ["u"])) === undefined;
      if (!gone) present.push(operation);
    }
    if (present.length === operations.length) return undefined;
    const answer = await this.table.write(this.partition, present);
    return answer.kind === "written"
      ? { record: next, etag: answer.etags[0] ?? stored.etag }
      : undefined;
  }
}
