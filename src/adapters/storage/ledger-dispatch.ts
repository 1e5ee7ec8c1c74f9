import { priorities, type Wake } from "../../ports/ledger.ts";
import { bounded } from "./bounded.ts";
import { type EntityPage, maxOperations, type Operation, textOf } from "./entities.ts";
import {
  dueRange,
  keyOf,
  maturedRange,
  type Place,
  parsePlace,
  placeKey,
  rowKeyOf,
} from "./ledger-keys.ts";
import { placeOf, type StoredRow } from "./ledger-row.ts";
import { change, type LedgerRows } from "./ledger-rows.ts";
import { isIdle, queued } from "./ledger-transitions.ts";
import { padTime } from "./table-keys.ts";

const width = 16;

/** A place with the uid that its message needs. */
type Entry = Place & { readonly uid: string };

/** A row to queue: read from its place only (`entry`), or a lost one that had to be read itself (`row`). */
type Candidate = {
  readonly entry: Entry;
  readonly row?: StoredRow;
  readonly priority: number;
  readonly due: number;
};

type DispatchTerms = {
  readonly cluster: string;
  readonly limit: number;
  readonly now: number;
  readonly lostAfterMs: number;
};

/**
 * The port's `dispatch`. One range query shows everything outstanding and due; idle rows are queued from their places alone,
 * in transactions of many rows: deleting the place proves that the row has not moved. A refused transaction is redone row by row.
 */
export async function dispatch(rows: LedgerRows, terms: DispatchTerms): Promise<Wake[]> {
  const { entries, complete } = await readDue(rows, terms);
  const outstanding = entries.filter(({ prefix }) => prefix === "a");
  const expired = outstanding.filter(({ due }) => due <= terms.now);
  const lost = await lostRows(rows, expired, terms.now);
  const free = terms.limit - (outstanding.length - lost.dropped - lost.candidates.length);
  if (free <= 0) return [];
  const idle = entries.filter(({ prefix }) => prefix !== "a").map(idleCandidate);
  const hidden = complete ? [] : await maturedBehind(rows, idle, free, terms);
  const chosen = [...lost.candidates, ...idle, ...hidden]
    .sort((one, other) => one.priority - other.priority || one.due - other.due)
    .slice(0, free);
  return queue(rows, chosen, terms);
}

function idleCandidate(entry: Entry): Candidate {
  return { entry, priority: entry.priority ?? priorities.sync, due: entry.due };
}

function toEntries(page: EntityPage): Entry[] {
  return page.entities.flatMap((entity) => {
    const place = parsePlace(entity.rowKey);
    return place === undefined ? [] : [{ ...place, uid: textOf(entity, "u") }];
  });
}

async function readDue(
  rows: LedgerRows,
  { limit, now }: DispatchTerms,
): Promise<{ entries: readonly Entry[]; complete: boolean }> {
  const top = Math.min(2 * limit + 16, 1000);
  const page = await rows.table.page(rows.partition, dueRange(now), { select: ["u"], top });
  return { entries: toEntries(page), complete: page.continuation === undefined };
}

/**
 * Rows that have matured but stand behind a page full of due ones. They are looked at only where they could be more urgent:
 * what matures is operations, retries and syncs.
 */
async function maturedBehind(
  rows: LedgerRows,
  idle: readonly Candidate[],
  free: number,
  { limit, now }: DispatchTerms,
): Promise<Candidate[]> {
  const urgent = idle.filter(({ priority }) => priority <= priorities.woken).length;
  if (urgent >= free) return [];
  const known = new Set(idle.map(({ entry }) => entry.rowKey));
  const top = Math.min(2 * limit + 16, 1000);
  const page = await rows.table.page(rows.partition, maturedRange(now), { select: ["u"], top });
  return toEntries(page)
    .filter(({ rowKey }) => !known.has(rowKey))
    .map(idleCandidate);
}

