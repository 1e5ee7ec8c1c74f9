import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import { defaultFields } from "../schema/default-fields.ts";
import { prune } from "../schema/prune.ts";
import {
  groupVersion,
  type ResourceType,
  storedVersion,
  type TypeVersion,
} from "./resource-type.ts";

const converted = new WeakMap<JsonObject, Map<TypeVersion, JsonObject>>();

/**
 * A stored object as a version shows it. Custom resources have conversion strategy None: only `apiVersion` changes,
 * then fields that the version does not declare are pruned and its defaults filled in.
 */
export function atVersion(
  type: ResourceType,
  version: TypeVersion,
  stored: JsonObject,
): JsonObject {
  const known = converted.get(stored) ?? new Map<TypeVersion, JsonObject>();
  converted.set(stored, known);
  let object = known.get(version);
  if (object === undefined) {
    object = convert(type, version, stored);
    known.set(version, object);
  }
  return object;
}

/** An object of a version in the form in which it is stored. */
export function asStored(type: ResourceType, version: TypeVersion, object: JsonObject): JsonObject {
  const stored = version.toStored === undefined ? object : version.toStored(object);
  const target = storedVersion(type);
  if (target === undefined || target === version || !type.isCustom) return stored;
  return convert(type, target, stored);
}

function convert(type: ResourceType, version: TypeVersion, object: JsonObject): JsonObject {
  if (version.fromStored !== undefined) return version.fromStored(object);
  if (!type.isCustom) return object;
  const renamed = { ...object, apiVersion: groupVersion(type.group, version.name) };
  return withDefaults(version, asObject(prune(renamed, version.schema, "", [])));
}

/** The object with the defaults of its version. */
export function withDefaults(version: TypeVersion, object: JsonObject): JsonObject {
  return asObject(defaultFields(object, version.schema));
}

function asObject(value: JsonValue): JsonObject {
  return isJsonObject(value) ? value : {};
}
