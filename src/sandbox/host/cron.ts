/** An NCRONTAB expression, in UTC. */
export type CronSchedule = {
  readonly text: string;
  /** The first occurrence strictly after `after` (epoch ms); undefined when there is none within 28 years. */
  next(after: number): number | undefined;
  /** It occurs more often than once a minute, so that the host keeps no schedule status for it. */
  readonly isSubMinute: boolean;
};

type Field = { readonly min: number; readonly max: number; readonly names: readonly string[] };

const months = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const weekdays = "sun mon tue wed thu fri sat".split(" ");
const fields: readonly Field[] = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: weekdays },
];

/**
 * Parses `{second} {minute} {hour} {day} {month} {day of week}`; with five fields the second is 0. Fields are `*`, numbers, ranges,
 * lists and steps; months and days of the week also by name. Day and day of week must both match. undefined when it is malformed.
 */
export function parseCron(text: string): CronSchedule | undefined {
  const words = text.trim().split(/\s+/);
  const six = words.length === 5 ? ["0", ...words] : words;
  if (six.length !== 6) return undefined;
  const sets = six.map((word, index) => parseField(word.toLowerCase(), fields[index]));
  const [seconds, minutes, hours, days, monthSet, weekdaySet] = sets;
  if (!seconds || !minutes || !hours || !days || !monthSet || !weekdaySet) return undefined;
  const isDay = (date: Date) =>
    monthSet.has(date.getUTCMonth() + 1) &&
    days.has(date.getUTCDate()) &&
    weekdaySet.has(date.getUTCDay());
  const time = { seconds: sorted(seconds), minutes: sorted(minutes), hours: sorted(hours) };
  const next = (after: number) => nextOccurrence(after, isDay, time);
  return { text, next, isSubMinute: occursWithinMinute(next) };
}

const dayMs = 86_400_000;
const horizonDays = 28 * 366;

type TimeOfDay = {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
};

function nextOccurrence(
  after: number,
  isDay: (date: Date) => boolean,
  time: TimeOfDay,
): number | undefined {
  const first = Math.floor(after / 1000) * 1000 + 1000;
  const firstDay = Math.floor(first / dayMs) * dayMs;
  for (let offset = 0; offset < horizonDays; offset += 1) {
    const day = firstDay + offset * dayMs;
    if (!isDay(new Date(day))) continue;
    const second = firstSecond(offset === 0 ? (first - day) / 1000 : 0, time);
    if (second !== undefined) return day + second * 1000;
  }
  return undefined;
}

/** The first matching second of a day that is not before `from`. */
function firstSecond(from: number, { hours, minutes, seconds }: TimeOfDay): number | undefined {
  for (const hour of hours) {
    if (hour * 3600 + 3599 < from) continue;
    for (const minute of minutes) {
      const base = hour * 3600 + minute * 60;
      const second = seconds.find((s) => base + s >= from);
      if (second !== undefined) return base + second;
    }
  }
  return undefined;
}

function occursWithinMinute(next: (after: number) => number | undefined): boolean {
  let previous = next(0);
  for (let count = 0; count < 5 && previous !== undefined; count += 1) {
    const following = next(previous);
    if (following !== undefined && following - previous < 60_000) return true;
    previous = following;
  }
  return false;
}

function sorted(set: ReadonlySet<number>): readonly number[] {
  return [...set].sort((a, b) => a - b);
}

function parseField(word: string, field: Field | undefined): ReadonlySet<number> | undefined {
  if (field === undefined) return undefined;
  const result = new Set<number>();
  for (const part of word.split(",")) {
    const range = parseRange(part, field);
    if (range === undefined) return undefined;
    for (let value = range.from; value <= range.to; value += range.step) result.add(value);
  }
  return result;
}

function parseRange(part: string, field: Field) {
  const [span = "", stepText, ...rest] = part.split("/");
  const step = stepText === undefined ? 1 : Number(stepText);
  if (rest.length > 0 || !Number.isInteger(step) || step < 1 || stepText === "") return undefined;
  if (span === "*") return { from: field.min, to: field.max, step };
  const [first = "", last, ...more] = span.split("-");
  const from = parseValue(first, field);
  const to = last === undefined ? undefined : parseValue(last, field);
  if (more.length > 0 || from === undefined || (last !== undefined && to === undefined)) {
    return undefined;
  }
  // A single value with a step runs to the end of the field, as in NCrontab.
  const end = to ?? (stepText === undefined ? from : field.max);
  return end < from ? undefined : { from, to: end, step };
}

function parseValue(text: string, field: Field): number | undefined {
  const named = field.names.indexOf(text.slice(0, 3));
  if (named >= 0 && text.length >= 3) return named + field.min;
  if (!/^\d{1,2}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= field.min && value <= field.max ? value : undefined;
}
