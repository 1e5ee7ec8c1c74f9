import type { JsonValue } from "../json.ts";
import type { CelType, MessageType } from "./cel-type.ts";

/** Why an expression cannot be checked or evaluated. A value like any other: `||`, `&&` and quantifiers may pass over it. */
export class CelFailure {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** An unsigned integer; a bare bigint is a signed one. */
export class UintValue {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** A point in time, in nanoseconds since the epoch. */
export class TimestampValue {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A span of time in nanoseconds. */
export class DurationValue {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A value that may be absent (`optional.of`, `.?`); undefined when it is. */
export class OptionalValue {
  readonly value: CelValue | undefined;
  constructor(value: CelValue | undefined) {
    this.value = value;
  }
}

/** A type as a value: what `type(x)` returns. */
export class TypeValue {
  readonly type: CelType;
  constructor(type: CelType) {
    this.type = type;
  }
}

/** An object with known fields over its JSON; `json` undefined: the object is absent and shows zero values. */
export class MessageValue {
  readonly type: MessageType;
  readonly json: { readonly [key: string]: JsonValue } | undefined;
  constructor(type: MessageType, json: { readonly [key: string]: JsonValue } | undefined) {
    this.type = type;
    this.json = json;
  }
}

/** Keys of a map; unsigned and signed integers are one sort of key. */
export type MapKey = string | bigint | boolean;

/** Integers are bigint, doubles are number. */
export type CelValue =
  | string
  | bigint
  | number
  | boolean
  | null
  | UintValue
  | Uint8Array
  | TimestampValue
  | DurationValue
  | OptionalValue
  | TypeValue
  | MessageValue
  | readonly CelValue[]
  | ReadonlyMap<MapKey, CelValue>;

/** A value, or why there is none. */
export type CelResult = CelValue | CelFailure;

/** Narrows a value to a list. */
export function isList(value: CelValue): value is readonly CelValue[] {
  return Array.isArray(value);
}

/** Narrows a value to a map. */
export function isMap(value: CelValue): value is ReadonlyMap<MapKey, CelValue> {
  return value instanceof Map;
}

/** A number of any sort as the comparison of unlike numbers sees it. */
function numeric(value: CelValue): bigint | number | undefined {
  if (typeof value === "bigint" || typeof value === "number") return value;
  return value instanceof UintValue ? value.value : undefined;
}

/** Equality of the language: numbers by value, everything else only within its type. */
export function equals(left: CelValue, right: CelValue): boolean {
  const [a, b] = [numeric(left), numeric(right)];
  // biome-ignore lint/suspicious/noDoubleEquals: bigint and number are compared by value
  if (a !== undefined && b !== undefined) return a == b;
  if (isList(left) && isList(right))
    return left.length === right.length && left.every((one, at) => equals(one, right[at] ?? null));
  if (isMap(left) && isMap(right)) return equalMaps(left, right);
  return equalObjects(left, right);
}

function equalMaps(
  left: ReadonlyMap<MapKey, CelValue>,
  right: ReadonlyMap<MapKey, CelValue>,
): boolean {
  return (
    left.size === right.size &&
    [...left].every(([key, value]) => {
      const other = right.get(key);
      return other !== undefined && equals(value, other);
    })
  );
}

function equalObjects(left: CelValue, right: CelValue): boolean {
  const ordered = left instanceof TimestampValue || left instanceof DurationValue;
  if (ordered || left instanceof Uint8Array) return compare(left, right) === 0;
  if (left instanceof TypeValue && right instanceof TypeValue)
    return left.type.k === right.type.k && nameOf(left) === nameOf(right);
  if (left instanceof MessageValue && right instanceof MessageValue)
    return left.type === right.type && sameJson(left.json ?? {}, right.json ?? {});
  if (left instanceof OptionalValue && right instanceof OptionalValue)
    return equalOptionals(left, right);
  return left === right;
}

function nameOf(value: TypeValue): string {
  return value.type.k === "message" ? value.type.message.name : "";
}

function equalOptionals(left: OptionalValue, right: OptionalValue): boolean {
  if (left.value === undefined || right.value === undefined) return left.value === right.value;
  return equals(left.value, right.value);
}

function sameJson(left: unknown, right: unknown): boolean {
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null)
    return left === right;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) =>
      sameJson(
        (left as Readonly<Record<string, unknown>>)[key],
        (right as Readonly<Record<string, unknown>>)[key],
      ),
    )
  );
}

/** Order of two values of ordered types; undefined when they have none. */
export function compare(left: CelValue, right: CelValue): number | undefined {
  const [a, b] = [numeric(left), numeric(right)];
  if (a !== undefined && b !== undefined) return order(a, b);
  if (typeof left === "string" && typeof right === "string") return compareTexts(left, right);
  if (typeof left === "boolean" && typeof right === "boolean") return Number(left) - Number(right);
  if (left instanceof TimestampValue && right instanceof TimestampValue)
    return order(left.nanos, right.nanos);
  if (left instanceof DurationValue && right instanceof DurationValue)
    return order(left.nanos, right.nanos);
  return left instanceof Uint8Array && right instanceof Uint8Array
    ? compareBytes(left, right)
    : undefined;
}

function order(left: bigint | number, right: bigint | number): number {
  if (Number.isNaN(left) || Number.isNaN(right)) return Number.NaN;
  if (left < right) return -1;
  return left > right ? 1 : 0;
}

/** By code points, as UTF-8 sorts; JavaScript's own order is by UTF-16 units. */
function compareTexts(left: string, right: string): number {
  return compareBytes(new TextEncoder().encode(left), new TextEncoder().encode(right));
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
