import { OperatorError } from "../core/errors.ts";
import type { OpenApiSchema } from "./openapi-schema.ts";

/**
 * A schema that takes what any of the given ones takes: all properties, the required names they share, the loosest limits,
 * and any JSON where they disagree on the type. An object written through one version is neither pruned nor refused
 * at the storage version then (without a conversion webhook the API server only renames the version).
 */
export function unionSchema(schemas: readonly OpenApiSchema[]): OpenApiSchema {
  const [first, ...rest] = schemas;
  if (first === undefined) throw new OperatorError("Bug", "no schemas to unite");
  return rest.reduce(unite, first);
}

function unite(a: OpenApiSchema, b: OpenApiSchema): OpenApiSchema {
  if (a === b) return a;
  const type = commonType(a.type, b.type);
  if (type === undefined) return { "x-kubernetes-preserve-unknown-fields": true };
  if (type === "object") return uniteObjects(a, b);
  if (type === "array") {
    const items = uniteOptional(a.items, b.items);
    return { type, ...(items === undefined ? {} : { items }), ...limits(a, b) };
  }
  return { type, ...limits(a, b) };
}

function commonType(a: OpenApiSchema["type"], b: OpenApiSchema["type"]): OpenApiSchema["type"] {
  if (a === b) return a;
  const numeric = new Set([a, b, "integer", "number"]).size === 2;
  return numeric ? "number" : undefined;
}

function uniteObjects(a: OpenApiSchema, b: OpenApiSchema): OpenApiSchema {
  const both = { ...a, ...b };
  const isMap = both.additionalProperties !== undefined;
  const open = both["x-kubernetes-preserve-unknown-fields"] === true;
  if (isMap && both.properties === undefined && !open) {
    const element = uniteOptional(a.additionalProperties, b.additionalProperties);
    return { type: "object", ...(element === undefined ? {} : { additionalProperties: element }) };
  }
  const required = (a.required ?? []).filter((name) => b.required?.includes(name));
  return {
    type: "object",
    ...(required.length === 0 ? {} : { required }),
    ...(both.properties === undefined ? {} : { properties: uniteProperties(a, b) }),
    ...(isMap || open ? { "x-kubernetes-preserve-unknown-fields": true } : {}),
    ...(a.default !== undefined && sameJson(a.default, b.default) ? { default: a.default } : {}),
  };
}

function uniteProperties(a: OpenApiSchema, b: OpenApiSchema): Record<string, OpenApiSchema> {
  const united: Record<string, OpenApiSchema> = { ...a.properties };
  for (const [name, schema] of Object.entries(b.properties ?? {})) {
    const known = united[name];
    united[name] = known === undefined ? schema : unite(known, schema);
  }
  return united;
}

function uniteOptional(
  a: OpenApiSchema | undefined,
  b: OpenApiSchema | undefined,
): OpenApiSchema | undefined {
  return a === undefined || b === undefined ? (a ?? b) : unite(a, b);
}

/** Limits that both have, at their loosest; what only one side limits is not limited. */
function limits(a: OpenApiSchema, b: OpenApiSchema): OpenApiSchema {
  const enums = a.enum && b.enum ? [...new Set([...a.enum, ...b.enum])] : undefined;
  const bounds = {
    minimum: lowest(a.minimum, b.minimum),
    maximum: highest(a.maximum, b.maximum),
    minLength: lowest(a.minLength, b.minLength),
    maxLength: highest(a.maxLength, b.maxLength),
    minItems: lowest(a.minItems, b.minItems),
    maxItems: highest(a.maxItems, b.maxItems),
    pattern: a.pattern === b.pattern ? a.pattern : undefined,
    format: a.format === b.format ? a.format : undefined,
    multipleOf: a.multipleOf === b.multipleOf ? a.multipleOf : undefined,
    default: sameJson(a.default, b.default) ? a.default : undefined,
    enum: enums,
  };
  const stated = Object.entries(bounds).filter(([, value]) => value !== undefined);
  return Object.fromEntries(stated);
}

function lowest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : Math.min(a, b);
}

function highest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : Math.max(a, b);
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
