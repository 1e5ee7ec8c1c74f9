import {
  bool,
  bytes,
  double,
  duration,
  dyn,
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
  type DurationValue,
  type TimestampValue,
  type UintValue,
} from "./cel-value.ts";
import { goDouble } from "./go-number.ts";
import { asInt, asTime, asUint } from "./operators.ts";
import { fn, method, type Overload } from "./overload.ts";
import { durationText, parseDuration, parseTimestamp, timestampText } from "./time-text.ts";

const second = 1_000_000_000n;

function notConvertible(from: string, to: string): CelFailure {
  return new CelFailure(`type conversion error from '${from}' to '${to}'`);
}

const toText: readonly Overload[] = [
  fn("string", [string], string, (value: string) => value),
  fn("string", [int], string, (value: bigint) => value.toString()),
  fn("string", [uint], string, (value: UintValue) => value.value.toString()),
  fn("string", [double], string, goDouble),
  fn("string", [bool], string, (value: boolean) => String(value)),
  fn("string", [bytes], string, decodeUtf8),
  fn("string", [timestamp], string, (value: TimestampValue) => timestampText(value)),
  fn("string", [duration], string, (value: DurationValue) => durationText(value)),
];

function decodeUtf8(value: Uint8Array): CelResult {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(value);
  const same = new TextEncoder().encode(text);
  return same.length === value.length && same.every((byte, at) => byte === value[at])
    ? text
    : new CelFailure("invalid UTF-8 in bytes, cannot convert to string");
}

const toNumber: readonly Overload[] = [
  fn("int", [int], int, (value: bigint) => value),
  fn("int", [uint], int, (value: UintValue) => asInt(value.value)),
  fn("int", [double], int, (value: number) =>
    Number.isFinite(value) ? asInt(BigInt(Math.trunc(value))) : new CelFailure("integer overflow"),
  ),
  fn("int", [string], int, (value: string) =>
    /^[+-]?\d+$/.test(value)
      ? asInt(BigInt(value.replace("+", "")))
      : notConvertible("string", "int"),
  ),
  fn("int", [timestamp], int, (value: TimestampValue) => value.nanos / second),
  fn("uint", [uint], uint, (value: UintValue) => value),
  fn("uint", [int], uint, asUint),
  fn("uint", [double], uint, (value: number) =>
    Number.isFinite(value)
      ? asUint(BigInt(Math.trunc(value)))
      : new CelFailure("unsigned integer overflow"),
  ),
  fn("uint", [string], uint, (value: string) =>
    /^\d+$/.test(value) ? asUint(BigInt(value)) : notConvertible("string", "uint"),
  ),
  fn("double", [double], double, (value: number) => value),
  fn("double", [int], double, (value: bigint) => Number(value)),
  fn("double", [uint], double, (value: UintValue) => Number(value.value)),
  fn("double", [string], double, parseDouble),
];

function parseDouble(text: string): CelResult {
  if (/^[+-]?nan$/i.test(text)) return Number.NaN;
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)
    ? Number(text)
    : notConvertible("string", "double");
}

const toOther: readonly Overload[] = [
  fn("bool", [bool], bool, (value: boolean) => value),
  fn("bool", [string], bool, parseBool),
  fn("bytes", [bytes], bytes, (value: Uint8Array) => value),
  fn("bytes", [string], bytes, (value: string) => new TextEncoder().encode(value)),
  fn("dyn", [param("A")], dyn, (value: CelValue) => value),
  fn("timestamp", [timestamp], timestamp, (value: TimestampValue) => value),
  fn("timestamp", [int], timestamp, (value: bigint) => asTime(value * second)),
  fn(
    "timestamp",
    [string],
    timestamp,
    (value: string) =>
      parseTimestamp(value) ?? new CelFailure(`invalid RFC 3339 timestamp: ${value}`),
  ),
  fn("duration", [duration], duration, (value: DurationValue) => value),
  fn(
    "duration",
    [int],
    duration,
    (value: bigint) =>
      parseDuration(`${value}ns`) ?? notConvertible("int", "google.protobuf.Duration"),
  ),
  fn(
    "duration",
    [string],
    duration,
    (value: string) => parseDuration(value) ?? notConvertible("string", "google.protobuf.Duration"),
  ),
];

/** The spellings that Go reads. */
function parseBool(text: string): CelResult {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(text)) return true;
  if (["0", "f", "F", "false", "FALSE", "False"].includes(text)) return false;
  return notConvertible("string", "bool");
}

type Sized = { readonly length: number } | { readonly size: number };

function sizeOf(value: Sized): CelResult {
  return BigInt("size" in value ? value.size : value.length);
}

const codePoints = (value: string): CelResult => BigInt([...value].length);
const sizes: readonly Overload[] = [fn, method].flatMap((declare) => [
  declare("size", [string], int, codePoints),
  declare("size", [bytes], int, (value: Uint8Array) => sizeOf(value)),
  declare("size", [listOf(param("A"))], int, (value: CelValue[]) => sizeOf(value)),
  declare("size", [mapOf(param("A"), param("B"))], int, (value: ReadonlyMap<string, CelValue>) =>
    sizeOf(value),
  ),
]);

/** Conversions between types, and sizes. */
export const conversions: readonly Overload[] = [...toText, ...toNumber, ...toOther, ...sizes];
