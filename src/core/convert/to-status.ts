import type { ObjectType, PropertyDetail, TypeLetter } from "../../catalog/types.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import type { KindVersion } from "./kind-version.ts";
import { propertyDetail } from "./spec-type.ts";
import { findMember, type StatusNode, type StatusType, statusType } from "./status-type.ts";

/**
 * Turns the body of a GET into the status of that API version (aso-semantics 5), without conditions and without empty lists and
 * maps. Members that the catalog does not know are dropped. Where ARM sends another JSON type than the schema has, the value is
 * turned into the schema's type if that loses nothing (`7` for `"7"`), else left out: the API server would refuse the whole status.
 */
export function toStatus(armBody: JsonObject, version: KindVersion): JsonObject {
  return version.status === undefined ? {} : readObject(version.types, version.status, armBody);
}

function readObject(types: readonly ObjectType[], index: number, source: JsonObject): JsonObject {
  const type = statusType(types, index);
  const target: JsonObject = {};
  readMembers(types, type.root, source, target);
  readVariant(types, type, source, target);
  return target;
}

function readMembers(
  types: readonly ObjectType[],
  node: StatusNode,
  source: JsonObject,
  target: JsonObject,
): void {
  for (const [name, value] of Object.entries(source)) {
    if (value === null) continue;
    const member = findMember(node, name);
    if (member === undefined) continue;
    for (const field of member.fields) {
      const read = readValue(types, field.property, value);
      if (read !== undefined) target[field.name] = read;
    }
    if (member.below !== undefined && isJsonObject(value)) {
      readMembers(types, member.below, value, target);
    }
  }
}

/** The discriminator has to match exactly, name and value; an unknown value leaves the union empty. */
function readVariant(
  types: readonly ObjectType[],
  type: StatusType,
  source: JsonObject,
  target: JsonObject,
): void {
  if (type.discriminator === undefined) return;
  for (const variant of type.variants) {
    const holder = descend(source, variant.containers);
    if (holder === undefined || holder[type.discriminator] !== variant.property.v) continue;
    target[variant.name] = readObject(types, variant.property.o ?? -1, holder);
    return;
  }
}

function descend(source: JsonObject, containers: readonly string[]): JsonObject | undefined {
  let holder: JsonValue | undefined = source;
  for (const name of containers) {
    if (!isJsonObject(holder)) return undefined;
    holder = memberWithoutCase(holder, name);
  }
  return isJsonObject(holder) ? holder : undefined;
}

function memberWithoutCase(object: JsonObject, name: string): JsonValue | undefined {
  if (Object.hasOwn(object, name)) return object[name];
  const lower = name.toLowerCase();
  return Object.entries(object).find(([key]) => key.toLowerCase() === lower)?.[1];
}

/** Undefined: nothing to show. */
function readValue(
  types: readonly ObjectType[],
  property: PropertyDetail,
  value: JsonValue,
): JsonValue | undefined {
  switch (property.t) {
    case "o":
      return isJsonObject(value) ? readObject(types, property.o ?? -1, value) : undefined;
    case "a":
      return readList(types, property, value);
    case "m":
      return readMap(types, property, value);
    case "s":
      return readText(property, value);
    case "i":
    case "n":
      return readNumber(property.t, value);
    case "b":
      return readBoolean(value);
    case "j":
      return value;
    case "jo":
      return isJsonObject(value) ? value : undefined;
    case "eo":
      return isJsonObject(value) ? {} : undefined;
    default:
      // references, secrets and the like are a spec's types; a status has none
      return undefined;
  }
}

function readList(
  types: readonly ObjectType[],
  property: PropertyDetail,
  value: JsonValue,
): JsonValue | undefined {
  if (!Array.isArray(value) || property.e === undefined) return undefined;
  const detail = propertyDetail(property.e);
  const list = value
    .map((element) => readElement(types, detail, element))
    .filter((element) => element !== undefined);
  return list.length === 0 ? undefined : list;
}

function readMap(
  types: readonly ObjectType[],
  property: PropertyDetail,
  value: JsonValue,
): JsonValue | undefined {
  if (!isJsonObject(value) || property.e === undefined) return undefined;
  const detail = propertyDetail(property.e);
  // fromEntries defines members, so a key such as __proto__ stays an ordinary key
  const map: JsonObject = Object.fromEntries(
    Object.entries(value).flatMap(([key, element]) => {
      const read = readElement(types, detail, element);
      return read === undefined ? [] : [[key, read]];
    }),
  );
  return Object.keys(map).length === 0 ? undefined : map;
}

/** An element without a value shows as its type's zero value, a nested collection without elements as null: lists keep their length. */
function readElement(
  types: readonly ObjectType[],
  detail: PropertyDetail,
  element: JsonValue,
): JsonValue | undefined {
  if (element === null) return zeroValue(detail.t);
  const isCollection = detail.t === "a" || detail.t === "m";
  return readValue(types, detail, element) ?? (isCollection ? null : undefined);
}

function zeroValue(letter: TypeLetter): JsonValue {
  switch (letter) {
    case "s":
      return "";
    case "i":
    case "n":
      return 0;
    case "b":
      return false;
    case "o":
    case "eo":
      return {};
    default:
      return null;
  }
}

function readText(property: PropertyDetail, value: JsonValue): JsonValue | undefined {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "string") return undefined;
  if (property.enum === undefined || property.enum.includes(value)) return value;
  const lower = value.toLowerCase();
  return (
    property.enum.find((one) => typeof one === "string" && one.toLowerCase() === lower) ?? value
  );
}

function readNumber(letter: "i" | "n", value: JsonValue): JsonValue | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number)) return undefined;
  return letter === "n" || Number.isInteger(number) ? number : undefined;
}

function readBoolean(value: JsonValue): JsonValue | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string") return undefined;
  const lower = value.toLowerCase();
  return lower === "true" || lower === "false" ? lower === "true" : undefined;
}
