import { bool, dyn, int, listOf, string } from "./cel-type.ts";
import { CelFailure, type CelResult, type CelValue } from "./cel-value.ts";
import { formatText } from "./format.ts";
import { fn, method, type Overload } from "./overload.ts";

/** Characters of a text at most: what is longer fits into no Secret or ConfigMap. */
export const longestText = 1_048_576;

/** Positions in texts count code points. */
function points(text: string): readonly string[] {
  return [...text];
}

function outOfRange(index: bigint): CelFailure {
  return new CelFailure(`index out of range: ${index}`);
}

function charAt(text: string, index: bigint): CelResult {
  const all = points(text);
  if (index < 0n || index > BigInt(all.length)) return outOfRange(index);
  return all[Number(index)] ?? "";
}

function substring(text: string, start: bigint, end?: bigint): CelResult {
  const all = points(text);
  const size = BigInt(all.length);
  const stop = end ?? size;
  if (end !== undefined && start > end)
    return new CelFailure(`invalid substring range. start: ${start}, end: ${end}`);
  if (start < 0n || start > size) return outOfRange(start);
  if (stop < 0n || stop > size) return outOfRange(stop);
  return all.slice(Number(start), Number(stop)).join("");
}

function indexOf(text: string, part: string, from = 0n): CelResult {
  if (from < 0n) return outOfRange(from);
  const [all, wanted] = [points(text), points(part)];
  for (let at = Number(from); at + wanted.length <= all.length; at++)
    if (wanted.every((one, offset) => all[at + offset] === one)) return BigInt(at);
  return -1n;
}

function lastIndexOf(text: string, part: string, from?: bigint): CelResult {
  if (from !== undefined && from < 0n) return outOfRange(from);
  const [all, wanted] = [points(text), points(part)];
  const last = all.length - wanted.length;
  const start = from === undefined ? last : Math.min(Number(from), last);
  for (let at = start; at >= 0; at--)
    if (wanted.every((one, offset) => all[at + offset] === one)) return BigInt(at);
  return -1n;
}

/** Go's rule: an empty part stands before every character and at the end; a negative count means all. */
function replace(text: string, part: string, by: string, count = -1n): CelResult {
  if ((text.length + 1) * (by.length + 1) > longestText && longerThan(text, part, by))
    return new CelFailure("the text becomes too long");
  const pieces = part === "" ? ["", ...points(text), ""] : text.split(part);
  if (part === "") return replaceEmpty(points(text), by, count);
  const limit = count < 0n ? pieces.length - 1 : Math.min(Number(count), pieces.length - 1);
  const head = pieces.slice(0, limit + 1).join(by);
  return [head, ...pieces.slice(limit + 1)].join(part);
}

function longerThan(text: string, part: string, by: string): boolean {
  const places = part === "" ? text.length + 1 : text.split(part).length - 1;
  return text.length + places * by.length > longestText;
}

function replaceEmpty(all: readonly string[], by: string, count: bigint): string {
  const limit = count < 0n ? all.length + 1 : Number(count);
  const spaced = all.map((one, at) => (at < limit ? by + one : one)).join("");
  return all.length < limit ? spaced + by : spaced;
}

/** Go's rule: a negative limit means all, zero nothing, the last piece holds the rest. */
function split(text: string, separator: string, limit = -1n): CelResult {
  if (limit === 0n) return [];
  const pieces = separator === "" ? points(text) : text.split(separator);
  if (limit < 0n || BigInt(pieces.length) <= limit) return pieces;
  const kept = Number(limit) - 1;
  return [...pieces.slice(0, kept), pieces.slice(kept).join(separator)];
}

const asciiLower = (text: string): string => text.replace(/[A-Z]+/g, (part) => part.toLowerCase());
const asciiUpper = (text: string): string => text.replace(/[a-z]+/g, (part) => part.toUpperCase());

const escapes: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

/** The text as a literal of the language. */
function quote(text: string): string {
  return `"${points(text.toWellFormed())
    .map((one) => escapes[one] ?? one)
    .join("")}"`;
}

/** The signatures are declared here; the evaluator runs `matches` itself, with its budget. */
function unmetered(): CelFailure {
  return new CelFailure("no such overload: matches");
}

const searching: readonly Overload[] = [
  method("contains", [string, string], bool, (text: string, part: string) => text.includes(part)),
  method("startsWith", [string, string], bool, (text: string, part: string) =>
    text.startsWith(part),
  ),
  method("endsWith", [string, string], bool, (text: string, part: string) => text.endsWith(part)),
  method("matches", [string, string], bool, unmetered),
  fn("matches", [string, string], bool, unmetered),
  method("indexOf", [string, string], int, (text: string, part: string) => indexOf(text, part)),
  method("indexOf", [string, string, int], int, indexOf),
  method("lastIndexOf", [string, string], int, (text: string, part: string) =>
    lastIndexOf(text, part),
  ),
  method("lastIndexOf", [string, string, int], int, lastIndexOf),
];

const cutting: readonly Overload[] = [
  method("charAt", [string, int], string, charAt),
  method("substring", [string, int], string, (text: string, start: bigint) =>
    substring(text, start),
  ),
  method("substring", [string, int, int], string, substring),
  method("split", [string, string], listOf(string), (text: string, separator: string) =>
    split(text, separator),
  ),
  method("split", [string, string, int], listOf(string), split),
  method("join", [listOf(string)], string, (list: string[]) => list.join("")),
  method("join", [listOf(string), string], string, (list: string[], by: string) => list.join(by)),
];

const changing: readonly Overload[] = [
  method("lowerAscii", [string], string, asciiLower),
  method("upperAscii", [string], string, asciiUpper),
  method("trim", [string], string, (text: string) => text.trim()),
  method("reverse", [string], string, (text: string) => points(text).toReversed().join("")),
  method("replace", [string, string, string], string, (text: string, part: string, by: string) =>
    replace(text, part, by),
  ),
  method("replace", [string, string, string, int], string, replace),
  method("format", [string, listOf(dyn)], string, (text: string, args: CelValue[]) =>
    formatText(text, args),
  ),
  fn("strings.quote", [string], string, quote),
];

/** The language's own functions on texts and version 3 of the strings extension. */
export const stringFunctions: readonly Overload[] = [...searching, ...cutting, ...changing];
