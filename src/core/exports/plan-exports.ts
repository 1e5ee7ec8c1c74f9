import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import { namespaceCredential } from "../resource/names.ts";
import { Secret } from "../secret.ts";

/** What an expression gave: one value, or a map whose entries become keys of their own. */
export type ExpressionValue =
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "map"; readonly values: Readonly<Record<string, string>> }
  | { readonly kind: "problem"; readonly message: string };

/** What exported values are taken from. */
export type ExportSources = {
  readonly operatorSpec: JsonObject;
  readonly status: JsonObject;
  /** `operatorSpec.configMaps` key to status path, `.`-separated. */
  readonly configMapPaths: Readonly<Record<string, string>>;
  /** Values of the kind's secrets by their name in `operatorSpec.secrets`, as far as they were read. */
  readonly secrets: Readonly<Record<string, Secret<string>>>;
  /** Evaluates CEL over the resource; with `withSecrets` the variable `secret` is there. */
  readonly evaluate: (expression: string, withSecrets: boolean) => ExpressionValue;
};

/** One Secret or ConfigMap to write. */
export type PlannedObject = {
  readonly kind: "Secret" | "ConfigMap";
  readonly name: string;
  readonly data: Record<string, Secret<string>>;
  readonly annotations: Record<string, string>;
  readonly labels: Record<string, string>;
};

/** `message` is ready for the condition; it names keys and objects, never values. `fatal`: FailedWritingAdditionalKubernetesObjects. */
export type ExportPlan =
  | { readonly kind: "objects"; readonly objects: readonly PlannedObject[] }
  | { readonly kind: "problem"; readonly message: string; readonly fatal: boolean };

type Entry = {
  readonly object: PlannedObject["kind"];
  readonly destination: JsonObject;
  readonly values: Readonly<Record<string, Secret<string>>>;
};

class ExportProblem extends Error {
  readonly fatal: boolean;
  constructor(message: string, fatal: boolean) {
    super(message);
    this.fatal = fatal;
  }
}

/**
 * Collects what `spec.operatorSpec` asks to export, merged by object (aso-semantics.md 8.3, 8.4). Nothing is exported unless
 * asked for; a status value that is absent is skipped, an absent secret or an empty result is a problem.
 */
export function planExports(sources: ExportSources): ExportPlan {
  try {
    const entries = [
      ...secretEntries(sources),
      ...configMapEntries(sources),
      ...expressionEntries(sources, "ConfigMap"),
      ...expressionEntries(sources, "Secret"),
    ];
    const objects = new Map<string, PlannedObject>();
    for (const entry of entries) merge(objects, entry, sources);
    const sorted = [...objects.values()].toSorted((a, b) =>
      `${a.name} ${a.kind}` < `${b.name} ${b.kind}` ? -1 : 1,
    );
    return { kind: "objects", objects: sorted };
  } catch (error) {
    if (error instanceof ExportProblem)
      return { kind: "problem", message: error.message, fatal: error.fatal };
    throw error;
  }
}

/** Names of the kind's secrets that the declared destinations need. */
export function declaredSecrets(operatorSpec: JsonObject): string[] {
  const declared = operatorSpec["secrets"];
  return isJsonObject(declared)
    ? Object.keys(declared).filter((name) => isJsonObject(declared[name]))
    : [];
}

/** The expressions of one list of `operatorSpec`. */
export function expressionsOf(
  operatorSpec: JsonObject,
  list: "secretExpressions" | "configMapExpressions",
): JsonObject[] {
  const found = operatorSpec[list];
  return Array.isArray(found) ? found.filter((one) => isJsonObject(one)) : [];
}

function* secretEntries({ operatorSpec, secrets }: ExportSources): Generator<Entry> {
  const declared = operatorSpec["secrets"];
  if (!isJsonObject(declared)) return;
  for (const name of declaredSecrets(operatorSpec)) {
    const destination = declared[name];
    if (!isJsonObject(destination)) continue;
    const value = secrets[name];
    if (value === undefined || value.reveal() === "") {
      throw new ExportProblem(
        `could not find secret to save to "${text(destination, "name")}": Azure has no value for ${name}`,
        false,
      );
    }
    yield { object: "Secret", destination, values: { [text(destination, "key")]: value } };
  }
}

