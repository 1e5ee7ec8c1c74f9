import type { ObjectType, PropertyDetail } from "../../catalog/types.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import type { KindVersion } from "./kind-version.ts";
import { type Reference, readKeyReference, readReference, readSecretMapName } from "./reference.ts";
import { isInput, propertyDetail, type SpecField, type SpecType, specType } from "./spec-type.ts";

/**
 * Gives the values that stand outside the custom resource. What it returns is put into the body as it is, so that the same
 * conversion yields the body to send (real values) and the body to hash (markers).
 */
export type Resolver = {
  /** The ARM id, or the well-known name, that a reference stands for. */
  readonly reference: (reference: Reference) => string;
  readonly secret: (name: string, key: string) => JsonValue;
  readonly secretMap: (name: string) => JsonObject;
  readonly config: (name: string, key: string) => string;
};

/** What is sent to ARM. */
export type ArmBody = {
  readonly body: JsonObject;
  /** JSON pointers (RFC 6901) of the body's members whose keys the user chooses: their key set counts when bodies are compared. */
  readonly maps: readonly string[];
};

type Writer = {
  readonly types: readonly ObjectType[];
  readonly collections: "null" | undefined;
  readonly resolve: Resolver;
  readonly maps: string[];
};

/**
 * Builds the body of the PUT (aso-semantics 4; catalog.md 4). Members that the catalog does not know are not sent; `null` counts as unset.
 * Total: a value of the wrong type is sent as it is, so that ARM can tell, and an input that cannot be read is left out
 * (`collectInputs` reports it before).
 */
export function toArmBody(
  spec: JsonObject,
  version: KindVersion,
  azureName: string,
  resolve: Resolver,
): ArmBody {
  const { types, collections } = version;
  const writer: Writer = { types, collections, resolve, maps: [] };
  const body: JsonObject = {};
  if (version.spec !== undefined) writeObject(writer, version.spec, spec, body, "");
  body["name"] = azureName;
  return { body, maps: writer.maps };
}

function writeObject(
  writer: Writer,
  index: number,
  source: JsonObject,
  target: JsonObject,
  pointer: string,
): void {
  const type = specType(writer.types, index, writer.collections);
  for (const field of type.fields) {
    const value = source[field.name];
    if (value === undefined || value === null) continue;
    const holder = open(target, field.containers);
    const converted = convertValue(writer, field.property, value, pointerOf(pointer, field));
    if (converted !== undefined) holder[field.member] = converted;
  }
  writeVariant(writer, type, source, target, pointer);
  for (const field of type.explicit) showUnset(field, target);
}

function writeVariant(
  writer: Writer,
  type: SpecType,
  source: JsonObject,
  target: JsonObject,
  pointer: string,
): void {
  for (const variant of type.variants) {
    const value = source[variant.name];
    if (!isJsonObject(value)) continue;
    const holder = open(target, variant.containers);
    const place = variant.containers.reduce((path, name) => `${path}/${token(name)}`, pointer);
    writeObject(writer, variant.property.o ?? -1, value, holder, place);
    const discriminator = type.discriminator;
    if (discriminator !== undefined && variant.property.v !== undefined) {
      holder[discriminator] ??= variant.property.v;
    }
    return;
  }
}

/** Undefined: a collection without elements, which the group's rules leave out. */
function convertValue(
  writer: Writer,
  property: PropertyDetail,
  value: JsonValue,
  pointer: string,
): JsonValue | undefined {
  switch (property.t) {
    case "o": {
      if (!isJsonObject(value)) return value;
      const target: JsonObject = {};
      writeObject(writer, property.o ?? -1, value, target, pointer);
      return target;
    }
    case "a":
      return convertList(writer, property, value, pointer);
    case "m":
      return convertMap(writer, property, value, pointer);
    case "s":
      return property.enum === undefined ? value : enumSpelling(property.enum, value);
    case "eo":
      return isJsonObject(value) ? {} : value;
    case "uai":
      return convertIdentities(writer, value, pointer);
    default:
      return isInput(property) ? resolveInput(writer.resolve, property, value) : value;
  }
}