/** Among outstanding rows whose time has passed: those without a living worker, and places that no row belongs to any more. */
async function lostRows(
  rows: LedgerRows,
  expired: readonly Entry[],
  now: number,
): Promise<{ candidates: readonly Candidate[]; dropped: number }> {
  const judged = await bounded(expired, width, async (entry) => {
    const row = await rows.read(entry.id);
    if (row === undefined || placeOf(row.record) !== entry.rowKey) {
      await rows.table.write(rows.partition, [{ kind: "delete", rowKey: entry.rowKey }]);
      return "dropped";
    }
    const { state, leaseUntil, priority, due } = row.record;
    return state === "running" && leaseUntil > now ? "alive" : { entry, row, priority, due };
  });
  return {
    candidates: judged.filter((one) => typeof one !== "string"),
    dropped: judged.filter((one) => one === "dropped").length,
  };
}

function queueOperations({ entry, row }: Candidate, terms: DispatchTerms): Operation[] {
  const { now, lostAfterMs } = terms;
  if (row !== undefined) return change(row, queued(row.record, now, lostAfterMs));
  const { id, rowKey, uid } = entry;
  const wake = entry.wake + 1;
  const due = now + lostAfterMs;
  return [
    { kind: "delete", rowKey },
    { kind: "put", rowKey: placeKey("a", due, priorities.edit, id, wake), properties: { u: uid } },
    { kind: "merge", rowKey: rowKeyOf(id), properties: { s: "q", w: wake, t: padTime(due) } },
  ];
}

function toWake({ entry, row }: Candidate, cluster: string): Wake {
  const uid = row?.record.seen.uid ?? entry.uid;
  return { key: keyOf(cluster, entry.id), uid, wake: entry.wake + 1 };
}

async function queue(
  rows: LedgerRows,
  chosen: readonly Candidate[],
  terms: DispatchTerms,
): Promise<Wake[]> {
  const perTransaction = Math.floor(maxOperations / 3);
  const batches: (readonly Candidate[])[] = [];
  for (let from = 0; from < chosen.length; from += perTransaction) {
    batches.push(chosen.slice(from, from + perTransaction));
  }
  const taken = await bounded(batches, 4, async (batch) => {
    const operations = batch.flatMap((candidate) => queueOperations(candidate, terms));
    const answer = await rows.table.write(rows.partition, operations);
    if (answer.kind === "written") return batch;
    if (batch.length === 1) return queueAlone(rows, batch[0], terms);
    return (await bounded(batch, 8, (candidate) => queueAlone(rows, candidate, terms))).flat();
  });
  return taken.flat().map((candidate) => toWake(candidate, terms.cluster));
}

/** One row; nothing when somebody else was faster. A place that belongs to no row would be found first for ever, so that it is dropped. */
async function queueAlone(
  rows: LedgerRows,
  candidate: Candidate | undefined,
  terms: DispatchTerms,
): Promise<Candidate[]> {
  if (candidate === undefined) return [];
  const operations = queueOperations(candidate, terms);
  const answer = await rows.table.write(rows.partition, operations);
  if (answer.kind === "written") return [candidate];
  const row = await rows.read(candidate.entry.id);
  const stands = row !== undefined && placeOf(row.record) === candidate.entry.rowKey;
  if (!stands) {
    const { rowKey } = candidate.entry;
    await rows.table.write(rows.partition, [{ kind: "delete", rowKey }]);
  } else if (isIdle(row.record)) {
    return queueStored(rows, { ...candidate, row }, terms);
  }
  return [];
}

async function queueStored(
  rows: LedgerRows,
  candidate: Candidate & { readonly row: StoredRow },
  terms: DispatchTerms,
): Promise<Candidate[]> {
  const next = queued(candidate.row.record, terms.now, terms.lostAfterMs);
  return (await rows.apply(candidate.row, next)) === undefined ? [] : [candidate];
}
