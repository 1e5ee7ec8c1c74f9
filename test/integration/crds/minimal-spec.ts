import type { JsonObject, JsonValue } from "../../../src/core/json.ts";
import type { OpenApiSchema } from "../../../src/crds/openapi-schema.ts";

const armId = "/subscriptions/s/resourceGroups/g";

/** The smallest value that a schema of the catalog takes: what is required, references by ARM id, addresses for patterns of addresses. */
export function minimalSpec(schema: OpenApiSchema): JsonObject {
  const { properties = {}, required = [] } = schema;
  if (properties["armId"] !== undefined) return { armId };
  const entries = required.map((name) => [name, minimalValue(properties[name] ?? {})]);
  return Object.fromEntries(entries);
}

function minimalValue(schema: OpenApiSchema): JsonValue {
  const [first] = schema.enum ?? [];
  if (first !== undefined) return first;
  switch (schema.type) {
    case "object":
      return minimalSpec(schema);
    case "array":
      return Array.from({ length: schema.minItems ?? 0 }, () => minimalValue(schema.items ?? {}));
    case "integer":
    case "number":
      return schema.minimum ?? 1;
    case "boolean":
      return true;
    default:
      return schema.pattern === undefined
        ? "x".repeat(schema.minLength ?? 1)
        : matching(schema.pattern);
  }
}

/** One of a few texts; a pattern that none of them fits needs one more. */
function matching(pattern: string): string {
  const candidates = ["10.0.0.1", "name", armId, "11111111-1111-1111-1111-111111111111"];
  const found = candidates.find((text) => new RegExp(pattern.replace("(?i)", ""), "i").test(text));
  if (found === undefined) throw new Error(`no text for the pattern ${pattern}`);
  return found;
}
