import type { JsonValue } from "../../../core/json.ts";
import type { Schema } from "../schema/schema.ts";
import { childPath, granularChildren } from "./field-set.ts";

/** Which fields a write added, changed and removed. Containers count when they came or went as a whole. */
export type Comparison = {
  readonly added: Set<string>;
  readonly modified: Set<string>;
  readonly removed: Set<string>;
};

/** Compares two values of one schema field by field; without a schema every container is granular. */
export function compareFields(
  before: JsonValue,
  after: JsonValue,
  schema: Schema | undefined,
): Comparison {
  const comparison: Comparison = { added: new Set(), modified: new Set(), removed: new Set() };
  compareAt(before, after, schema, "", comparison);
  return comparison;
}

/** The fields that an applied configuration claims: leaves, items of keyed lists, and empty containers. */
export function claimedFields(config: JsonValue, schema: Schema | undefined): Set<string> {
  const claimed = new Set<string>();
  claim(config, schema, "", claimed);
  return claimed;
}

/** Equality of JSON values; the order of keys does not count. */
export function isEqualJson(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) {
    return false;
  }
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => isEqualJson(item, right[index]));
  }
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && isEqualJson(left[key], right[key]));
}

function compareAt(
  before: JsonValue,
  after: JsonValue,
  schema: Schema | undefined,
  path: string,
  comparison: Comparison,
): void {
  if (isEqualJson(before, after)) return;
  const next = granularChildren(after, schema);
  const previous = before === null && next ? new Map() : granularChildren(before, schema);
  if (previous === undefined || next === undefined) {
    comparison.modified.add(path);
    return;
  }
  for (const [element, child] of previous) {
    const at = childPath(path, element);
    const successor = next.get(element);
    if (successor === undefined) collect(child.value, child.schema, at, comparison.removed);
    else compareAt(child.value, successor.value, child.schema, at, comparison);
  }
  for (const [element, child] of next) {
    if (previous.has(element)) continue;
    collect(child.value, child.schema, childPath(path, element), comparison.added);
  }
}

function collect(
  value: JsonValue,
  schema: Schema | undefined,
  path: string,
  into: Set<string>,
): void {
  into.add(path);
  for (const [element, child] of granularChildren(value, schema) ?? []) {
    collect(child.value, child.schema, childPath(path, element), into);
  }
}

function claim(
  value: JsonValue,
  schema: Schema | undefined,
  path: string,
  claimed: Set<string>,
): void {
  const children = granularChildren(value, schema);
  if (children === undefined || children.size === 0) {
    if (path !== "") claimed.add(path);
    return;
  }
  for (const [element, child] of children) {
    const at = childPath(path, element);
    if (element.startsWith("k:")) claimed.add(at);
    claim(child.value, child.schema, at, claimed);
  }
}
