import { isJsonObject, type JsonValue } from "../../../core/json.ts";

type Step =
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "all" }
  | { readonly kind: "filter"; readonly field: readonly string[]; readonly value: string };

const parsed = new Map<string, readonly Step[]>();

/** The first value at a printer column's JSONPath: fields, `[0]`, `[*]` and `[?(@.type=='Ready')]`. */
export function readJsonPath(value: JsonValue, path: string): JsonValue | undefined {
  let steps = parsed.get(path);
  if (steps === undefined) {
    steps = parse(path);
    parsed.set(path, steps);
  }
  let found: JsonValue[] = [value];
  for (const step of steps) found = found.flatMap((item) => follow(item, step));
  return found[0];
}

const tokens =
  /\.([A-Za-z0-9_$-]+(?:\\\.[A-Za-z0-9_$-]+)*)|\[\?\(\s*@\.([A-Za-z0-9_.-]+)\s*==\s*['"]([^'"]*)['"]\s*\)\]|\[(\d+)\]|\[\*\]|\['([^']+)'\]/g;

function parse(path: string): Step[] {
  return [...path.matchAll(tokens)].map((match) => {
    const [, field, filterField, filterValue, index, quoted] = match;
    if (filterField !== undefined) {
      return { kind: "filter", field: filterField.split("."), value: filterValue ?? "" };
    }
    if (index !== undefined) return { kind: "index", index: Number(index) };
    const name = field ?? quoted;
    return name === undefined
      ? { kind: "all" }
      : { kind: "field", name: name.replaceAll("\\.", ".") };
  });
}

function follow(value: JsonValue, step: Step): JsonValue[] {
  switch (step.kind) {
    case "field":
      return present(isJsonObject(value) ? value[step.name] : undefined);
    case "index":
      return present(Array.isArray(value) ? value[step.index] : undefined);
    case "all":
      return Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : [];
    case "filter":
      return Array.isArray(value) ? value.filter((item) => matches(item, step)) : [];
    default:
      return step satisfies never;
  }
}

function matches(item: JsonValue, step: Step & { kind: "filter" }): boolean {
  let found: JsonValue | undefined = item;
  for (const key of step.field) found = isJsonObject(found) ? found[key] : undefined;
  return found === step.value;
}

function present(value: JsonValue | undefined): JsonValue[] {
  return value === undefined ? [] : [value];
}
