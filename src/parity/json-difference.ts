import { isJsonObject, type JsonValue } from "../core/json.ts";

/** One place at which two JSON values differ; an absent value is undefined. `path` looks like `$.properties.rules[0].name`. */
export type JsonDifference = {
  readonly path: string;
  readonly expected: JsonValue | undefined;
  readonly actual: JsonValue | undefined;
};

/** Every place at which two JSON values differ. The order of object members does not matter, the order of lists does. */
export function jsonDifferences(
  expected: JsonValue | undefined,
  actual: JsonValue | undefined,
  path = "$",
): JsonDifference[] {
  if (isJsonObject(expected) && isJsonObject(actual)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return [...keys].flatMap((key) =>
      jsonDifferences(member(expected, key), member(actual, key), `${path}${step(key)}`),
    );
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const length = Math.max(expected.length, actual.length);
    return Array.from({ length }, (_, index) =>
      jsonDifferences(expected[index], actual[index], `${path}[${index}]`),
    ).flat();
  }
  return expected === actual ? [] : [{ path, expected, actual }];
}

/** A difference as one line of text. */
export function describeDifference({ path, expected, actual }: JsonDifference): string {
  return `${path}: expected ${show(expected)}, got ${show(actual)}`;
}

function member(object: { readonly [key: string]: JsonValue }, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function step(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function show(value: JsonValue | undefined): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
