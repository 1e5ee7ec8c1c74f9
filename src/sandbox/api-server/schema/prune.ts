import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import { fieldSchema, keepsUnknownFields, type Schema } from "./schema.ts";

const embeddedFields = new Set(["apiVersion", "kind", "metadata"]);

/**
 * The value without the fields that the schema does not declare. Their paths (`spec.list[0].x`) are added to `unknown`
 * in the order in which they are met. The input is left as it is.
 */
export function prune(
  value: JsonValue,
  schema: Schema | undefined,
  path: string,
  unknown: string[],
): JsonValue {
  if (schema === undefined) return value;
  if (Array.isArray(value)) {
    const items = schema.items;
    return items === undefined
      ? value
      : value.map((item, index) => prune(item, items, `${path}[${index}]`, unknown));
  }
  return isJsonObject(value) ? pruneObject(value, schema, path, unknown) : value;
}

function pruneObject(
  value: JsonObject,
  schema: Schema,
  path: string,
  unknown: string[],
): JsonObject {
  const kept: JsonObject = {};
  const keepsAll = keepsUnknownFields(schema);
  const isEmbedded = schema["x-kubernetes-embedded-resource"] === true;
  for (const [key, child] of Object.entries(value)) {
    const childPath = path === "" ? key : `${path}.${key}`;
    const childSchema = fieldSchema(schema, key);
    if (childSchema !== undefined) kept[key] = prune(child, childSchema, childPath, unknown);
    else if (keepsAll || (isEmbedded && embeddedFields.has(key))) kept[key] = child;
    else unknown.push(childPath);
  }
  return kept;
}
