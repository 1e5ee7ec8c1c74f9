import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import { type Cause, type Refusal, refuse } from "../refusal.ts";
import type { Schema } from "../schema/schema.ts";
import { claimedFields, compareFields } from "./compare-fields.ts";
import {
  difference,
  type FieldSet,
  fromFieldsV1,
  intersection,
  pathText,
  toFieldsV1,
  union,
} from "./field-set.ts";

/** One entry of `metadata.managedFields`. `time` has whole seconds, as Kubernetes writes it. */
export type ManagedEntry = {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly time: string;
  readonly subresource: string;
  readonly fields: FieldSet;
};

/** Which part of an object a write can own: `main` is all but status, `status` only status, `whole` both. */
export type OwnedPart = "main" | "status" | "whole";

/** Who writes. `schema` is the one of the written version. */
export type FieldWriter = {
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string;
  readonly part: OwnedPart;
  readonly schema: Schema;
};

const systemFields = new Set([
  ...["name", "namespace", "uid", "creationTimestamp", "selfLink", "generation", "managedFields"],
  ...["resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds"],
]);

/** The part of an object whose fields have owners: no type, no system-set metadata, and only the written part. */
export function ownedView(object: JsonObject, part: OwnedPart): JsonObject {
  const view: JsonObject = {};
  if (part === "status") {
    if (object["status"] !== undefined) view["status"] = object["status"];
    return view;
  }
  for (const [key, value] of Object.entries(object)) {
    if (key === "apiVersion" || key === "kind" || (key === "status" && part === "main")) continue;
    view[key] = key === "metadata" && isJsonObject(value) ? ownedMetadata(value) : value;
  }
  return view;
}

function ownedMetadata(metadata: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !systemFields.has(key)));
}

/** The entries after an ordinary write: the writer takes what it added or changed, nobody keeps what is gone. */
export function trackUpdate(
  entries: readonly ManagedEntry[],
  before: JsonObject,
  after: JsonObject,
  writer: FieldWriter,
): ManagedEntry[] {
  const comparison = compareFields(
    ownedView(before, writer.part),
    ownedView(after, writer.part),
    writer.schema,
  );
  const taken = union(comparison.added, comparison.modified);
  const lost = union(taken, comparison.removed);
  const remaining = entries.map((entry) => ({ ...entry, fields: difference(entry.fields, lost) }));
  if (taken.size > 0) {
    const own = remaining.findIndex((entry) => isSameUpdater(entry, writer));
    const previous = remaining[own]?.fields ?? new Set<string>();
    if (own >= 0) remaining.splice(own, 1);
    remaining.push({ ...entryOf(writer, "Update"), fields: union(previous, taken) });
  }
  return remaining.filter((entry) => entry.fields.size > 0);
}

/** How an apply treats fields of others: `force` takes them, `allowed` are taken in any case. */
export type ApplyRule = { readonly force: boolean; readonly allowed: FieldSet };

/** The entries after a server-side apply that turned `before` into `after`; a refusal (409) when the rule forbids it. */
export function trackApply(
  entries: readonly ManagedEntry[],
  before: JsonObject,
  after: JsonObject,
  config: JsonObject,
  writer: FieldWriter,
  rule: ApplyRule,
): ManagedEntry[] | Refusal {
  const comparison = compareFields(
    ownedView(before, writer.part),
    ownedView(after, writer.part),
    writer.schema,
  );
  const others = entries.filter((entry) => !isSameApplier(entry, writer));
  const taken = union(comparison.added, comparison.modified);
  if (!rule.force) {
    const refusal = applyConflict(others, difference(taken, rule.allowed));
    if (refusal !== undefined) return refusal;
  }
  const lost = union(taken, comparison.removed);
  const remaining = others.map((entry) => ({ ...entry, fields: difference(entry.fields, lost) }));
  // An apply that changes nothing keeps its entry's time, and a new entry has none.
  const isNoop = lost.size === 0;
  const time = isNoop
    ? (entries.find((entry) => isSameApplier(entry, writer))?.time ?? "")
    : writer.time;
  remaining.push({ ...entryOf(writer, "Apply"), time, fields: appliedFields(config, writer) });
  return remaining.filter((entry) => entry.fields.size > 0);
}

/** The fields that an applied configuration claims for the writer. */
export function appliedFields(config: JsonObject, writer: FieldWriter): Set<string> {
  const claimed = claimedFields(ownedView(config, writer.part), writer.schema);
  // Every object has metadata: naming it claims nothing.
  claimed.delete("f:metadata");
  return claimed;
}

