import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import { fieldSchema, type Schema } from "./schema.ts";

/**
 * The value with the schema's defaults filled in. A null in a field that is not nullable counts as absent,
 * as Kubernetes does for custom resources. The input is left as it is.
 */
export function defaultFields(value: JsonValue, schema: Schema | undefined): JsonValue {
  if (schema === undefined) return value;
  if (Array.isArray(value)) {
    return schema.items === undefined
      ? value
      : value.map((item) => defaultFields(item, schema.items));
  }
  return isJsonObject(value) ? defaultObject(value, schema) : value;
}

function defaultObject(value: JsonObject, schema: Schema): JsonObject {
  const result: JsonObject = {};
  for (const [key, child] of Object.entries(value)) {
    const childSchema = fieldSchema(schema, key);
    if (child === null && childSchema !== undefined && childSchema.nullable !== true) continue;
    result[key] = defaultFields(child, childSchema);
  }
  for (const [key, childSchema] of Object.entries(schema.properties ?? {})) {
    if (childSchema.default === undefined || Object.hasOwn(result, key)) continue;
    result[key] = defaultFields(structuredClone(childSchema.default), childSchema);
  }
  return result;
}
