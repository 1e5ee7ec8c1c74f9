import {
  CelFailure,
  type CelResult,
  type CelValue,
  MessageValue,
  OptionalValue,
} from "./cel-value.ts";

/**
 * What one evaluation may still do: expressions are users', the process is everybody's. A unit of `work` takes tens of nanoseconds: a
 * node of the expression, or a character of a text that a function reads or makes. Below zero every further step fails at once.
 */
export type WorkMeter = { turns: number; work: number };

/** Units of one evaluation, worth less than about 200 ms. */
export const mostWork = 4_000_000;

/** What a step gives when nothing is left. */
export const tooMuchWork = new CelFailure("the expression needs too many steps");

/** Takes units; false when they were not there. */
export function spend(meter: WorkMeter, units: number): boolean {
  meter.work -= units;
  return meter.work >= 0;
}

/** Comparing two texts at every place; the engine's own search takes that only for texts made to that end. */
const pairsPerUnit = 4;
const searches: ReadonlySet<string> = new Set([
  "contains",
  "indexOf",
  "lastIndexOf",
  "replace",
  "split",
]);
/** Digits are read in time that grows faster than their number. */
const numberParsers: ReadonlySet<string> = new Set(["int", "uint", "double"]);

/** Takes what a call may cost, before it runs: all that its arguments hold, and more where it is not linear in that. */
export function spendOnCall(meter: WorkMeter, name: string, args: readonly CelValue[]): boolean {
  for (const arg of args) if (!spendOnAll(meter, arg)) return false;
  const [text, part] = args;
  if (typeof text !== "string") return true;
  if (numberParsers.has(name)) return spend(meter, text.length * 4);
  if (typeof part !== "string" || !searches.has(name)) return true;
  return spend(meter, Math.ceil((text.length * part.length) / pairsPerUnit));
}

/** Takes what a value cost that was made or read: its characters or elements, not what those hold. */
export function spendOnResult(meter: WorkMeter, value: CelResult): boolean {
  return spend(meter, sizeOf(value));
}

/** Lists, maps and their elements: a field's JSON becomes values whenever it is read. */
export function spendOnField(meter: WorkMeter, value: CelResult): boolean {
  if (typeof value === "string") return spend(meter, 1);
  const inner = value instanceof OptionalValue ? value.value : value;
  const whole = Array.isArray(inner) || inner instanceof Map;
  return whole ? spendOnAll(meter, inner) : spend(meter, 1);
}

function sizeOf(value: CelResult): number {
  if (typeof value === "string" || value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) return value.length;
  return value instanceof Map ? value.size : 1;
}

/** Walks a value as deep as a function could. Stops as soon as nothing is left, so the walk itself stays within the budget. */
function spendOnAll(meter: WorkMeter, value: unknown): boolean {
  const open: unknown[] = [value];
  while (open.length > 0) {
    const one = open.pop();
    if (!spend(meter, typeof one === "string" ? one.length + 1 : 1)) return false;
    if (!openUp(meter, one, open)) return false;
  }
  return true;
}

function openUp(meter: WorkMeter, one: unknown, open: unknown[]): boolean {
  if (typeof one !== "object" || one === null) return true;
  if (one instanceof Uint8Array) return spend(meter, one.length);
  const inner = innerOf(one);
  if (inner.length > meter.work) return spend(meter, inner.length);
  for (const each of inner) open.push(each);
  return true;
}

function innerOf(one: object): readonly unknown[] {
  if (Array.isArray(one)) return one;
  if (one instanceof Map) return [...one.keys(), ...one.values()];
  if (one instanceof OptionalValue) return [one.value];
  if (one instanceof MessageValue) return [one.json];
  return Object.getPrototypeOf(one) === Object.prototype ? Object.values(one) : [];
}
