import { type CelType, typeName } from "./cel-type.ts";
import {
  CelFailure,
  type CelResult,
  type CelValue,
  DurationValue,
  isList,
  isMap,
  TimestampValue,
  TypeValue,
  UintValue,
} from "./cel-value.ts";
import { goDouble } from "./go-number.ts";
import { durationText, timestampText } from "./time-text.ts";

/** One piece of a format text: literal text, or a clause that takes the next argument. */
type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "clause"; readonly verb: string; readonly precision: number | undefined };

const verbs = "sdfexXob";
const defaultPrecision = 6;

/** `format` of the strings extension: `%s %d %f %e %x %X %o %b %%`, the former four with Go's locale rules. */
export function formatText(format: string, args: readonly CelValue[]): CelResult {
  const pieces = parseFormat(format);
  if (pieces instanceof CelFailure) return pieces;
  const shown: string[] = [];
  let used = 0;
  for (const piece of pieces) {
    const text = piece.kind === "text" ? piece.text : showNext(piece, args, used++);
    if (text instanceof CelFailure) return text;
    shown.push(text);
  }
  return used < args.length ? tooMany(used, args.length) : shown.join("");
}

/** Checks a literal format against the types of its literal arguments, as the language does before evaluating. */
export function checkFormat(format: string, args: readonly CelType[]): CelFailure | undefined {
  const pieces = parseFormat(format);
  if (pieces instanceof CelFailure) return pieces;
  const clauses = pieces.filter((piece) => piece.kind === "clause");
  if (clauses.length > args.length) return outOfRange(args.length);
  if (clauses.length < args.length) return tooMany(clauses.length, args.length);
  return clauses
    .map((clause, at) => checkClause(clause.verb, args[at]))
    .find((failure) => failure !== undefined);
}

function tooMany(expected: number, got: number): CelFailure {
  return new CelFailure(
    `too many arguments supplied to string.format (expected ${expected}, got ${got})`,
  );
}

function outOfRange(index: number): CelFailure {
  return new CelFailure(`index ${index} out of range`);
}

const clausePattern = /^%(?:(%)|(?:\.(\d+))?([a-zA-Z]))/;

function parseFormat(format: string): readonly Piece[] | CelFailure {
  const pieces: Piece[] = [];
  let rest = format;
  while (rest !== "") {
    const text = /^[^%]*/.exec(rest)?.[0] ?? "";
    if (text !== "") pieces.push({ kind: "text", text });
    rest = rest.slice(text.length);
    if (rest === "") break;
    const clause = clausePattern.exec(rest);
    const piece = clause === null ? undefined : pieceOf(clause);
    if (clause === null || piece === undefined) return unknownClause(rest.slice(1, 2));
    pieces.push(piece);
    rest = rest.slice(clause[0].length);
  }
  return pieces;
}

function pieceOf([, literal, precision, verb = ""]: RegExpExecArray): Piece | undefined {
  if (literal !== undefined) return { kind: "text", text: "%" };
  if (!verbs.includes(verb)) return undefined;
  return {
    kind: "clause",
    verb,
    precision: precision === undefined ? undefined : Number(precision),
  };
}

function unknownClause(verb: string): CelFailure {
  return new CelFailure(
    `could not parse formatting clause: unrecognized formatting clause "${verb}"`,
  );
}

const acceptedKinds: Readonly<Record<string, readonly CelType["k"][]>> = {
  d: ["int", "uint", "double"],
  f: ["double", "string"],
  e: ["double", "string"],
  x: ["int", "uint", "string", "bytes"],
  X: ["int", "uint", "string", "bytes"],
  o: ["int", "uint"],
  b: ["int", "uint", "bool"],
};

function checkClause(verb: string, type: CelType | undefined): CelFailure | undefined {
  if (type === undefined || type.k === "dyn" || verb === "s") return undefined;
  const accepted =
    verb === "d"
      ? ["int", "uint"]
      : verb === "f" || verb === "e"
        ? ["double"]
        : acceptedKinds[verb];
  return accepted?.includes(type.k) === true ? undefined : wrongArgument(verb, typeName(type));
}

