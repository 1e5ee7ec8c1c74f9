import type { ResourceKey } from "../../core/resource/types.ts";
import type { Priority } from "../../ports/ledger.ts";
import type { KeyRange } from "./entities.ts";
import { decodePart, digest, encodePart, padTime } from "./table-keys.ts";

/**
 * Row keys of the ledger table. The partition is the cluster.
 *
 *   r|<row>                              the hot row
 *   a|<due>|<row>|<wake>                 outstanding: queued or running, lost after `due`
 *   b|<priority>|<due>|<row>|<wake>      idle and due
 *   c|<due>|<priority>|<row>|<wake>      idle, due later
 *   d|<object>|<namespace>|<name>|<row>  link: the row reads a Secret or ConfigMap
 *   w|<resource>|<row>                   link: the row waits for a resource
 *
 * `a`, `b` and the past of `c` are neighbours, so that one range query shows what is outstanding, what is most urgent, and what has matured.
 * The wake number makes every place unique in time: deleting a place proves that the row is still as the reader saw it.
 */
export type Place = {
  readonly prefix: "a" | "b" | "c";
  readonly rowKey: string;
  readonly id: string;
  readonly due: number;
  /** Unknown (`undefined`) where the place is not ordered by it. */
  readonly priority: Priority | undefined;
  readonly wake: number;
};

/** Rows come first; a range over all hot rows. */
export const allRows: KeyRange = { from: "r|", before: "r}" };

/** A range over all links of rows to the Secrets and ConfigMaps they read. */
export const allReads: KeyRange = { from: "d|", before: "d}" };

/** The partition of a cluster, by its name in the registry. */
export function partitionOf(cluster: string): string {
  return encodePart(cluster);
}

/** Identifies a row within its cluster: `group|kind|namespace|name`, encoded. */
export function rowIdOf(key: ResourceKey): string {
  return [key.group, key.kind, key.namespace, key.name].map(encodePart).join("|");
}

/** The inverse of {@link rowIdOf}. */
export function keyOf(cluster: string, id: string): ResourceKey {
  const [group = "", kind = "", namespace = "", name = ""] = id.split("|").map(decodePart);
  return { cluster, group, kind, namespace, name };
}

/** The row key of the hot row with this id; see {@link rowIdOf}. */
export function rowKeyOf(id: string): string {
  return `r|${id}`;
}

/** The id in the row key of a hot row. */
export function idOfRow(rowKey: string): string {
  return rowKey.slice(2);
}

/** The row key of a place: the prefix decides whether time or priority comes first. `due` in milliseconds since the epoch. */
export function placeKey(
  prefix: "a" | "b" | "c",
  due: number,
  priority: Priority,
  id: string,
  wake: number,
): string {
  const time = padTime(due);
  if (prefix === "a") return `a|${time}|${id}|${wake}`;
  if (prefix === "b") return `b|${priority}|${time}|${id}|${wake}`;
  return `c|${time}|${priority}|${id}|${wake}`;
}

function priorityOf(text: string | undefined): Priority {
  const value = Number(text);
  return value === 0 || value === 1 || value === 2 || value === 3 ? value : 4;
}

/** Reads a place from its row key; undefined when the key is none. */
export function parsePlace(rowKey: string): Place | undefined {
  const parts = rowKey.split("|");
  const prefix = parts[0];
  const wake = Number(parts.at(-1));
  const id = parts.slice(-5, -1).join("|");
  if (prefix === "a" && parts.length === 7) {
    return { prefix, rowKey, id, due: Number(parts[1]), priority: undefined, wake };
  }
  if (parts.length !== 8) return undefined;
  if (prefix === "b") {
    return { prefix, rowKey, id, due: Number(parts[2]), priority: priorityOf(parts[1]), wake };
  }
  if (prefix === "c") {
    return { prefix, rowKey, id, due: Number(parts[1]), priority: priorityOf(parts[2]), wake };
  }
  return undefined;
}

/** Everything outstanding, everything due, and what was to be due later and has matured by `now`. */
export function dueRange(now: number): KeyRange {
  return { from: "a|", before: maturedBefore(now) };
}

/** Idle rows that have matured by `now`. */
export function maturedRange(now: number): KeyRange {
  return { from: "c|", before: maturedBefore(now) };
}

function maturedBefore(now: number): string {
  return `c|${padTime(now + 1)}`;
}

/** Long names would pass the limit of a row key, so that a link holds only digests of them and the reader's id as a property. */
export function waitsKey(targetId: string, readerId: string): string {
  return `w|${digest(targetId)}|${digest(readerId)}`;
}

/** All rows that wait for one resource. */
export function waitsRange(targetId: string): KeyRange {
  const prefix = `w|${digest(targetId)}`;
  return { from: `${prefix}|`, before: `${prefix}}` };
}

/** The row key of the link that says: this row reads that Secret or ConfigMap. The reader is in it as a digest. */
export function readsKey(
  object: string,
  namespace: string,
  name: string,
  readerId: string,
): string {
  return `d|${object}|${encodePart(namespace)}|${encodePart(name)}|${digest(readerId).slice(0, 32)}`;
}

/** Object, namespace and name in the row key of a `reads` link. */
export function parseReads(
  rowKey: string,
): { object: "Secret" | "ConfigMap"; namespace: string; name: string } | undefined {
  const [, object, namespace, name] = rowKey.split("|");
  if (object !== "Secret" && object !== "ConfigMap") return undefined;
  return { object, namespace: decodePart(namespace ?? ""), name: decodePart(name ?? "") };
}
