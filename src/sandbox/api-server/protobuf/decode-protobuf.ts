import type { JsonObject, JsonValue } from "../../../core/json.ts";
import { type Field, type Message, messages } from "./messages.ts";

const magic = [0x6b, 0x38, 0x73, 0x00];

/**
 * An object that a client sent as `application/vnd.kubernetes.protobuf`, as kubectl does for `create namespace` and the like. Undefined when it
 * is of a kind that is not known here or not well formed.
 */
export function decodeProtobuf(bytes: Uint8Array): JsonObject | undefined {
  if (magic.some((byte, index) => bytes[index] !== byte)) return undefined;
  const envelope = readFields(bytes.subarray(magic.length));
  const type = envelope && lastBytes(envelope, 1);
  const raw = envelope && lastBytes(envelope, 2);
  const typeFields = type && readFields(type);
  if (typeFields === undefined || raw === undefined) return undefined;
  const apiVersion = decodeText(lastBytes(typeFields, 1));
  const kind = decodeText(lastBytes(typeFields, 2));
  const message = messages[kind];
  const object = message && readMessage(raw, message);
  return object && { apiVersion, kind, ...object };
}

/** One field as it stands in the wire format: a number, or the bytes of text, maps and messages. */
type Raw = { readonly number: number; readonly value: number | Uint8Array };

function readFields(bytes: Uint8Array): Raw[] | undefined {
  const fields: Raw[] = [];
  const cursor = { at: 0 };
  while (cursor.at < bytes.length) {
    const tag = readVarint(bytes, cursor);
    const wireType = tag & 7;
    const length = wireType === 2 ? readVarint(bytes, cursor) : 0;
    if (wireType !== 0 && wireType !== 2) return undefined;
    if (cursor.at + length > bytes.length) return undefined;
    const value =
      wireType === 0 ? readVarint(bytes, cursor) : bytes.subarray(cursor.at, cursor.at + length);
    cursor.at += length;
    fields.push({ number: tag >>> 3, value });
  }
  return fields;
}

/** Numbers here fit a double: versions, seconds and counts. */
function readVarint(bytes: Uint8Array, cursor: { at: number }): number {
  let result = 0;
  let factor = 1;
  for (;;) {
    const byte = bytes[cursor.at++] ?? 0;
    result += (byte & 0x7f) * factor;
    if (byte < 0x80) return result;
    factor *= 0x80;
  }
}

function lastBytes(fields: readonly Raw[], number: number): Uint8Array | undefined {
  const value = fields.findLast((field) => field.number === number)?.value;
  return typeof value === "number" ? undefined : value;
}

function decodeText(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "" : new TextDecoder().decode(bytes);
}

function readMessage(bytes: Uint8Array, message: Message): JsonObject | undefined {
  const fields = readFields(bytes);
  if (fields === undefined) return undefined;
  const object: JsonObject = {};
  for (const { number, value } of fields) {
    const field = message[number];
    if (field !== undefined) addField(object, field, value);
  }
  return object;
}

function addField(object: JsonObject, [name, type]: Field, value: Raw["value"]): void {
  if (type.endsWith("[]")) {
    const list = Array.isArray(object[name]) ? object[name] : [];
    const item = readValue(type.slice(0, -2), value);
    object[name] = item === undefined ? list : [...list, item];
  } else if (type.endsWith("{}") && typeof value !== "number") {
    const entry = readFields(value) ?? [];
    const map = object[name] as JsonObject | undefined;
    const item = readValue(type.slice(0, -2), lastBytes(entry, 2) ?? new Uint8Array());
    object[name] = { ...map, [decodeText(lastBytes(entry, 1))]: item ?? "" };
  } else {
    const item = readValue(type, value);
    // Go writes unset strings, numbers and messages too.
    if (item !== undefined && item !== "" && item !== 0) object[name] = item;
  }
}

function readValue(type: string, value: Raw["value"]): JsonValue | undefined {
  if (typeof value === "number") return type === "bool" ? value !== 0 : value;
  switch (type) {
    case "text":
      return decodeText(value);
    case "bytes":
      return btoa(String.fromCharCode(...value));
    case "time":
    case "microtime":
      return readTime(value, type);
    case "FieldsV1":
      return JSON.parse(decodeText(lastBytes(readFields(value) ?? [], 1)) || "{}") as JsonValue;
    default: {
      const message = messages[type];
      return message && readMessage(value, message);
    }
  }
}

/** RFC 3339 of seconds and nanoseconds; undefined for an unset time. */
function readTime(bytes: Uint8Array, type: "time" | "microtime"): string | undefined {
  const fields = readFields(bytes) ?? [];
  const numberAt = (number: number) =>
    Number(fields.find((field) => field.number === number)?.value ?? 0);
  const seconds = numberAt(1);
  if (seconds === 0 || seconds > 8.64e12) return undefined;
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  const micros = String(Math.floor(numberAt(2) / 1000)).padStart(6, "0");
  return type === "time" ? `${text}Z` : `${text}.${micros}Z`;
}