function convertList(
  writer: Writer,
  property: PropertyDetail,
  value: JsonValue,
  pointer: string,
): JsonValue | undefined {
  if (!Array.isArray(value) || property.e === undefined) return value;
  if (value.length === 0) return undefined;
  const detail = propertyDetail(property.e);
  return value
    .map((element, index) => convertElement(writer, detail, element, `${pointer}/${index}`))
    .filter((element) => element !== undefined);
}

function convertMap(
  writer: Writer,
  property: PropertyDetail,
  value: JsonValue,
  pointer: string,
): JsonValue | undefined {
  if (!isJsonObject(value) || property.e === undefined) return value;
  const entries = Object.entries(value);
  const isExplicit = property.x === 1 || (writer.collections === "null" && !isInput(property));
  if (entries.length === 0 && !isExplicit) return undefined;
  const detail = propertyDetail(property.e);
  writer.maps.push(pointer);
  // fromEntries defines members, so a key such as __proto__ stays an ordinary key
  return Object.fromEntries(
    entries.flatMap(([key, element]) => {
      const converted = convertElement(writer, detail, element, `${pointer}/${token(key)}`);
      return converted === undefined ? [] : [[key, converted]];
    }),
  );
}

/** A nested collection without elements keeps its place, as ASO's encoder shows it. */
function convertElement(
  writer: Writer,
  detail: PropertyDetail,
  element: JsonValue,
  pointer: string,
): JsonValue | undefined {
  if (element === null) return null;
  const converted = convertValue(writer, detail, element, pointer);
  if (converted !== undefined || (detail.t !== "a" && detail.t !== "m")) return converted;
  return detail.t === "a" ? null : {};
}

/** The list `[{reference}]` becomes the map `{armId: {}}`; without elements it is left out in every group. */
function convertIdentities(
  writer: Writer,
  value: JsonValue,
  pointer: string,
): JsonValue | undefined {
  if (!Array.isArray(value)) return value;
  const ids = value.flatMap((element) => {
    const reading = readReference((isJsonObject(element) && element["reference"]) || {}, false);
    return reading.kind === "reference" ? [writer.resolve.reference(reading.reference)] : [];
  });
  if (ids.length === 0) return undefined;
  writer.maps.push(pointer);
  return Object.fromEntries(ids.map((id) => [id, {}]));
}

function resolveInput(
  resolve: Resolver,
  property: PropertyDetail,
  value: JsonValue,
): JsonValue | undefined {
  switch (property.t) {
    case "ref":
    case "wkref": {
      const reading = readReference(value, property.t === "wkref");
      return reading.kind === "reference" ? resolve.reference(reading.reference) : undefined;
    }
    case "secretmap": {
      const name = readSecretMapName(value);
      return name === undefined ? undefined : resolve.secretMap(name);
    }
    default: {
      const from = readKeyReference(value);
      if (from === undefined) return undefined;
      return property.t === "secret"
        ? resolve.secret(from.name, from.key)
        : resolve.config(from.name, from.key);
    }
  }
}

/** Enum values are matched without regard to case and sent in the schema's spelling; unknown ones pass unchanged. */
function enumSpelling(values: readonly (string | number)[], value: JsonValue): JsonValue {
  if (typeof value !== "string" || values.includes(value)) return value;
  const lower = value.toLowerCase();
  return values.find((one) => typeof one === "string" && one.toLowerCase() === lower) ?? value;
}

/** Shows an unset collection, if the object that would hold it is sent at all. */
function showUnset(field: SpecField, target: JsonObject): void {
  let holder: JsonValue | undefined = target;
  for (const name of field.containers) holder = isJsonObject(holder) ? holder[name] : undefined;
  if (isJsonObject(holder) && holder[field.member] === undefined) {
    holder[field.member] = unsetValue(field);
  }
}

function unsetValue(field: SpecField): JsonValue {
  if (field.whenUnset === "null") return null;
  return field.property.t === "a" ? [] : {};
}

function open(target: JsonObject, containers: readonly string[]): JsonObject {
  let holder = target;
  for (const name of containers) {
    const present = holder[name];
    const next: JsonObject = isJsonObject(present) ? present : {};
    holder[name] = next;
    holder = next;
  }
  return holder;
}

function pointerOf(parent: string, field: SpecField): string {
  let pointer = parent;
  for (const name of field.containers) pointer += `/${token(name)}`;
  return `${pointer}/${token(field.member)}`;
}

function token(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
