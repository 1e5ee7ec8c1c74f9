import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import type { OpenApiSchema } from "../crds/openapi-schema.ts";
import { versionSchema } from "../crds/version-schema.ts";
import type { KnownResource } from "./plan-world.ts";

/** What a schema says of a spec. */
export type SchemaFindings = {
  /** The API server would refuse the resource for these. */
  readonly errors: readonly string[];
  /** Paths that no version has: the API server drops them, or refuses them under strict validation. */
  readonly unknown: readonly string[];
};

type Findings = { readonly errors: string[]; readonly unknown: string[] };

/**
 * Compares a spec with the schema of its version, as the API server does (Kubernetes, structural schemas). `null` counts as unset.
 * The rules in CEL are not evaluated: what they refuse shows as a problem of the inputs.
 */
export function checkSchema({ resource, version, group }: KnownResource): SchemaFindings {
  const kind = group.kinds[version.kind];
  const found: Findings = { errors: [], unknown: [] };
  if (kind === undefined) return found;
  const name = resource.apiVersion.slice(resource.apiVersion.indexOf("/") + 1);
  const schema = versionSchema(group, kind, name).properties?.["spec"];
  if (schema !== undefined) checkValue(schema, resource.spec ?? {}, "spec", found);
  return found;
}

function checkValue(schema: OpenApiSchema, value: JsonValue, path: string, found: Findings): void {
  const wrong = typeError(schema.type, value);
  if (wrong !== undefined) {
    found.errors.push(`${path} ${wrong}`);
    return;
  }
  if (schema.enum !== undefined && !schema.enum.includes(value as string | number)) {
    found.errors.push(`${path} must be one of ${schema.enum.join(", ")}`);
  }
  if (typeof value === "string") checkText(schema, value, path, found);
  if (typeof value === "number") checkNumber(schema, value, path, found);
  if (Array.isArray(value)) checkList(schema, value, path, found);
  if (isJsonObject(value)) checkObject(schema, value, path, found);
}

function typeError(type: OpenApiSchema["type"], value: JsonValue): string | undefined {
  const fits = {
    object: isJsonObject(value),
    array: Array.isArray(value),
    string: typeof value === "string",
    integer: Number.isInteger(value),
    number: typeof value === "number",
    boolean: typeof value === "boolean",
  };
  if (type === undefined || fits[type]) return undefined;
  const article = /^[aeiou]/.test(type) ? "an" : "a";
  return `must be ${article} ${type}`;
}

function checkText(schema: OpenApiSchema, value: string, path: string, found: Findings): void {
  checkRange([...value].length, schema.minLength, schema.maxLength, `${path} is`, found);
  if (schema.pattern === undefined || matches(schema.pattern, value)) return;
  found.errors.push(`${path} must match ${schema.pattern}`);
}

/** Patterns are Go's: a leading `(?i)` is a flag here. A pattern that cannot be read judges nothing. */
function matches(pattern: string, value: string): boolean {
  const flag = "(?i)";
  const insensitive = pattern.startsWith(flag);
  try {
    return new RegExp(pattern.slice(insensitive ? flag.length : 0), insensitive ? "i" : "").test(
      value,
    );
  } catch (error) {
    if (error instanceof SyntaxError) return true;
    throw error;
  }
}

function checkNumber(schema: OpenApiSchema, value: number, path: string, found: Findings): void {
  const { minimum, maximum, multipleOf } = schema;
  if (minimum !== undefined && value < minimum)
    found.errors.push(`${path} must be at least ${minimum}`);
  if (maximum !== undefined && value > maximum)
    found.errors.push(`${path} must be at most ${maximum}`);
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf))
    found.errors.push(`${path} must be a multiple of ${multipleOf}`);
}

function checkList(
  schema: OpenApiSchema,
  value: readonly JsonValue[],
  path: string,
  found: Findings,
): void {
  checkRange(value.length, schema.minItems, schema.maxItems, `${path} has`, found);
  const { items } = schema;
  if (items === undefined) return;
  value.forEach((element, index) => {
    if (element !== null) checkValue(items, element, `${path}[${index}]`, found);
  });
}

function checkRange(
  length: number,
  least: number | undefined,
  most: number | undefined,
  what: string,
  found: Findings,
): void {
  if (least !== undefined && length < least)
    found.errors.push(`${what} ${length} long, and must be at least ${least}`);
  if (most !== undefined && length > most)
    found.errors.push(`${what} ${length} long, and must be at most ${most}`);
}

function checkObject(
  schema: OpenApiSchema,
  value: JsonObject,
  path: string,
  found: Findings,
): void {
  for (const name of schema.required ?? []) {
    if (value[name] === undefined || value[name] === null)
      found.errors.push(`${path}.${name} is required`);
  }
  for (const [name, member] of Object.entries(value)) {
    if (member === null) continue;
    const child = memberSchema(schema, name);
    if (child === "unknown") found.unknown.push(`${path}.${name}`);
    else if (child !== undefined) checkValue(child, member, `${path}.${name}`, found);
  }
}

/** Undefined: anything goes. */
function memberSchema(schema: OpenApiSchema, name: string): OpenApiSchema | "unknown" | undefined {
  const { properties, additionalProperties } = schema;
  if (properties !== undefined && Object.hasOwn(properties, name)) return properties[name];
  if (additionalProperties !== undefined) return additionalProperties;
  return schema["x-kubernetes-preserve-unknown-fields"] === true ? undefined : "unknown";
}
