import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import { badRequest, invalid, type Refusal } from "../refusal.ts";
import { invalidValue } from "../schema/causes.ts";
import { metadataSchema } from "../schema/object-schema.ts";
import { prune } from "../schema/prune.ts";
import { fieldSchema, type Schema } from "../schema/schema.ts";
import { groupVersion, type ResourceType, type TypeVersion } from "./resource-type.ts";
import { base64Error } from "./secrets.ts";

/** What happens to fields that the schema does not declare. They are dropped in any case. */
export type FieldValidation = "Ignore" | "Warn" | "Strict";

/** A body that became an object; `warnings` go into the answer's headers. */
export type Decoded = {
  readonly kind: "decoded";
  readonly object: JsonObject;
  readonly warnings: readonly string[];
};

/** A request body as an object of the version, pruned. Refuses another kind, wrong types and, if Strict, unknown fields. */
export function decodeObject(
  type: ResourceType,
  version: TypeVersion,
  body: JsonValue,
  mode: FieldValidation,
): Decoded | Refusal {
  if (!isJsonObject(body)) {
    return badRequest(`the object provided is unrecognized (must be of type ${type.kind})`);
  }
  const typed = withType(type, version, body);
  if (typed.kind === "refused") return typed;
  const wrong = type.isCustom
    ? mismatch(typed.object["metadata"], metadataSchema, "ObjectMeta", "metadata")
    : mismatch(typed.object, version.schema, type.kind, "");
  if (wrong !== undefined) return badRequest(`${cannotHandle(type, version)} ${wrong}`);
  const unknown = unknownFields(type, version, typed.object);
  if (mode === "Strict" && unknown.fields.length > 0) {
    return badRequest(`${cannotHandle(type, version)} ${strictError(unknown.fields)}`);
  }
  const warnings = mode === "Ignore" ? [] : unknown.fields.map(unknownField);
  return { kind: "decoded", object: unknown.pruned, warnings };
}

/** `strict decoding error: unknown field "spec.a", …`. */
export function strictError(fields: readonly string[]): string {
  return `strict decoding error: ${fields.map(unknownField).join(", ")}`;
}

/** The pruned object and the paths of what was dropped, in the order in which Kubernetes names them. */
export function unknownFields(
  type: ResourceType,
  version: TypeVersion,
  object: JsonObject,
): { readonly pruned: JsonObject; readonly fields: readonly string[] } {
  const fields: string[] = [];
  const pruned = prune(object, version.schema, "", fields);
  if (type.isCustom) {
    const rank = (field: string) => (field.startsWith("metadata.") ? 0 : 1);
    fields.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  }
  return { pruned: isJsonObject(pruned) ? withoutEmptyMetadata(pruned) : {}, fields };
}

/** Empty metadata fields count as absent. */
function withoutEmptyMetadata(object: JsonObject): JsonObject {
  const metadata = object["metadata"];
  if (!isJsonObject(metadata)) return object;
  const filled = Object.entries(metadata).filter(([, value]) => !isEmpty(value));
  return { ...object, metadata: Object.fromEntries(filled) };
}

function isEmpty(value: JsonValue): boolean {
  if (value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function unknownField(field: string): string {
  return `unknown field ${JSON.stringify(field)}`;
}

function cannotHandle(type: ResourceType, version: TypeVersion): string {
  return `${type.kind} in version ${JSON.stringify(version.name)} cannot be handled as a ${type.kind}:`;
}

function withType(
  type: ResourceType,
  version: TypeVersion,
  body: JsonObject,
): { kind: "typed"; object: JsonObject } | Refusal {
  const expected = groupVersion(type.group, version.name);
  if (!type.isCustom && body["kind"] === undefined && body["apiVersion"] === undefined) {
    return { kind: "typed", object: { ...body, apiVersion: expected, kind: type.kind } };
  }
  const missing = ["kind", "apiVersion"].find((field) => !body[field]);
  if (missing !== undefined) {
    const label = missing === "kind" ? "Kind" : "apiVersion";
    const text = JSON.stringify(body);
    const short = text.length > 30 ? `${text.slice(0, 30)} ...` : text;
    return badRequest(
      `the object provided is unrecognized (must be of type ${type.kind}): Object '${label}' is missing in '${text}' (${short})`,
    );
  }
  if (body["apiVersion"] !== expected) {
    return badRequest(
      `the API version in the data (${body["apiVersion"]}) does not match the expected API version (${expected})`,
    );
  }
  if (body["kind"] !== type.kind) return wrongKind(type, version, body);
  return { kind: "typed", object: body };
}

function wrongKind(type: ResourceType, version: TypeVersion, body: JsonObject): Refusal {
  const kind = String(body["kind"]);
  if (!type.isCustom) {
    return badRequest(
      `${kind} in version ${JSON.stringify(version.name)} cannot be handled as a ${type.kind}: converting (${kind}) to (${type.kind}): unknown conversion`,
    );
  }
  const metadata = body["metadata"];
  const name = isJsonObject(metadata) ? String(metadata["name"] ?? "") : "";
  return invalid(kind, type.group, name, [invalidValue("kind", kind, `must be ${type.kind}`)]);
}

/** The first value whose JSON type is not the declared one, in the words of Go's decoder. */
function mismatch(
  value: JsonValue | undefined,
  schema: Schema | undefined,
  owner: string,
  field: string,
): string | undefined {
  if (value === undefined || value === null || schema?.type === undefined) return undefined;
  if (!isOfType(value, schema.type)) {
    return `json: cannot unmarshal ${goJsonType(value)} into Go struct field ${owner}.${field} of type ${goType(schema)}`;
  }
  if (schema.format === "byte" && typeof value === "string") {
    const at = base64Error(value);
    return at === undefined ? undefined : `illegal base64 data at input byte ${at}`;
  }
  if (Array.isArray(value)) {
    return firstOf(value, (item) => mismatch(item, schema.items, owner, field));
  }
  if (!isJsonObject(value)) return undefined;
  return firstOf(Object.entries(value), ([key, child]) => {
    const isField = schema.properties !== undefined && Object.hasOwn(schema.properties, key);
    const holder = key === "metadata" && field === "" ? "ObjectMeta" : owner;
    return mismatch(child, fieldSchema(schema, key), holder, isField ? key : field);
  });
}

function firstOf<T>(
  items: readonly T[],
  find: (item: T) => string | undefined,
): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isOfType(value: JsonValue, type: string): boolean {
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isJsonObject(value);
  if (type === "integer" || type === "number") return typeof value === "number";
  return typeof value === type;
}

function goJsonType(value: JsonValue): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function goType(schema: Schema): string {
  if (schema.format === "byte") return "[]uint8";
  const names: Record<string, string> = {
    boolean: "bool",
    integer: "int64",
    object: "map[string]string",
  };
  return names[schema.type ?? ""] ?? schema.type ?? "";
}
