import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import type { Schema } from "../schema/schema.ts";
import { childPath, type FieldSet, granularChildren } from "./field-set.ts";

/** The live value with an applied configuration merged into it: granular maps and lists by key, everything else replaced. */
export function mergeApplied(
  live: JsonValue | undefined,
  config: JsonValue,
  schema: Schema | undefined,
): JsonValue {
  const configured = granularChildren(config, schema);
  const existing = granularChildren(live, schema);
  if (configured === undefined || existing === undefined) return config;
  if (Array.isArray(live) !== Array.isArray(config)) return config;
  const merged = new Map<string, JsonValue>();
  for (const [element, child] of existing) merged.set(element, child.value);
  for (const [element, child] of configured) {
    merged.set(element, mergeApplied(merged.get(element), child.value, child.schema));
  }
  return fromChildren(config, merged);
}

/** The value without the fields at the given paths. */
export function withoutFields(
  value: JsonValue,
  schema: Schema | undefined,
  remove: FieldSet,
  path = "",
): JsonValue {
  const children = granularChildren(value, schema);
  if (children === undefined) return value;
  const kept = new Map<string, JsonValue>();
  for (const [element, child] of children) {
    const at = childPath(path, element);
    if (remove.has(at)) continue;
    kept.set(element, withoutFields(child.value, child.schema, remove, at));
  }
  return fromChildren(value, kept);
}

function fromChildren(model: JsonValue, children: ReadonlyMap<string, JsonValue>): JsonValue {
  if (!isJsonObject(model)) return [...children.values()];
  const object: JsonObject = {};
  for (const [element, child] of children) object[element.slice(2)] = child;
  return object;
}
