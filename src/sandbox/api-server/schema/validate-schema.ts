import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import type { Cause } from "../refusal.ts";
import { duplicateValue, notSupported, pathless, requiredValue, wrongType } from "./causes.ts";
import { fieldSchema, type Schema } from "./schema.ts";
import { lengthCauses, numberCauses, sizeCauses } from "./validate-limits.ts";

/** Everything that is wrong with the value, in the words of the Kubernetes API server. `path` is `spec.list[0].x`. */
export function validateSchema(value: JsonValue, schema: Schema, path: string): Cause[] {
  if (value === null && schema.nullable === true) return [];
  return [
    ...typeCauses(value, schema, path),
    ...enumCauses(value, schema, path),
    ...numberCauses(value, schema, path),
    ...lengthCauses(value, schema, path),
    ...formatCauses(value, schema, path),
    ...listCauses(value, schema, path),
    ...objectCauses(value, schema, path),
    ...junctionCauses(value, schema, path),
  ];
}

/** The JSON type of a value as messages name it: a whole number is an `integer`. */
function jsonType(value: JsonValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function typeCauses(value: JsonValue, schema: Schema, path: string): Cause[] {
  const actual = jsonType(value);
  if (schema["x-kubernetes-int-or-string"] === true) {
    const isEither = actual === "integer" || actual === "string";
    return isEither ? [] : [wrongType(path, actual, "integer,string")];
  }
  const expected = schema.type;
  if (expected === undefined || expected === actual) return [];
  if (expected === "number" && actual === "integer") return [];
  const cause = wrongType(path, actual, expected);
  if (expected !== "integer" || actual !== "number") return [cause];
  const format = schema.format === undefined ? "(default format)" : `with format ${schema.format}`;
  return [cause, pathless(`Checked value must be of type integer ${format} in ${path}`)];
}

function enumCauses(value: JsonValue, schema: Schema, path: string): Cause[] {
  if (schema.enum === undefined) return [];
  const shown = JSON.stringify(value);
  const isListed = schema.enum.some((item) => JSON.stringify(item) === shown);
  return isListed ? [] : [notSupported(path, value, schema.enum)];
}

const formats: Readonly<Record<string, (text: string) => boolean>> = {
  "date-time": (text) =>
    /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d/.test(text) && !Number.isNaN(Date.parse(text)),
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)),
  uuid: (text) => /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(text),
  byte: (text) => /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text),
};

function formatCauses(value: JsonValue, schema: Schema, path: string): Cause[] {
  const format = schema.format;
  if (format === "int32" && Number.isInteger(value) && Math.abs(Number(value)) > 2 ** 31) {
    return [pathless(`Checked value must be of type integer with format int32 in ${path}`)];
  }
  if (format === undefined || typeof value !== "string") return [];
  const isValid = formats[format];
  return isValid === undefined || isValid(value) ? [] : [wrongType(path, value, format)];
}

function listCauses(value: JsonValue, schema: Schema, path: string): Cause[] {
  if (!Array.isArray(value)) return [];
  const causes = sizeCauses(value.length, schema, path, "items");
  const items = schema.items;
  if (items !== undefined) {
    for (const [index, item] of value.entries()) {
      causes.push(...validateSchema(item, items, `${path}[${index}]`));
    }
  }
  return [...causes, ...duplicateCauses(value, schema, path)];
}

/** Duplicates in lists of type `set` and `map`. */
function duplicateCauses(list: readonly JsonValue[], schema: Schema, path: string): Cause[] {
  const identify = identityOf(schema);
  if (identify === undefined) return [];
  const seen = new Set<string>();
  const causes: Cause[] = [];
  for (const [index, item] of list.entries()) {
    const identity = identify(item);
    const text = JSON.stringify(identity);
    if (seen.has(text)) causes.push(duplicateValue(`${path}[${index}]`, identity));
    seen.add(text);
  }
  return causes;
}

function identityOf(schema: Schema): ((item: JsonValue) => JsonValue) | undefined {
  const listType = schema["x-kubernetes-list-type"];
  if (listType === "set") return (item) => item;
  if (listType !== "map") return undefined;
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  return (item) => {
    const identity: JsonObject = {};
    for (const key of keys) {
      const value = isJsonObject(item) ? item[key] : undefined;
      if (value !== undefined) identity[key] = value;
    }
    return identity;
  };
}

function objectCauses(value: JsonValue, schema: Schema, path: string): Cause[] {
  if (!isJsonObject(value)) return [];
  const causes = sizeCauses(Object.keys(value).length, schema, path, "properties");
  for (const key of schema.required ?? []) {
    if (!Object.hasOwn(value, key))
      causes.push(requiredValue(path === "" ? key : `${path}.${key}`));
  }
  for (const [key, child] of Object.entries(value)) {
    const childSchema = fieldSchema(schema, key);
    if (childSchema === undefined) continue;
    causes.push(...validateSchema(child, childSchema, path === "" ? key : `${path}.${key}`));
  }
  return causes;
}

function junctionCauses(value: JsonValue, schema: Schema, path: string): Cause[] {
  const causes: Cause[] = [];
  const attempt = (branch: Schema): Cause[] => validateSchema(value, branch, path);
  const quoted = JSON.stringify(path);
  if (schema.anyOf !== undefined && schema["x-kubernetes-int-or-string"] !== true) {
    const failures = schema.anyOf.map(attempt);
    if (failures.every((failure) => failure.length > 0)) {
      causes.push(pathless(`${quoted} must validate at least one schema (anyOf)`));
      causes.push(...(failures[0] ?? []));
    }
  }
  if (schema.oneOf !== undefined) causes.push(...oneOfCauses(schema.oneOf.map(attempt), quoted));
  const all = schema.allOf?.flatMap(attempt) ?? [];
  if (all.length > 0) {
    causes.push(pathless(`${quoted} must validate all the schemas (allOf)`), ...all);
  }
  if (schema.not !== undefined && attempt(schema.not).length === 0) {
    causes.push(pathless(`${quoted} must not validate the schema (not)`));
  }
  return causes;
}

function oneOfCauses(failures: readonly Cause[][], quoted: string): Cause[] {
  const valid = failures.filter((failure) => failure.length === 0).length;
  if (valid === 1) return [];
  const found = valid === 0 ? "none valid" : `${valid} valid alternatives`;
  const message = `${quoted} must validate one and only one schema (oneOf). Found ${found}`;
  return [pathless(message), ...(valid === 0 ? (failures[0] ?? []) : [])];
}