/** The fields that the writer's last apply claimed. */
export function lastApplied(entries: readonly ManagedEntry[], writer: FieldWriter): FieldSet {
  return entries.find((entry) => isSameApplier(entry, writer))?.fields ?? new Set();
}

/** The fields of everybody but the applier. */
export function othersFields(entries: readonly ManagedEntry[], writer: FieldWriter): FieldSet {
  return union(
    ...entries.filter((entry) => !isSameApplier(entry, writer)).map((entry) => entry.fields),
  );
}

/** What an object owned before its first tracked write counts as written by somebody unknown. */
export function firstApplyEntry(live: JsonObject, writer: FieldWriter): ManagedEntry {
  const { added } = compareFields({ metadata: {} }, ownedView(live, writer.part), writer.schema);
  return {
    ...entryOf(writer, "Update"),
    manager: "before-first-apply",
    subresource: "",
    fields: added,
  };
}

function entryOf(
  writer: FieldWriter,
  operation: ManagedEntry["operation"],
): Omit<ManagedEntry, "fields"> {
  const { manager, apiVersion, subresource, time } = writer;
  return { manager, operation, apiVersion, subresource, time };
}

function isSameUpdater(entry: ManagedEntry, writer: FieldWriter): boolean {
  return (
    entry.operation === "Update" &&
    entry.manager === writer.manager &&
    entry.apiVersion === writer.apiVersion &&
    entry.subresource === writer.subresource
  );
}

function isSameApplier(entry: ManagedEntry, writer: FieldWriter): boolean {
  return (
    entry.operation === "Apply" &&
    entry.manager === writer.manager &&
    entry.subresource === writer.subresource
  );
}

function applyConflict(others: readonly ManagedEntry[], taken: FieldSet): Refusal | undefined {
  const conflicts = others
    .map((entry) => ({
      manager: managerText(entry),
      paths: [...intersection(entry.fields, taken)].sort().map(pathText),
    }))
    .filter((conflict) => conflict.paths.length > 0);
  if (conflicts.length === 0) return undefined;
  const causes: Cause[] = conflicts.flatMap(({ manager, paths }) =>
    paths.map((field) => ({
      reason: "FieldManagerConflict",
      message: `conflict with ${manager}`,
      field,
    })),
  );
  const first = causes[0];
  const isSingle = causes.length === 1 && first !== undefined;
  const text = isSingle
    ? `1 conflict: ${first.message}: ${first.field}`
    : `${causes.length} conflicts: ${conflicts
        .sort((a, b) => (a.manager < b.manager ? -1 : 1))
        .flatMap(({ manager, paths }) => [
          `conflicts with ${manager}:`,
          ...paths.map((path) => `- ${path}`),
        ])
        .join("\n")}`;
  return refuse(409, "Conflict", `Apply failed with ${text}`, { causes });
}

function managerText(entry: ManagedEntry): string {
  const quoted = JSON.stringify(entry.manager);
  const name =
    entry.subresource === ""
      ? quoted
      : `${quoted} with subresource ${JSON.stringify(entry.subresource)}`;
  return entry.operation === "Apply" ? name : `${name} using ${entry.apiVersion}`;
}

/** Entries of an object; malformed ones are left out. */
export function readManagedFields(value: JsonValue | undefined): ManagedEntry[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry) => {
    if (!isJsonObject(entry)) return [];
    const { manager, operation, apiVersion, time, subresource } = entry;
    if (operation !== "Apply" && operation !== "Update") return [];
    return [
      {
        manager: String(manager ?? ""),
        operation,
        apiVersion: String(apiVersion ?? ""),
        time: String(time ?? ""),
        subresource: String(subresource ?? ""),
        fields: fromFieldsV1(entry["fieldsV1"]),
      },
    ];
  });
}

/** Entries in the server's order: Apply first, then by time, manager, version and subresource. */
export function writeManagedFields(entries: readonly ManagedEntry[]): JsonValue[] {
  return [...entries].sort(compareEntries).map((entry) => {
    const json: JsonObject = {
      manager: entry.manager,
      operation: entry.operation,
      apiVersion: entry.apiVersion,
      fieldsType: "FieldsV1",
      fieldsV1: toFieldsV1(entry.fields),
    };
    if (entry.time !== "") json["time"] = entry.time;
    if (entry.subresource !== "") json["subresource"] = entry.subresource;
    return json;
  });
}

function compareEntries(left: ManagedEntry, right: ManagedEntry): number {
  for (const key of ["operation", "time", "manager", "apiVersion", "subresource"] as const) {
    if (left[key] !== right[key]) return left[key] < right[key] ? -1 : 1;
  }
  return 0;
}
