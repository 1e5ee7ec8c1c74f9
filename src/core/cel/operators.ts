import {
  bool,
  bytes,
  type CelType,
  double,
  duration,
  int,
  listOf,
  mapOf,
  param,
  string,
  timestamp,
  uint,
} from "./cel-type.ts";
import {
  CelFailure,
  type CelResult,
  type CelValue,
  compare,
  DurationValue,
  equals,
  type MapKey,
  TimestampValue,
  UintValue,
} from "./cel-value.ts";
import { fn, type Overload } from "./overload.ts";

const leastInt = -(2n ** 63n);
const mostInt = 2n ** 63n - 1n;
const mostUint = 2n ** 64n - 1n;

/** A 64-bit integer, or that it is none. */
export function asInt(value: bigint): CelResult {
  return value < leastInt || value > mostInt ? new CelFailure("integer overflow") : value;
}

/** An unsigned 64-bit integer, or that it is none. */
export function asUint(value: bigint): CelResult {
  return value < 0n || value > mostUint
    ? new CelFailure("unsigned integer overflow")
    : new UintValue(value);
}

const a = param("A");
const b = param("B");

type IntStep = (left: bigint, right: bigint) => bigint;

function integers(name: string, step: IntStep): readonly Overload[] {
  return [
    fn(name, [int, int], int, (left: bigint, right: bigint) => asInt(step(left, right))),
    fn(name, [uint, uint], uint, (left: UintValue, right: UintValue) =>
      asUint(step(left.value, right.value)),
    ),
  ];
}

function divisions(name: string, step: IntStep, word: string): readonly Overload[] {
  const byZero = new CelFailure(`${word} by zero`);
  return [
    fn(name, [int, int], int, (left: bigint, right: bigint) =>
      right === 0n ? byZero : asInt(step(left, right)),
    ),
    fn(name, [uint, uint], uint, (left: UintValue, right: UintValue) =>
      right.value === 0n ? byZero : asUint(step(left.value, right.value)),
    ),
  ];
}

function doubles(name: string, step: (left: number, right: number) => number): Overload {
  return fn(name, [double, double], double, step);
}

const arithmetic: readonly Overload[] = [
  ...integers("+", (left, right) => left + right),
  ...integers("-", (left, right) => left - right),
  ...integers("*", (left, right) => left * right),
  ...divisions("/", (left, right) => left / right, "division"),
  ...divisions("%", (left, right) => left % right, "modulus"),
  doubles("+", (left, right) => left + right),
  doubles("-", (left, right) => left - right),
  doubles("*", (left, right) => left * right),
  doubles("/", (left, right) => left / right),
  fn("-_", [int], int, (value: bigint) => asInt(-value)),
  fn("-_", [double], double, (value: number) => -value),
  fn("!_", [bool], bool, (value: boolean) => !value),
];

const joining: readonly Overload[] = [
  fn("+", [string, string], string, (left: string, right: string) => left + right),
  fn("+", [bytes, bytes], bytes, (left: Uint8Array, right: Uint8Array) =>
    Uint8Array.from([...left, ...right]),
  ),
  fn("+", [listOf(a), listOf(a)], listOf(a), (left: CelValue[], right: CelValue[]) => [
    ...left,
    ...right,
  ]),
];

const times: readonly Overload[] = [
  fn("+", [timestamp, duration], timestamp, (left: TimestampValue, right: DurationValue) =>
    asTime(left.nanos + right.nanos),
  ),
  fn("+", [duration, timestamp], timestamp, (left: DurationValue, right: TimestampValue) =>
    asTime(left.nanos + right.nanos),
  ),
  fn("+", [duration, duration], duration, (left: DurationValue, right: DurationValue) =>
    asSpan(left.nanos + right.nanos),
  ),
  fn("-", [timestamp, timestamp], duration, (left: TimestampValue, right: TimestampValue) =>
    asSpan(left.nanos - right.nanos),
  ),
  fn("-", [timestamp, duration], timestamp, (left: TimestampValue, right: DurationValue) =>
    asTime(left.nanos - right.nanos),
  ),
  fn("-", [duration, duration], duration, (left: DurationValue, right: DurationValue) =>
    asSpan(left.nanos - right.nanos),
  ),
];

const second = 1_000_000_000n;
const firstTime = -62_135_596_800n * second;
const endOfTime = 253_402_300_800n * second;

/** A time of the years 1 to 9999. */
export function asTime(nanos: bigint): CelResult {
  return nanos < firstTime || nanos >= endOfTime
    ? new CelFailure("timestamp overflow")
    : new TimestampValue(nanos);
}

function asSpan(nanos: bigint): CelResult {
  return nanos < leastInt || nanos > mostInt
    ? new CelFailure("duration overflow")
    : new DurationValue(nanos);
}

const relations: Readonly<Record<string, (order: number) => boolean>> = {
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

const numbers: readonly CelType[] = [int, uint, double];

/** Unlike numbers compare by value; everything else only within its type. */
const ordering: readonly Overload[] = Object.entries(relations).flatMap(([name, holds]) => {
  const run = (left: CelValue, right: CelValue): CelResult => {
    const order = compare(left, right);
    return order === undefined ? new CelFailure(`no such overload: ${name}`) : holds(order);
  };
  const mixed = numbers.flatMap((left) => numbers.map((right) => [left, right]));
  const same = [string, bool, bytes, timestamp, duration].map((type) => [type, type]);
  return [...mixed, ...same].map((params) => fn(name, params, bool, run));
});

const equality: readonly Overload[] = [
  fn("==", [a, a], bool, (left: CelValue, right: CelValue) => equals(left, right)),
  fn("!=", [a, a], bool, (left: CelValue, right: CelValue) => !equals(left, right)),
  fn("in", [a, listOf(a)], bool, (item: CelValue, list: CelValue[]) =>
    list.some((one) => equals(one, item)),
  ),
  fn(
    "in",
    [a, mapOf(a, b)],
    bool,
    (key: CelValue, map: ReadonlyMap<MapKey, CelValue>) => mapGet(map, key) !== undefined,
  ),
];

/** The value of a key; integers of any sort and whole doubles are one key. */
export function mapGet(map: ReadonlyMap<MapKey, CelValue>, key: CelValue): CelValue | undefined {
  if (key instanceof UintValue) return map.get(key.value);
  if (typeof key === "number") return Number.isInteger(key) ? map.get(BigInt(key)) : undefined;
  return typeof key === "string" || typeof key === "bigint" || typeof key === "boolean"
    ? map.get(key)
    : undefined;
}

/** The overloads of every operator, under the names that the parser gives them. */
export const operators: readonly Overload[] = [
  ...arithmetic,
  ...joining,
  ...times,
  ...ordering,
  ...equality,
];
