import { duration, int, string, timestamp } from "./cel-type.ts";
import {
  CelFailure,
  type CelResult,
  type DurationValue,
  type TimestampValue,
} from "./cel-value.ts";
import { method, type Overload } from "./overload.ts";

const milli = 1_000_000n;
const dayMs = 86_400_000;

/** What is asked of a time, from its local wall-clock time held in a UTC date. */
const parts: Readonly<Record<string, (local: Date) => number>> = {
  getFullYear: (local) => local.getUTCFullYear(),
  getMonth: (local) => local.getUTCMonth(),
  getDate: (local) => local.getUTCDate(),
  getDayOfMonth: (local) => local.getUTCDate() - 1,
  getDayOfWeek: (local) => local.getUTCDay(),
  getDayOfYear: (local) =>
    Math.floor((local.getTime() - Date.UTC(local.getUTCFullYear(), 0, 1)) / dayMs),
  getHours: (local) => local.getUTCHours(),
  getMinutes: (local) => local.getUTCMinutes(),
  getSeconds: (local) => local.getUTCSeconds(),
  getMilliseconds: (local) => local.getUTCMilliseconds(),
};

const ofTimes: readonly Overload[] = Object.entries(parts).flatMap(([name, read]) => [
  method(name, [timestamp], int, (value: TimestampValue) => BigInt(read(dateOf(value)))),
  method(name, [timestamp, string], int, (value: TimestampValue, zone: string): CelResult => {
    const local = inZone(dateOf(value), zone);
    return local === undefined ? new CelFailure(`unknown time zone: ${zone}`) : BigInt(read(local));
  }),
]);

function dateOf(value: TimestampValue): Date {
  const rest = ((value.nanos % milli) + milli) % milli;
  return new Date(Number((value.nanos - rest) / milli));
}

function inZone(date: Date, zone: string): Date | undefined {
  const offset = /^([+-]?)(\d{2}):(\d{2})$/.exec(zone);
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    return new Date(date.getTime() + (offset[1] === "-" ? -minutes : minutes) * 60_000);
  }
  return zone === "" || zone === "UTC" ? date : inNamedZone(date, zone);
}

function inNamedZone(date: Date, timeZone: string): Date | undefined {
  if (!/^[A-Za-z_]+(?:[/+-][A-Za-z0-9_+-]+)*$/.test(timeZone)) return undefined;
  try {
    const format = new Intl.DateTimeFormat("en-CA", {
      ...{ timeZone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit" },
      ...{ hour: "2-digit", minute: "2-digit", second: "2-digit" },
    } as Intl.DateTimeFormatOptions);
    const found = Object.fromEntries(
      format.formatToParts(date).map((part) => [part.type, part.value]),
    );
    const day = `${found["year"]}-${found["month"]}-${found["day"]}`;
    const time = `${found["hour"]}:${found["minute"]}:${found["second"]}`;
    return new Date(Date.parse(`${day}T${time}Z`) + date.getUTCMilliseconds());
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const spans: Readonly<Record<string, bigint>> = {
  getHours: 3_600_000_000_000n,
  getMinutes: 60_000_000_000n,
  getSeconds: 1_000_000_000n,
  getMilliseconds: milli,
};

const ofSpans: readonly Overload[] = Object.entries(spans).map(([name, unit]) =>
  method(name, [duration], int, (value: DurationValue) => value.nanos / unit),
);

/** Parts of times and spans; time zones by name or as `+02:00`. */
export const timeFunctions: readonly Overload[] = [...ofTimes, ...ofSpans];
