import type { Link, Priority, Release, RowMemory, Seen } from "../../ports/ledger.ts";
import { priorities } from "../../ports/ledger.ts";
import { rowIdOf } from "./ledger-keys.ts";
import { emptyMemory, type RowRecord } from "./ledger-row.ts";

/**
 * Links of one row at most: old and new ones have to fit into one transaction. Beyond it a resource is woken by those it
 * has, and compared at its sync period.
 */
const maxLinks = 48;

/*
 * What each operation of the ledger makes of a row. Pure: storing the result under the row's ETag, together with its place in
 * the order, is the business of ledger-rows.ts.
 */

/** Whether a row waits for its time: neither queued nor claimed. */
export function isIdle(record: RowRecord): boolean {
  return record.state === "ready" || record.state === "later";
}

/** True while the claim with this epoch is the row's last one and nobody took the row back. */
export function isHeld(record: RowRecord, epoch: number): boolean {
  return record.state === "running" && record.epoch === epoch;
}

function moreUrgent(one: Priority, other: Priority): Priority {
  return one < other ? one : other;
}

/** An idle row becomes due now at the more urgent priority; an outstanding one only remembers that something changed. */
function due(record: RowRecord, priority: Priority, now: number): RowRecord {
  if (!isIdle(record)) return { ...record, dirty: true };
  return {
    ...record,
    dirty: true,
    state: "ready",
    priority: moreUrgent(record.priority, priority),
    due: Math.min(record.due, now),
  };
}

/** A change the scan saw. `undefined`: there is no row, and nothing to make one of. */
export function observed(
  record: RowRecord | undefined,
  id: string,
  seen: Seen | undefined,
  priority: Priority,
  now: number,
): RowRecord | undefined {
  if (record !== undefined) return due({ ...record, seen: seen ?? record.seen }, priority, now);
  if (seen === undefined) return undefined;
  return {
    id,
    seen,
    dirty: true,
    changed: false,
    state: "ready",
    priority,
    due: now,
    wake: 0,
    epoch: 0,
    leaseUntil: 0,
    holder: "",
    memory: emptyMemory,
    links: [],
  };
}

function waitsForId(link: Link): string | undefined {
  if (link.kind !== "waitsFor") return undefined;
  const { group, resource, namespace, name } = link;
  return rowIdOf({ cluster: "", group, kind: resource, namespace, name });
}

/** What the row waited for is there: due now, and it no longer waits. */
export function woken(record: RowRecord, targetId: string, now: number): RowRecord {
  const links = record.links.filter((link) => waitsForId(link) !== targetId);
  return due({ ...record, links }, priorities.woken, now);
}

/** A message for the row goes out. */
export function queued(record: RowRecord, now: number, lostAfterMs: number): RowRecord {
  return { ...record, state: "queued", wake: record.wake + 1, due: now + lostAfterMs };
}

/** A worker holds the row. An outstanding row keeps its place: the order looks at the lease. */
export function claimed(
  record: RowRecord,
  now: number,
  leaseMs: number,
  holder: string,
): RowRecord {
  const leaseUntil = now + leaseMs;
  return {
    ...record,
    state: "running",
    dirty: false,
    changed: record.dirty || record.changed,
    epoch: record.epoch + 1,
    due: isIdle(record) ? leaseUntil : record.due,
    leaseUntil,
    holder,
  };
}

/** The claim ends. The wake number always moves on, so that a second copy of the message finds nothing to do. */
export function released(record: RowRecord, release: Release, now: number): RowRecord {
  const { memory } = release;
  const links = release.links.slice(0, maxLinks);
  const next = { ...record, memory, links, changed: false, wake: record.wake + 1 };
  if (record.dirty) return { ...next, state: "ready", due: now, priority: priorities.edit };
  const state = release.due <= now ? "ready" : "later";
  return { ...next, state, due: release.due, priority: release.priority };
}

/** The message failed too often: due again with back-off, and whoever still works on it has lost the row. */
export function poisonedOnce(record: RowRecord, dueAt: number): RowRecord {
  return {
    ...record,
    state: "later",
    due: dueAt,
    priority: priorities.retry,
    wake: record.wake + 1,
    epoch: record.epoch + 1,
    leaseUntil: 0,
    memory: { ...record.memory, poisoned: (record.memory.poisoned ?? 0) + 1 },
  };
}

/**
 * A worker lost the row while its ARM write was under way: whoever has the row is to compare with ARM once more.
 * Made due like any other change; `now` may be a little in the future.
 */
export function doubted(record: RowRecord, now: number): RowRecord {
  const memory: RowMemory = { ...record.memory, uncertain: true };
  return due({ ...record, memory }, priorities.retry, now);
}
