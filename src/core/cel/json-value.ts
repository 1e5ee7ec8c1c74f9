import { isJsonObject, type JsonValue } from "../json.ts";
import type { CelType, MessageField, MessageType } from "./cel-type.ts";
import { type CelValue, type MapKey, MessageValue, TimestampValue } from "./cel-value.ts";
import { parseTimestamp } from "./time-text.ts";

/** JSON of a known type as a value; what is absent or of another type shows the zero value (errata 16). */
export function typedValue(type: CelType, json: JsonValue | undefined): CelValue {
  switch (type.k) {
    case "string":
      return typeof json === "string" ? json : "";
    case "int":
      return typeof json === "number" ? BigInt(Math.trunc(json)) : 0n;
    case "double":
      return typeof json === "number" ? json : 0;
    case "bool":
      return json === true;
    case "list":
      return Array.isArray(json) ? json.map((one) => typedValue(type.of, one)) : [];
    case "map":
      return isJsonObject(json) ? mapOfJson(json, type.of) : new Map<MapKey, CelValue>();
    case "message":
      return messageOf(type.message, json);
    case "timestamp":
      return timeOf(json);
    default:
      return dynamicValue(json ?? null);
  }
}

/** JSON of unknown type: numbers are doubles, objects are maps. */
function dynamicValue(json: JsonValue): CelValue {
  if (Array.isArray(json)) return json.map(dynamicValue);
  if (!isJsonObject(json)) return json;
  return new Map<MapKey, CelValue>(
    Object.entries(json).map(([key, value]) => [key, dynamicValue(value)]),
  );
}

/** Kubernetes writes times as text; the language sees Go's wrapper around them. */
function messageOf(type: MessageType, json: JsonValue | undefined): MessageValue {
  if (isJsonObject(json)) return new MessageValue(type, json);
  const isTime = typeof json === "string" && type.fields().has("Time");
  return new MessageValue(type, isTime ? { Time: json } : undefined);
}

function mapOfJson(json: { readonly [key: string]: JsonValue }, of: CelType): CelValue {
  return new Map<MapKey, CelValue>(
    Object.entries(json).map(([key, value]) => [key, typedValue(of, value)]),
  );
}

function timeOf(json: JsonValue | undefined): CelValue {
  const parsed = typeof json === "string" ? parseTimestamp(json) : undefined;
  return parsed ?? new TimestampValue(zeroTime);
}

/** Go's zero time: the first of January of the year 1. */
const zeroTime = -62_135_596_800_000_000_000n;

/** The value of a field. A time object is a wrapper around the text in JSON. */
export function fieldValue(message: MessageValue, field: MessageField): CelValue {
  return typedValue(field.type, memberOf(message, field));
}

/** Whether the field is there. Fields that are not optional count as absent with their zero value. */
export function hasField(message: MessageValue, field: MessageField): boolean {
  const member = memberOf(message, field);
  if (member === undefined || member === null) return false;
  return field.plain !== true || !(member === "" || member === 0 || member === false);
}

function memberOf(message: MessageValue, field: MessageField): JsonValue | undefined {
  const { json } = message;
  return json !== undefined && Object.hasOwn(json, field.json) ? json[field.json] : undefined;
}
