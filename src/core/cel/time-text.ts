import { DurationValue, TimestampValue } from "./cel-value.ts";

const second = 1_000_000_000n;
const timestampPattern =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9})\d*)?(Z|[+-]\d{2}:\d{2})$/;

/** Reads an RFC 3339 time; undefined when it is none. */
export function parseTimestamp(text: string): TimestampValue | undefined {
  const parts = timestampPattern.exec(text);
  if (parts === null) return undefined;
  const [, , month, day, hour, minute] = parts.map(Number);
  if (Number(hour) > 23 || Number(minute) > 59 || Number(month) > 12 || Number(day) > 31)
    return undefined;
  const whole = Date.parse(`${text.slice(0, 19)}${parts[8]}`);
  if (Number.isNaN(whole)) return undefined;
  const fraction = BigInt((parts[7] ?? "").padEnd(9, "0"));
  return new TimestampValue((BigInt(whole) / 1000n) * second + fraction);
}

/** RFC 3339 in UTC, with as many decimals as needed. */
export function timestampText({ nanos }: TimestampValue): string {
  const rest = ((nanos % second) + second) % second;
  const seconds = (nanos - rest) / second;
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${whole}${decimals(rest)}Z`;
}

/** Seconds with as many decimals as needed, e.g. `1.5s`. */
export function durationText({ nanos }: DurationValue): string {
  const sign = nanos < 0n ? "-" : "";
  const size = nanos < 0n ? -nanos : nanos;
  return `${sign}${size / second}${decimals(size % second)}s`;
}

function decimals(rest: bigint): string {
  return rest === 0n ? "" : `.${rest.toString().padStart(9, "0").replace(/0+$/, "")}`;
}

const unitNanos: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Reads a Go duration such as `1h30m`; undefined when it is none. */
export function parseDuration(text: string): DurationValue | undefined {
  if (/^[+-]?0$/.test(text)) return new DurationValue(0n);
  if (!/^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)];
  const total = parts.reduce(
    (sum, [, amount = "0", unit = "s"]) => sum + nanosOf(amount, unitNanos[unit] ?? 0),
    0n,
  );
  return new DurationValue(text.startsWith("-") ? -total : total);
}

function nanosOf(amount: string, unit: number): bigint {
  const [whole = "", fraction = ""] = amount.split(".");
  const part = Math.trunc(Number(`0.${fraction === "" ? "0" : fraction}`) * unit);
  return BigInt(whole === "" ? 0 : whole) * BigInt(unit) + BigInt(part);
}
