import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";

/** `metadata` of an object; empty when it has none. */
export function metadataOf(object: JsonObject | undefined): JsonObject {
  const metadata = object?.["metadata"];
  return isJsonObject(metadata) ? metadata : {};
}

/** A string field of metadata; empty when absent. */
export function metadataText(object: JsonObject | undefined, field: string): string {
  const value = metadataOf(object)[field];
  return typeof value === "string" ? value : "";
}

/** The owner references of an object. */
export function ownersOf(object: JsonObject): JsonObject[] {
  const owners: JsonValue | undefined = metadataOf(object)["ownerReferences"];
  return Array.isArray(owners) ? owners.filter(isJsonObject) : [];
}

/** The name of an object in messages and keys. */
export function nameOf(object: JsonObject): string {
  return metadataText(object, "name");
}

/** The object with other or further metadata; a field of undefined is removed. */
export function withMetadata(
  object: JsonObject,
  change: Readonly<Record<string, JsonValue | undefined>>,
): JsonObject {
  const metadata: JsonObject = {};
  for (const [key, value] of Object.entries({ ...metadataOf(object), ...change })) {
    if (value !== undefined) metadata[key] = value;
  }
  return { ...object, metadata };
}

/** True once somebody asked for the object's deletion. */
export function isDeleting(object: JsonObject): boolean {
  return metadataOf(object)["deletionTimestamp"] !== undefined;
}
