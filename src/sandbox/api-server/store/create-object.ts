import type { JsonObject, JsonValue } from "../../../core/json.ts";
import { type ManagedEntry, trackUpdate, writeManagedFields } from "../fields/managed-fields.ts";
import { alreadyExists, badRequest, isRefusal, type Refusal, refuse } from "../refusal.ts";
import { asStored, atVersion, withDefaults } from "./convert-version.ts";
import { decodeObject } from "./decode-object.ts";
import { runControllers } from "./deletion.ts";
import { isDeleting, metadataOf, metadataText, withMetadata } from "./metadata.ts";
import type { ObjectStore } from "./object-store.ts";
import {
  checkObject,
  checkPlace,
  generatedName,
  type Target,
  type WriteOptions,
  type Written,
  writerOf,
  written,
} from "./write-target.ts";

/** POST of an object. */
export function createObject(
  store: ObjectStore,
  target: Target,
  body: JsonValue,
  options: WriteOptions,
): Written | Refusal {
  const decoded = decodeObject(target.type, target.version, body, options.validation);
  if (isRefusal(decoded)) return decoded;
  if (metadataText(decoded.object, "resourceVersion") !== "") {
    return refuse(500, "", "resourceVersion should not be set on objects to be created");
  }
  const outcome = insertObject(store, target, decoded.object, decoded.warnings, options);
  return isRefusal(outcome) ? { ...outcome, warnings: decoded.warnings } : outcome;
}

/** Computes the field owners of a new object from it and from the empty object before it. */
type Track = (before: JsonObject, after: JsonObject) => readonly ManagedEntry[] | Refusal;

/**
 * Stores a decoded object as a new one. `track` is given by server-side apply; otherwise the writer owns everything.
 */
export function insertObject(
  store: ObjectStore,
  target: Target,
  decoded: JsonObject,
  warnings: readonly string[],
  options: WriteOptions,
  track?: Track,
): Written | Refusal {
  const { type, version, namespace } = target;
  const own = metadataText(decoded, "namespace");
  if (own !== "" && own !== namespace) return wrongNamespace();
  const named = withName(store, target, decoded);
  const name = metadataText(named, "name");
  const misplaced = checkPlace(store, target, name);
  if (misplaced !== undefined) return misplaced;
  const fresh = prepared(store, target, named);
  const before: JsonObject = { metadata: {}, ...type.strategy.skeleton };
  const writer = writerOf(target, options.manager, store.timestamp());
  const entries =
    track === undefined ? trackUpdate([], before, fresh, writer) : track(before, fresh);
  if (isRefusal(entries)) return entries;
  const managedFields = entries.length > 0 ? writeManagedFields(entries) : undefined;
  const object = withMetadata(fresh, { managedFields });
  const faulty = checkObject(target, object, undefined);
  if (faulty !== undefined) return faulty;
  const existing = store.get(type, namespace, name);
  if (existing !== undefined) return alreadyExists(type, name, isDeleting(existing));
  if (options.dryRun) return written(object, true, warnings);
  const stored = store.put(type, asStored(type, version, object));
  runControllers(store, type, stored, undefined);
  return written(atVersion(type, version, stored), true, warnings);
}

/** 400 of a body whose namespace is not the one of the path. */
export function wrongNamespace(): Refusal {
  return badRequest(
    "the namespace of the provided object does not match the namespace sent on the request",
  );
}

function withName(store: ObjectStore, target: Target, object: JsonObject): JsonObject {
  const { name, generateName } = metadataOf(object);
  if (name || typeof generateName !== "string" || generateName === "") return object;
  return withMetadata(object, { name: generatedName(store, target, generateName) });
}

/** The object with what the server sets on create. */
function prepared(store: ObjectStore, target: Target, object: JsonObject): JsonObject {
  const { type, version, namespace } = target;
  const { status, ...withoutStatus } = object;
  const kept = version.hasStatus || status === undefined ? withoutStatus : object;
  const stamped = withMetadata(withDefaults(version, kept), {
    namespace: type.namespaced ? namespace : undefined,
    uid: store.random.uuid(),
    creationTimestamp: store.timestamp(),
    generation: type.strategy.hasGeneration ? 1 : undefined,
    resourceVersion: undefined,
    deletionTimestamp: undefined,
    deletionGracePeriodSeconds: undefined,
    selfLink: undefined,
    managedFields: undefined,
  });
  return type.strategy.prepare?.(stamped, undefined) ?? stamped;
}