function* configMapEntries({
  operatorSpec,
  status,
  configMapPaths,
}: ExportSources): Generator<Entry> {
  const declared = operatorSpec["configMaps"];
  if (!isJsonObject(declared)) return;
  for (const [name, destination] of Object.entries(declared)) {
    const path = configMapPaths[name];
    if (path === undefined || !isJsonObject(destination)) continue;
    const value = statusValue(status, path);
    if (value === undefined || value === "") continue;
    yield {
      object: "ConfigMap",
      destination,
      values: { [text(destination, "key")]: new Secret(value) },
    };
  }
}

function* expressionEntries(
  { operatorSpec, evaluate }: ExportSources,
  object: PlannedObject["kind"],
): Generator<Entry> {
  const list = object === "Secret" ? "secretExpressions" : "configMapExpressions";
  for (const destination of expressionsOf(operatorSpec, list)) {
    const expression = text(destination, "value");
    const result = evaluate(expression, object === "Secret");
    if (result.kind === "problem") throw new ExportProblem(result.message, true);
    yield { object, destination, values: expressionValues(destination, expression, result) };
  }
}

function expressionValues(
  destination: JsonObject,
  expression: string,
  result: Exclude<ExpressionValue, { kind: "problem" }>,
): Record<string, Secret<string>> {
  const key = text(destination, "key");
  if (result.kind === "map") {
    if (key !== "")
      throw new ExportProblem(
        `the expression "${expression}" gives a map, so its destination must not name a key`,
        true,
      );
    if (Object.keys(result.values).length === 0)
      throw new ExportProblem(`unexpected expression output: "${expression}" gave nothing`, true);
    return Object.fromEntries(
      Object.entries(result.values).map(([name, value]) => [name, new Secret(value)]),
    );
  }
  if (key === "")
    throw new ExportProblem(
      `the expression "${expression}" gives one value, so its destination must name a key`,
      true,
    );
  if (result.value === "")
    throw new ExportProblem(
      `unexpected expression output: "${expression}" gave an empty text`,
      true,
    );
  return { [key]: new Secret(result.value) };
}

function merge(objects: Map<string, PlannedObject>, entry: Entry, sources: ExportSources): void {
  const name = text(entry.destination, "name");
  if (entry.object === "Secret" && name === namespaceCredential)
    throw new ExportProblem(
      `the Secret "${name}" holds the namespace's credential, so nothing may be exported to it; name another Secret`,
      true,
    );
  const id = `${entry.object} ${name}`;
  const object = objects.get(id) ?? {
    kind: entry.object,
    name,
    data: {},
    annotations: {},
    labels: {},
  };
  objects.set(id, object);
  for (const [key, value] of Object.entries(entry.values)) {
    if (Object.hasOwn(object.data, key))
      throw new ExportProblem(`two values are exported to key "${key}" of ${id}`, true);
    object.data[key] = value;
  }
  for (const field of ["annotations", "labels"] as const) {
    for (const [key, value] of Object.entries(metadataOf(entry, field, sources))) {
      const before = object[field][key];
      if (before !== undefined && before !== value)
        throw new ExportProblem(`two values are given for ${field} "${key}" of ${id}`, true);
      object[field][key] = value;
    }
  }
}

/** Annotations and labels of expressions are CEL themselves, those of plain destinations are text. */
function metadataOf(
  entry: Entry,
  field: "annotations" | "labels",
  sources: ExportSources,
): Record<string, string> {
  const declared = entry.destination[field];
  if (!isJsonObject(declared)) return {};
  const isExpression = typeof entry.destination["value"] === "string";
  return Object.fromEntries(
    Object.entries(declared).map(([key, value]) => {
      const plain = typeof value === "string" ? value : "";
      if (!isExpression) return [key, plain];
      const result = sources.evaluate(plain, false);
      if (result.kind === "string") return [key, result.value];
      const why = result.kind === "problem" ? result.message : "it must give a text";
      throw new ExportProblem(
        `the expression "${plain}" of ${field} "${key}" cannot be used: ${why}`,
        true,
      );
    }),
  );
}

/** A value of the status as text; undefined where the path ends early. */
export function statusValue(status: JsonObject, path: string): string | undefined {
  let found: JsonValue | undefined = status;
  for (const name of path.split(".")) found = isJsonObject(found) ? found[name] : undefined;
  if (typeof found === "string") return found;
  return typeof found === "number" || typeof found === "boolean" ? String(found) : undefined;
}

function text(object: JsonObject, key: string): string {
  const value = object[key];
  return typeof value === "string" ? value : "";
}
