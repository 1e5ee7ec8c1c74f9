import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type {
  CustomResource,
  ManagedFieldsEntry,
  ObjectMeta,
  OwnerReference,
} from "../../core/resource/types.ts";

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/** The metadata of an object as it came from the server; undefined when a field is missing that every stored object has. */
export function toObjectMeta(value: JsonValue | undefined): ObjectMeta | undefined {
  if (!isJsonObject(value)) {
    return undefined;
  }
  const { name, uid, resourceVersion, generation } = value;
  if (typeof name !== "string" || typeof uid !== "string" || typeof resourceVersion !== "string") {
    return undefined;
  }
  return {
    name,
    uid,
    resourceVersion,
    ...optionalText(value, "namespace"),
    ...(typeof generation === "number" ? { generation } : {}),
    ...optionalText(value, "creationTimestamp"),
    ...optionalText(value, "deletionTimestamp"),
    ...optionalMap(value, "annotations"),
    ...optionalMap(value, "labels"),
    ...(Array.isArray(value["finalizers"]) ? { finalizers: texts(value["finalizers"]) } : {}),
    ...(Array.isArray(value["ownerReferences"])
      ? { ownerReferences: value["ownerReferences"].filter(isJsonObject).map(toOwnerReference) }
      : {}),
    ...(Array.isArray(value["managedFields"])
      ? { managedFields: value["managedFields"].filter(isJsonObject).map(toManagedFields) }
      : {}),
  };
}

/** Metadata without what only a full read needs: managed fields and kubectl's copy of the manifest are most of its size. */
export function withoutBulk(meta: ObjectMeta): ObjectMeta {
  const { managedFields: _managedFields, annotations, ...rest } = meta;
  if (annotations === undefined) {
    return rest;
  }
  const { [lastApplied]: _lastApplied, ...kept } = annotations;
  return { ...rest, annotations: kept };
}

/** A custom resource as it came from the server; undefined when it is not one. */
export function toCustomResource(value: JsonObject): CustomResource | undefined {
  const metadata = toObjectMeta(value["metadata"]);
  const { apiVersion, kind, spec, status } = value;
  if (metadata === undefined || typeof apiVersion !== "string" || typeof kind !== "string") {
    return undefined;
  }
  return {
    apiVersion,
    kind,
    metadata,
    ...(isJsonObject(spec) ? { spec } : {}),
    ...(isJsonObject(status) ? { status } : {}),
  };
}

/** String values of a JSON object; other values are left out. */
export function stringMap(value: JsonValue | undefined): Record<string, string> {
  const map: Record<string, string> = {};
  for (const [key, entry] of Object.entries(isJsonObject(value) ? value : {})) {
    if (typeof entry === "string") {
      map[key] = entry;
    }
  }
  return map;
}

function toOwnerReference(value: JsonObject): OwnerReference {
  const { controller, blockOwnerDeletion } = value;
  return {
    apiVersion: textOf(value["apiVersion"]),
    kind: textOf(value["kind"]),
    name: textOf(value["name"]),
    uid: textOf(value["uid"]),
    ...(typeof controller === "boolean" ? { controller } : {}),
    ...(typeof blockOwnerDeletion === "boolean" ? { blockOwnerDeletion } : {}),
  };
}

function toManagedFields(value: JsonObject): ManagedFieldsEntry {
  const { fieldsV1 } = value;
  return {
    ...optionalText(value, "manager"),
    ...optionalText(value, "operation"),
    ...optionalText(value, "apiVersion"),
    ...optionalText(value, "time"),
    ...optionalText(value, "subresource"),
    ...(isJsonObject(fieldsV1) ? { fieldsV1 } : {}),
  };
}

function optionalText<K extends string>(value: JsonObject, key: K): { readonly [P in K]?: string } {
  const entry = value[key];
  return typeof entry === "string" ? ({ [key]: entry } as { [P in K]?: string }) : {};
}

function optionalMap<K extends string>(
  value: JsonObject,
  key: K,
): { readonly [P in K]?: Record<string, string> } {
  const entry = value[key];
  return isJsonObject(entry)
    ? ({ [key]: stringMap(entry) } as { [P in K]?: Record<string, string> })
    : {};
}

function texts(values: readonly JsonValue[]): readonly string[] {
  return values.filter((value) => typeof value === "string");
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}
