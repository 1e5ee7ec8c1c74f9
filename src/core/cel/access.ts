import {
  CelFailure,
  type CelResult,
  type CelValue,
  isList,
  isMap,
  type MapKey,
  MessageValue,
  OptionalValue,
  UintValue,
} from "./cel-value.ts";
import { fieldValue, hasField } from "./json-value.ts";
import { mapGet } from "./operators.ts";
import type { WorkMeter } from "./work-meter.ts";

/** What an expression sees, and how much it may still do. */
export type Scope = {
  readonly variables: ReadonlyMap<string, CelValue>;
  readonly budget: WorkMeter;
};

/** A field's value; undefined when a map lacks the key. Absent fields of messages show zero values. */
function fieldOf(value: CelValue, field: string): CelResult | undefined {
  if (isMap(value)) return mapGet(value, field);
  if (!(value instanceof MessageValue)) return new CelFailure("no such overload");
  const known = value.type.fields().get(field);
  return known === undefined ? undefined : fieldValue(value, known);
}

/** Whether a field or key is there, for `has` and optional access. */
export function isPresent(value: CelValue, field: string): boolean {
  if (isMap(value)) return mapGet(value, field) !== undefined;
  if (!(value instanceof MessageValue)) return false;
  const known = value.type.fields().get(field);
  return known !== undefined && hasField(value, known);
}

/** A field of a message, map or optional. */
export function select(value: CelResult, field: string): CelResult {
  if (value instanceof CelFailure) return value;
  if (value instanceof OptionalValue) return selectOptional(value, field);
  return fieldOf(value, field) ?? new CelFailure(`no such key: ${field}`);
}

/** A field that may be absent. */
export function selectOptional(value: CelResult, field: string): CelResult {
  if (value instanceof CelFailure) return value;
  const inner = value instanceof OptionalValue ? value.value : value;
  if (inner === undefined || !isPresent(inner, field)) return new OptionalValue(undefined);
  const found = fieldOf(inner, field);
  return found instanceof CelFailure ? found : new OptionalValue(found);
}

function elementOf(value: CelValue, key: CelValue): CelResult | undefined {
  if (isMap(value)) return mapGet(value, key);
  if (!isList(value)) return new CelFailure("no such overload");
  const whole = key instanceof UintValue ? key.value : key;
  const isWhole = typeof whole === "bigint" || Number.isInteger(whole);
  return isWhole ? value[Number(whole)] : new CelFailure("unsupported index type");
}

/** An element of a list, map or optional. */
export function index(value: CelResult, key: CelResult): CelResult {
  if (value instanceof CelFailure) return value;
  if (key instanceof CelFailure) return key;
  if (value instanceof OptionalValue) return indexOptional(value, key);
  const found = elementOf(value, key);
  if (found !== undefined) return found;
  return new CelFailure(isList(value) ? `index out of bounds: ${key}` : `no such key: ${key}`);
}

/** An element that may be absent. */
export function indexOptional(value: CelResult, key: CelResult): CelResult {
  if (value instanceof CelFailure) return value;
  if (key instanceof CelFailure) return key;
  const inner = value instanceof OptionalValue ? value.value : value;
  const found = inner === undefined ? undefined : elementOf(inner, key);
  return found instanceof CelFailure ? found : new OptionalValue(found);
}

/** Puts a new entry into a map under construction. */
export function addEntry(
  map: Map<MapKey, CelValue>,
  key: CelValue,
  value: CelValue,
): CelFailure | undefined {
  const plain = key instanceof UintValue ? key.value : key;
  if (typeof plain !== "string" && typeof plain !== "bigint" && typeof plain !== "boolean")
    return new CelFailure("unsupported key type");
  if (map.has(plain)) return new CelFailure(`insert failed: key ${plain} already exists`);
  map.set(plain, value);
  return undefined;
}