function wrongArgument(verb: string, found: string): CelFailure {
  return new CelFailure(`error during formatting: %${verb} cannot show a value of type ${found}`);
}

function showNext(
  piece: Extract<Piece, { kind: "clause" }>,
  args: readonly CelValue[],
  at: number,
): string | CelFailure {
  const value = args[at];
  if (value === undefined) return outOfRange(at);
  return show(piece.verb, piece.precision, value) ?? wrongArgument(piece.verb, sortOf(value));
}

function show(verb: string, precision: number | undefined, value: CelValue): string | undefined {
  switch (verb) {
    case "s":
      return plainText(value);
    case "d":
      return wholeNumber(value)?.toString();
    case "f":
      return typeof value === "number" ? fixed(value, precision ?? defaultPrecision) : undefined;
    case "e":
      return typeof value === "number" ? scientific(value) : undefined;
    case "o":
      return wholeNumber(value)?.toString(8);
    case "b":
      return typeof value === "boolean" ? String(Number(value)) : wholeNumber(value)?.toString(2);
    default:
      return verb === "X" ? hexadecimal(value)?.toUpperCase() : hexadecimal(value);
  }
}

function wholeNumber(value: CelValue): bigint | undefined {
  if (typeof value === "bigint") return value;
  return value instanceof UintValue ? value.value : undefined;
}

function hexadecimal(value: CelValue): string | undefined {
  const whole = wholeNumber(value);
  if (whole !== undefined) return whole.toString(16);
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return bytes instanceof Uint8Array
    ? [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
    : undefined;
}

/** Go prints fixed-point numbers in the English locale, with thousands apart. */
function fixed(value: number, precision: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const [whole = "", fraction] = toFixed(value, Math.min(precision, 100)).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** JavaScript's own toFixed gives up above 1e21. */
function toFixed(value: number, precision: number): string {
  if (Math.abs(value) < 1e21) return value.toFixed(precision);
  return `${BigInt(value)}${precision > 0 ? `.${"0".repeat(precision)}` : ""}`;
}

function notFinite(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "∞" : "-∞";
}

const raised = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** The locale's scientific form; it knows no precision but six. */
function scientific(value: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const [mantissa = "", power = "0"] = value.toExponential(defaultPrecision).split("e");
  const digits = power.replace(/^[+-]/, "").padStart(2, "0");
  const exponent = [...digits].map((digit) => raised[Number(digit)]).join("");
  return `${mantissa}×10${power.startsWith("-") ? "⁻" : ""}${exponent}`;
}

/** What `%s` shows at the top: texts without quotes, doubles short. */
function plainText(value: CelValue): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number") return goDouble(value);
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  return nestedText(value);
}

/** What `%s` shows within lists and maps: texts quoted, doubles with six decimals. */
function nestedText(value: CelValue): string | undefined {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number")
    return Number.isFinite(value) ? value.toFixed(defaultPrecision) : `"${goDouble(value)}"`;
  if (typeof value === "boolean" || typeof value === "bigint" || value === null)
    return String(value);
  if (isList(value)) return allOf(value.map(nestedText), (all) => `[${all.join(", ")}]`);
  if (isMap(value)) return mapText(value);
  return objectText(value);
}

function mapText(value: ReadonlyMap<string | bigint | boolean, CelValue>): string | undefined {
  const entries = [...value].map(([key, one]) => {
    const text = nestedText(one);
    return text === undefined ? undefined : `${nestedText(key)}:${text}`;
  });
  return allOf(entries, (all) => `{${all.toSorted().join(", ")}}`);
}

function allOf(
  texts: readonly (string | undefined)[],
  build: (all: readonly string[]) => string,
): string | undefined {
  const present = texts.filter((one) => one !== undefined);
  return present.length === texts.length ? build(present) : undefined;
}

function objectText(value: CelValue): string | undefined {
  if (value instanceof UintValue) return value.value.toString();
  if (value instanceof TimestampValue) return timestampText(value);
  if (value instanceof DurationValue) return durationText(value);
  if (value instanceof TypeValue) return typeName(value.type);
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : undefined;
}

function sortOf(value: CelValue): string {
  if (isList(value)) return "list";
  return isMap(value) ? "map" : typeof value;
}
