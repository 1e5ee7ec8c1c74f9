import type { ObjectType, Property, PropertyDetail } from "../catalog/types.ts";
import type { KindVersion } from "../core/convert/kind-version.ts";
import { armPath, propertiesOf, propertyDetail } from "../core/convert/spec-type.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";

/**
 * The status that a body should give, found the other way round than the converter does it: for every property of the schema its
 * value is looked up in the body, exact names only. Meant for bodies that ARM really sent, whose values have the schema's types.
 */
export function knownStatus(body: JsonObject, version: KindVersion): JsonObject {
  return version.status === undefined ? {} : objectFrom(version.types, version.status, body);
}

function objectFrom(types: readonly ObjectType[], index: number, body: JsonObject): JsonObject {
  const type = types[index] ?? {};
  const status: JsonObject = {};
  for (const [name, property] of propertiesOf(type)) {
    if (property.u === 1) continue;
    const holder = valueAt(body, armPath(name, property));
    const value =
      property.v === undefined
        ? valueFrom(types, property, holder)
        : variantFrom(types, type, property, holder);
    if (value !== undefined) status[name] = value;
  }
  return status;
}

function variantFrom(
  types: readonly ObjectType[],
  type: ObjectType,
  property: PropertyDetail,
  holder: JsonValue | undefined,
): JsonValue | undefined {
  const discriminator = type["?"];
  if (discriminator === undefined || !isJsonObject(holder)) return undefined;
  if (holder[discriminator] !== property.v) return undefined;
  return objectFrom(types, property.o ?? -1, holder);
}

function valueFrom(
  types: readonly ObjectType[],
  property: PropertyDetail,
  value: JsonValue | undefined,
): JsonValue | undefined {
  if (value === undefined || value === null) return undefined;
  if (property.t === "o") {
    return isJsonObject(value) ? objectFrom(types, property.o ?? -1, value) : undefined;
  }
  if (property.t === "eo") return {};
  if (property.e === undefined) return value;
  return collectionFrom(types, property.e, value);
}

function collectionFrom(
  types: readonly ObjectType[],
  element: Property,
  value: JsonValue,
): JsonValue | undefined {
  const read = (one: JsonValue): JsonValue =>
    valueFrom(types, propertyDetail(element), one) ?? (element === "s" ? "" : null);
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(read);
  if (!isJsonObject(value) || Object.keys(value).length === 0) return undefined;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, read(one)]));
}

function valueAt(body: JsonObject, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = body;
  for (const name of path) {
    value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}
