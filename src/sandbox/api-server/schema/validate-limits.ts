import type { JsonValue } from "../../../core/json.ts";
import type { Cause } from "../refusal.ts";
import { invalidValue } from "./causes.ts";
import type { Schema } from "./schema.ts";

/** Minimum, maximum and multipleOf of a number. */
export function numberCauses(value: JsonValue, schema: Schema, path: string): Cause[] {
  if (typeof value !== "number") return [];
  const causes: Cause[] = [];
  const { minimum, maximum, multipleOf } = schema;
  if (minimum !== undefined && isBelow(value, minimum, schema.exclusiveMinimum === true)) {
    const than = schema.exclusiveMinimum === true ? "greater than" : "greater than or equal to";
    causes.push(invalidValue(path, value, `${path} in body should be ${than} ${minimum}`));
  }
  if (maximum !== undefined && isBelow(-value, -maximum, schema.exclusiveMaximum === true)) {
    const than = schema.exclusiveMaximum === true ? "less than" : "less than or equal to";
    causes.push(invalidValue(path, value, `${path} in body should be ${than} ${maximum}`));
  }
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) {
    causes.push(invalidValue(path, value, `${path} in body should be a multiple of ${multipleOf}`));
  }
  return causes;
}

function isBelow(value: number, limit: number, isExclusive: boolean): boolean {
  return isExclusive ? value <= limit : value < limit;
}

/** Length and pattern of a string. Only the first violation is told, as the real server does. */
export function lengthCauses(value: JsonValue, schema: Schema, path: string): Cause[] {
  if (typeof value !== "string") return [];
  const length = [...value].length;
  const { minLength, maxLength, pattern } = schema;
  if (maxLength !== undefined && length > maxLength) {
    const message = `Too long: may not be more than ${maxLength} bytes`;
    return [{ reason: "FieldValueTooLong", message, field: path }];
  }
  if (minLength !== undefined && length < minLength) {
    const why = `${path} in body should be at least ${minLength} chars long`;
    return [invalidValue(path, value, why)];
  }
  if (pattern !== undefined && !matches(pattern, value)) {
    return [invalidValue(path, value, `${path} in body should match '${pattern}'`)];
  }
  return [];
}

const compiled = new Map<string, RegExp | undefined>();

/** Go's regular expressions differ little from JavaScript's. One that cannot be read here matches everything. */
function matches(pattern: string, text: string): boolean {
  if (!compiled.has(pattern)) compiled.set(pattern, compile(pattern));
  return compiled.get(pattern)?.test(text) ?? true;
}

function compile(pattern: string): RegExp | undefined {
  const flags = /^\(\?([is]+)\)/.exec(pattern);
  try {
    return flags === null
      ? new RegExp(pattern)
      : new RegExp(pattern.slice(flags[0].length), flags[1]);
  } catch {
    // RE2 syntax without a counterpart; the real server is the judge of such values.
    return undefined;
  }
}

/** Number of items of a list or of properties of an object. */
export function sizeCauses(
  size: number,
  schema: Schema,
  path: string,
  what: "items" | "properties",
): Cause[] {
  const causes: Cause[] = [];
  const least = what === "items" ? schema.minItems : schema.minProperties;
  const most = what === "items" ? schema.maxItems : schema.maxProperties;
  if (most !== undefined && size > most) {
    const message = `Too many: ${size}: must have at most ${most} items`;
    causes.push({ reason: "FieldValueTooMany", message, field: path });
  }
  if (least !== undefined && size < least) {
    causes.push(invalidValue(path, size, `${path} in body should have at least ${least} ${what}`));
  }
  return causes;
}
