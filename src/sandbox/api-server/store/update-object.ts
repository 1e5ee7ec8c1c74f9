import type { JsonObject, JsonValue } from "../../../core/json.ts";
import { isEqualJson } from "../fields/compare-fields.ts";
import {
  type ManagedEntry,
  readManagedFields,
  trackUpdate,
  writeManagedFields,
} from "../fields/managed-fields.ts";
import {
  badRequest,
  type Cause,
  conflict,
  invalid,
  isRefusal,
  modifiedMeanwhile,
  notFound,
  type Refusal,
} from "../refusal.ts";
import { invalidValue } from "../schema/causes.ts";
import { strings, validateMetadataUpdate } from "../schema/validate-metadata.ts";
import { asStored, atVersion, withDefaults } from "./convert-version.ts";
import { wrongNamespace } from "./create-object.ts";
import { decodeObject } from "./decode-object.ts";
import { runControllers } from "./deletion.ts";
import { isDeleting, metadataOf, metadataText, withMetadata } from "./metadata.ts";
import type { ObjectStore } from "./object-store.ts";
import {
  checkObject,
  ownedPart,
  type Target,
  type WriteOptions,
  type Written,
  writerOf,
  written,
} from "./write-target.ts";

/** PUT of an object or of its status. */
export function replaceObject(
  store: ObjectStore,
  target: Target,
  body: JsonValue,
  options: WriteOptions,
): Written | Refusal {
  const { type, version } = target;
  const decoded = decodeObject(type, version, body, options.validation);
  if (isRefusal(decoded)) return decoded;
  const misnamed = checkAddress(target, decoded.object);
  if (misnamed !== undefined) return misnamed;
  const stored = store.get(type, target.namespace, target.name);
  if (stored === undefined) return notFound(type, target.name);
  if (metadataText(decoded.object, "resourceVersion") === "" && !type.strategy.allowsBlindUpdate) {
    const uid = metadataText(decoded.object, "uid");
    return uid !== "" && uid !== metadataText(stored, "uid")
      ? conflict(type, target.name, uidPrecondition(uid, stored))
      : versionRequired(target);
  }
  const outcome = updateObject(store, target, stored, decoded.object, decoded.warnings, options);
  return isRefusal(outcome) ? { ...outcome, warnings: decoded.warnings } : outcome;
}

/** Computes the field owners after a change; undefined leaves the object untracked. */
type Track = (
  entries: readonly ManagedEntry[],
  before: JsonObject,
  after: JsonObject,
) => readonly ManagedEntry[] | Refusal;

/**
 * Stores a decoded object over an existing one. Nothing is written, and the version stays, when nothing changed.
 * `track` is given by server-side apply; otherwise the writer owns what it changed.
 */
export function updateObject(
  store: ObjectStore,
  target: Target,
  stored: JsonObject,
  decoded: JsonObject,
  warnings: readonly string[],
  options: WriteOptions,
  track?: Track,
): Written | Refusal {
  const { type, version } = target;
  const given = metadataText(decoded, "resourceVersion");
  if (given !== "" && given !== metadataText(stored, "resourceVersion")) {
    return modifiedMeanwhile(type, target.name);
  }
  const before = atVersion(type, version, stored);
  const merged = prepared(target, before, decoded);
  const faulty = checkUpdate(target, before, merged);
  if (faulty !== undefined) return faulty;
  const entries = trackedEntries(store, target, before, merged, decoded, options, track);
  if (isRefusal(entries)) return entries;
  const managedFields = entries.length > 0 ? writeManagedFields(entries) : undefined;
  const object = withMetadata(merged, { managedFields });
  if (isUnchanged(before, object)) return written(before, false, warnings);
  const next = withGeneration(target, before, object);
  if (options.dryRun) return written(next, false, warnings);
  return written(save(store, target, stored, next), false, warnings);
}

/** Refuses a body whose name or namespace is not the one of the path. */
export function checkAddress(target: Target, object: JsonObject): Refusal | undefined {
  const name = metadataText(object, "name");
  if (name !== target.name) {
    return name === ""
      ? badRequest("name must be provided")
      : badRequest(
          `the name of the object (${name}) does not match the name on the URL (${target.name})`,
        );
  }
  const namespace = metadataText(object, "namespace");
  return namespace === "" || namespace === target.namespace ? undefined : wrongNamespace();
}

