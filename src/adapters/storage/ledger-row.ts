import type { InFlight, Link, Priority, Row, RowMemory, Seen } from "../../ports/ledger.ts";
import { type Entity, numberOf, type Properties, type PropertyValue, textOf } from "./entities.ts";
import { idOfRow, keyOf, placeKey } from "./ledger-keys.ts";
import { padTime } from "./table-keys.ts";

/** `ready` and `later` are the port's `idle`: due when it was written, or not. They differ in where the row is found. */
type RecordState = "ready" | "later" | "queued" | "running";

/** A hot row as it is stored. */
export type RowRecord = {
  readonly id: string;
  readonly seen: Seen;
  readonly dirty: boolean;
  /** Was dirty when it was claimed; kept until a pass ends, so that it outlives a lost worker. */
  readonly changed: boolean;
  readonly state: RecordState;
  readonly priority: Priority;
  /** Where the row stands in the order; for an outstanding row, when it counts as lost. */
  readonly due: number;
  readonly wake: number;
  readonly epoch: number;
  /** Epoch ms; 0 when nobody ever held the row. */
  readonly leaseUntil: number;
  /** Chosen by the claimer: tells its own write from another's when the answer to a write was lost. */
  readonly holder: string;
  readonly memory: RowMemory;
  readonly links: readonly Link[];
};

/** A record with the ETag it was read or written with. */
export type StoredRow = { readonly record: RowRecord; readonly etag: string };

/** The memory of a row that nothing has happened to. */
export const emptyMemory: RowMemory = { attempts: 0, polls: 0 };

const stateLetters = { ready: "b", later: "c", queued: "q", running: "r" } as const;
const statesByLetter: Readonly<Record<string, RecordState>> = {
  b: "ready",
  c: "later",
  q: "queued",
  r: "running",
};

/** Short names: the row is read and written for every step of every resource, and is to stay below 1 KB. */
const memoryNames: Readonly<Record<keyof RowMemory, string>> = {
  uid: "d",
  attempts: "a",
  polls: "n",
  inFlight: "f",
  uncertain: "u",
  pollAt: "t",
  goalHash: "g",
  projectionHash: "p",
  listHash: "l",
  loose: "j",
  tokenHash: "k",
  pendingGoal: "s",
  takenOver: "e",
  convertVersion: "c",
  armId: "i",
  heldEpoch: "b",
  heldFirmly: "m",
  principal: "r",
  apiVersion: "v",
  verifiedAt: "y",
  state: "o",
  deleteAdmitted: "z",
  deletePausedAt: "h",
  poisoned: "x",
};

type PackedInFlight = readonly [number, number, string, InFlight["method"]];
type PackedLink =
  | readonly ["w", string, string, string, string]
  | readonly ["s" | "c", string, string, string];

function packMemory(memory: RowMemory): string {
  const packed: Record<string, unknown> = {};
  for (const [name, short] of Object.entries(memoryNames)) {
    const value = memory[name as keyof RowMemory];
    if (value !== undefined && value !== 0 && value !== false) packed[short] = value;
  }
  const { inFlight } = memory;
  if (inFlight !== undefined) {
    packed["f"] = [inFlight.epoch, inFlight.generation, inFlight.goalHash, inFlight.method];
  }
  return JSON.stringify(packed);
}

function unpackMemory(text: string): RowMemory {
  if (text === "") return emptyMemory;
  const packed = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const memory: Record<string, unknown> = { ...emptyMemory };
  for (const [name, short] of Object.entries(memoryNames)) {
    if (packed[short] !== undefined) memory[name] = packed[short];
  }
  if (packed["f"] !== undefined) {
    const [epoch, generation, goalHash, method] = packed["f"] as PackedInFlight;
    memory["inFlight"] = { epoch, generation, goalHash, method } satisfies InFlight;
  }
  return memory as unknown as RowMemory;
}

function packLinks(links: readonly Link[]): string {
  if (links.length === 0) return "";
  return JSON.stringify(
    links.map(
      (link): PackedLink =>
        link.kind === "waitsFor"
          ? ["w", link.group, link.resource, link.namespace, link.name]
          : [link.object === "Secret" ? "s" : "c", link.namespace, link.name, link.version],
    ),
  );
}

function unpackLink(packed: PackedLink): Link {
  if (packed[0] === "w") {
    const [, group, resource, namespace, name] = packed;
    return { kind: "waitsFor", group, resource, namespace, name };
  }
  const [object, namespace, name, version] = packed;
  const kind = object === "s" ? "Secret" : "ConfigMap";
  return { kind: "reads", object: kind, namespace, name, version };
}

function unpackLinks(text: string): readonly Link[] {
  return text === "" ? [] : (JSON.parse(text) as readonly PackedLink[]).map(unpackLink);
}

/** The properties of a hot row. Never absent, so that a merge can clear them. */
export function toProperties(record: RowRecord): Readonly<Record<string, PropertyValue>> {
  return {
    s: stateLetters[record.state],
    p: record.priority,
    t: padTime(record.due),
    w: record.wake,
    e: record.epoch,
    l: padTime(record.leaseUntil),
    h: record.holder,
    d: record.dirty,
    c: record.changed,
    u: record.seen.uid,
    f: record.seen.fingerprint,
    m: packMemory(record.memory),
    n: packLinks(record.links),
  };
}

/** The properties in which `next` differs. */
export function changedProperties(old: RowRecord, next: RowRecord): Properties {
  const before = toProperties(old);
  return Object.fromEntries(
    Object.entries(toProperties(next)).filter(([name, value]) => before[name] !== value),
  );
}

/** Columns of a hot row without memory and links: what the order is about. */
export const scheduleColumns = ["s", "p", "t", "w", "e", "l", "h", "d", "c", "u", "f"] as const;

/** Reads a hot row. Columns that were not selected read as empty. */
export function toRecord(entity: Entity): RowRecord {
  return {
    id: idOfRow(entity.rowKey),
    seen: { uid: textOf(entity, "u"), fingerprint: textOf(entity, "f") },
    dirty: entity.properties["d"] === true,
    changed: entity.properties["c"] === true,
    state: statesByLetter[textOf(entity, "s")] ?? "ready",
    priority: Math.min(Math.max(numberOf(entity, "p"), 0), 4) as Priority,
    due: numberOf(entity, "t"),
    wake: numberOf(entity, "w"),
    epoch: numberOf(entity, "e"),
    leaseUntil: numberOf(entity, "l"),
    holder: textOf(entity, "h"),
    memory: unpackMemory(textOf(entity, "m")),
    links: unpackLinks(textOf(entity, "n")),
  };
}

/** The row as the port shows it. */
export function toRow(cluster: string, record: RowRecord): Row {
  const idle = record.state === "ready" || record.state === "later";
  return {
    key: keyOf(cluster, record.id),
    seen: record.seen,
    dirty: record.dirty,
    changed: record.changed,
    wake: record.wake,
    memory: record.memory,
    state: idle ? "idle" : (record.state as "queued" | "running"),
    due: record.state === "running" ? Math.max(record.due, record.leaseUntil) : record.due,
    priority: record.priority,
    epoch: record.epoch,
    links: record.links,
  };
}

/** Where the row stands in the order. */
export function placeOf(record: RowRecord): string {
  const prefix = record.state === "ready" ? "b" : record.state === "later" ? "c" : "a";
  return placeKey(prefix, record.due, record.priority, record.id, record.wake);
}
