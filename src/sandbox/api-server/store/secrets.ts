import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import { isEqualJson } from "../fields/compare-fields.ts";
import type { Cause } from "../refusal.ts";
import { forbiddenValue, invalidValue } from "../schema/causes.ts";

/** Moves stringData into data and sets the type. */
export function prepareSecret(object: JsonObject): JsonObject {
  const { stringData, ...secret } = object;
  const type =
    typeof secret["type"] === "string" && secret["type"] !== "" ? secret["type"] : "Opaque";
  if (!isJsonObject(stringData)) return { ...secret, type };
  const data = isJsonObject(secret["data"]) ? { ...secret["data"] } : {};
  for (const [key, value] of Object.entries(stringData)) {
    data[key] = toBase64(String(value));
  }
  return { ...secret, data, type };
}

function toBase64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return btoa(String.fromCharCode(...bytes));
}

/** What is wrong with a Secret: bad keys, a changed type, changes of an immutable one. */
export function validateSecret(object: JsonObject, before: JsonObject | undefined): Cause[] {
  const causes = keyCauses(object["data"], "data");
  if (before !== undefined && object["type"] !== before["type"]) {
    causes.push(invalidValue("type", object["type"] ?? "", "field is immutable"));
  }
  return [...causes, ...immutableCauses(object, before, ["data"])];
}

/** What is wrong with a ConfigMap: bad keys, changes of an immutable one. */
export function validateConfigMap(object: JsonObject, before: JsonObject | undefined): Cause[] {
  return [
    ...keyCauses(object["data"], "data"),
    ...keyCauses(object["binaryData"], "binaryData"),
    ...immutableCauses(object, before, ["data", "binaryData"]),
  ];
}

const keyPattern = /^[-._a-zA-Z0-9]+$/;
const keyRule =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  " +
  "or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

function keyCauses(data: JsonValue | undefined, field: string): Cause[] {
  if (!isJsonObject(data)) return [];
  return Object.keys(data)
    .filter((key) => !keyPattern.test(key))
    .map((key) => invalidValue(`${field}[${key}]`, key, keyRule));
}

function immutableCauses(
  object: JsonObject,
  before: JsonObject | undefined,
  fields: readonly string[],
): Cause[] {
  if (before?.["immutable"] !== true) return [];
  const why = "field is immutable when `immutable` is set";
  const changed = fields.filter((field) => !isEqualJson(object[field], before[field]));
  if (object["immutable"] !== true) changed.unshift("immutable");
  return changed.map((field) => forbiddenValue(field, why));
}

/** The Data column of Secrets and ConfigMaps. */
export function dataCount(object: JsonObject): number {
  return ["data", "binaryData"].reduce((count, field) => {
    const data = object[field];
    return count + (isJsonObject(data) ? Object.keys(data).length : 0);
  }, 0);
}

/** The position of the first character that is not base64, as Go's decoder reports it; undefined when it decodes. */
export function base64Error(text: string): number | undefined {
  if (/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return undefined;
  const bad = /[^A-Za-z0-9+/]/.exec(text);
  return bad === null ? text.length - (text.length % 4) : bad.index;
}