function uidPrecondition(uid: string, stored: JsonObject): string {
  return `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadataText(stored, "uid")}`;
}

function versionRequired(target: Target): Refusal {
  const cause = invalidValue("metadata.resourceVersion", 0, "must be specified for an update");
  return invalid(target.type.plural, target.type.group, target.name, [cause]);
}

const fixedMetadata = [
  ...["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"],
  ...["selfLink", "name", "namespace", "generateName"],
];

/** The new object with everything kept that this write may not change. */
function prepared(target: Target, before: JsonObject, decoded: JsonObject): JsonObject {
  const { type, version } = target;
  const part = ownedPart(target);
  if (part === "status") {
    const { status: _, ...main } = before;
    return decoded["status"] === undefined
      ? main
      : withDefaults(version, { ...main, status: decoded["status"] });
  }
  const { status, ...main } = decoded;
  const kept: JsonObject = { ...main };
  const state = part === "main" ? before["status"] : status;
  if (state !== undefined) kept["status"] = state;
  const previous = metadataOf(before);
  const fixed = Object.fromEntries(fixedMetadata.map((field) => [field, previous[field]]));
  const uid = metadataText(decoded, "uid") || previous["uid"];
  const whole = withMetadata(withDefaults(version, kept), {
    ...fixed,
    uid,
    resourceVersion: previous["resourceVersion"],
  });
  return type.strategy.prepare?.(whole, before) ?? whole;
}

function checkUpdate(target: Target, before: JsonObject, after: JsonObject): Refusal | undefined {
  const causes: Cause[] = validateMetadataUpdate(metadataOf(before), metadataOf(after));
  if (causes.length > 0) {
    return invalid(target.type.kind, target.type.group, target.name, causes);
  }
  return checkObject(target, after, before);
}

function trackedEntries(
  store: ObjectStore,
  target: Target,
  before: JsonObject,
  after: JsonObject,
  decoded: JsonObject,
  options: WriteOptions,
  track: Track | undefined,
): readonly ManagedEntry[] | Refusal {
  const given = metadataOf(decoded)["managedFields"];
  // A list of one empty entry is Kubernetes' way to clear the owners.
  if (track === undefined && isEqualJson(given, [{}])) return [];
  const own = readManagedFields(target.subresource === "status" ? undefined : given);
  const entries = own.length > 0 ? own : readManagedFields(metadataOf(before)["managedFields"]);
  if (track !== undefined) return track(entries, before, after);
  if (entries.length === 0) return [];
  const writer = writerOf(target, options.manager, store.timestamp());
  return trackUpdate(entries, before, after, writer);
}

function isUnchanged(before: JsonObject, after: JsonObject): boolean {
  return isEqualJson(withoutTimes(before), withoutTimes(after));
}

function withoutTimes(object: JsonObject): JsonObject {
  const list = metadataOf(object)["managedFields"];
  if (!Array.isArray(list)) return object;
  const managedFields = list
    .map((entry) => JSON.stringify({ ...(entry as JsonObject), time: "" }, sortedKeys))
    .sort();
  return withMetadata(object, { managedFields });
}

function sortedKeys(_key: string, value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function withGeneration(target: Target, before: JsonObject, after: JsonObject): JsonObject {
  const generation = metadataOf(before)["generation"];
  if (!target.type.strategy.hasGeneration || typeof generation !== "number") return after;
  const hasStatus = target.version.hasStatus;
  const isSame = isEqualJson(content(before, hasStatus), content(after, hasStatus));
  return isSame ? after : withMetadata(after, { generation: generation + 1 });
}

function content(object: JsonObject, hasStatus: boolean): JsonObject {
  const { metadata: _, status, ...rest } = object;
  return hasStatus || status === undefined ? rest : { ...rest, status };
}

/** Stores the object, or removes it when its last finalizer went while it was being deleted. */
function save(
  store: ObjectStore,
  target: Target,
  stored: JsonObject,
  next: JsonObject,
): JsonObject {
  const { type, version } = target;
  const converted = asStored(type, version, next);
  const isDone = isDeleting(next) && strings(metadataOf(next)["finalizers"]).length === 0;
  if (isDone && !type.strategy.deletesInSteps) {
    store.remove(type, converted);
    runControllers(store, type, undefined, converted);
    return next;
  }
  const saved = store.put(type, converted);
  runControllers(store, type, saved, stored);
  return atVersion(type, version, saved);
}
