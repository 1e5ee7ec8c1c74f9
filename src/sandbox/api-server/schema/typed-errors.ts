import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import { fieldSchema, keepsUnknownFields, type Schema } from "./schema.ts";

/** What keeps a configuration from being read as the schema's type: undeclared fields and wrong types, in field-manager words. */
export function typedErrors(config: JsonObject, schema: Schema): string[] {
  const errors: string[] = [];
  check(config, schema, "", errors);
  return errors.sort();
}

const expectations: Readonly<Record<string, string>> = {
  string: "expected string",
  boolean: "expected boolean",
  integer: "expected numeric (int or float)",
  number: "expected numeric (int or float)",
  array: "expected list",
  object: "expected map",
};

function check(value: JsonValue, schema: Schema, path: string, errors: string[]): void {
  if (value === null) return;
  const expected = schema.type;
  if (expected !== undefined && !isOfType(value, expected)) {
    const isContainer = expected === "array" || expected === "object";
    const shown = isContainer
      ? `&{${goText(value)}}`
      : `&value.valueUnstructured{Value:${JSON.stringify(value)}}`;
    errors.push(`${path}: ${expectations[expected] ?? `expected ${expected}`}, got ${shown}`);
    return;
  }
  if (Array.isArray(value)) {
    const items = schema.items;
    if (items === undefined) return;
    for (const [index, item] of value.entries()) {
      check(item, items, `${path}${itemText(item, index, schema)}`, errors);
    }
  } else if (isJsonObject(value)) {
    checkFields(value, schema, path, errors);
  }
}

/** Items of sets and keyed lists are named by their content. */
function itemText(item: JsonValue, index: number, schema: Schema): string {
  const listType = schema["x-kubernetes-list-type"];
  if (listType === "set") return `[=${JSON.stringify(item)}]`;
  if (listType !== "map" || !isJsonObject(item)) return `[${index}]`;
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  return `[${keys.map((key) => `${key}=${JSON.stringify(item[key] ?? null)}`).join(",")}]`;
}

/** Of the undeclared fields of one object only the first is told, as the field manager does. */
function checkFields(value: JsonObject, schema: Schema, path: string, errors: string[]): void {
  const isOpen = keepsUnknownFields(schema) || schema["x-kubernetes-embedded-resource"] === true;
  for (const [key, child] of Object.entries(value)) {
    const childSchema = fieldSchema(schema, key);
    if (childSchema !== undefined) {
      check(child, childSchema, `${path}.${key}`, errors);
    } else if (!isOpen) {
      errors.push(`${path}.${key}: field not declared in schema`);
      return;
    }
  }
}

function isOfType(value: JsonValue, type: string): boolean {
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isJsonObject(value);
  if (type === "integer" || type === "number") return typeof value === "number";
  return typeof value === type;
}

/** A value as Go prints it: lists without commas, text without quotes. */
function goText(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (!isJsonObject(value)) return String(value);
  return `map[${Object.entries(value)
    .map(([key, child]) => `${key}:${goText(child)}`)
    .join(" ")}]`;
}
