import fc from "fast-check";
import type { ObjectType, PropertyDetail } from "../../src/catalog/types.ts";
import { propertiesOf, propertyDetail } from "../../src/core/convert/spec-type.ts";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";

/** Below this depth only required properties are generated; schemas may be recursive. */
const deepest = 5;

const key = fc.oneof(fc.constantFrom("a", "b.c", "UPPER", "x/y", "~"), fc.string({ maxLength: 6 }));
const name = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const free = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonValue>;

/** Custom resources that a schema of the catalog allows. */
export function objectOf(
  types: readonly ObjectType[],
  index: number,
  depth = 0,
): fc.Arbitrary<JsonObject> {
  const type = types[index] ?? {};
  const all = propertiesOf(type).filter(([, property]) => property.v === undefined);
  const required = type["!"] ?? [];
  const kept = all.filter(([property]) => depth < deepest || required.includes(property));
  const members = Object.fromEntries(
    kept.map(([property, detail]) => [property, schemaValue(types, detail, depth + 1)]),
  );
  const base = fc.record(members, {
    requiredKeys: kept.map(([property]) => property).filter((one) => required.includes(one)),
  }) as fc.Arbitrary<JsonObject>;
  const variants = propertiesOf(type).filter(([, property]) => property.v !== undefined);
  if (variants.length === 0 || depth >= deepest) return base;
  const branch = fc.oneof(...variants.map((variant) => branchOf(types, type, variant, depth)));
  return fc.tuple(base, branch).map(([one, other]) => ({ ...one, ...other }));
}

function branchOf(
  types: readonly ObjectType[],
  type: ObjectType,
  [property, detail]: [string, PropertyDetail],
  depth: number,
): fc.Arbitrary<JsonObject> {
  const discriminator = type["?"];
  return objectOf(types, detail.o ?? -1, depth + 1).map((value) => ({
    [property]: discriminator === undefined ? value : { ...value, [discriminator]: detail.v ?? "" },
  }));
}

function schemaValue(
  types: readonly ObjectType[],
  detail: PropertyDetail,
  depth: number,
): fc.Arbitrary<JsonValue> {
  switch (detail.t) {
    case "o":
      return objectOf(types, detail.o ?? -1, depth);
    case "a":
      return fc.array(schemaValue(types, propertyDetail(detail.e ?? "j"), depth), { maxLength: 2 });
    case "m":
      return fc.dictionary(key, schemaValue(types, propertyDetail(detail.e ?? "j"), depth), {
        maxKeys: 2,
        noNullPrototype: true,
      });
    default:
      return leafOf(detail);
  }
}

function leafOf(detail: PropertyDetail): fc.Arbitrary<JsonValue> {
  const reference = fc.oneof(
    fc.record({ armId: name.map((one) => `/subscriptions/s/resourceGroups/${one}`) }),
    fc.record({ group: name, kind: name, name }),
  );
  switch (detail.t) {
    case "s":
      return detail.enum === undefined
        ? fc.string({ maxLength: 8 })
        : fc.constantFrom(...detail.enum);
    case "i":
      return fc.integer();
    case "n":
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => one + 0);
    case "b":
      return fc.boolean();
    case "eo":
      return fc.constant({});
    case "ref":
    case "wkref":
      return reference;
    case "secret":
    case "config":
      return fc.record({ name, key: name });
    case "secretmap":
      return fc.record({ name });
    case "uai":
      return fc.array(fc.record({ reference }), { maxLength: 2 });
    case "jo":
      return fc.dictionary(key, free, { maxKeys: 2, noNullPrototype: true });
    default:
      return free;
  }
}
