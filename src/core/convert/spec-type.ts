import type { ObjectType, Property, PropertyDetail, TypeLetter } from "../../catalog/types.ts";

/** One property of a custom resource and the place of its value in the ARM body. */
export type SpecField = {
  /** Name in the custom resource. */
  readonly name: string;
  readonly property: PropertyDetail;
  /** Objects between the parent's ARM object and the member, mostly none or `properties`. */
  readonly containers: readonly string[];
  /** Member name in ARM; of a variant undefined: its members are merged into the container. */
  readonly member: string;
  /** How an unset list or map is shown in an object that is sent (aso-semantics 4.9). */
  readonly whenUnset: "omit" | "null" | "empty";
};

/** An object type of the catalog, prepared for conversion. */
export type SpecType = {
  /** Without variants; literals first, so that a reference or a value from a Secret or ConfigMap overwrites its literal twin. */
  readonly fields: readonly SpecField[];
  /** Branches of a union in alphabetical order: the first that is set is sent. */
  readonly variants: readonly SpecField[];
  /** The lists and maps that are sent although they are unset. */
  readonly explicit: readonly SpecField[];
  /** Pairs of which only one may be set: the literal and its `…FromConfig` or `…FromSecret`. */
  readonly exclusive: readonly (readonly [literal: string, source: string])[];
  readonly discriminator: string | undefined;
};

const plain = new WeakMap<readonly ObjectType[], (SpecType | undefined)[]>();
const explicitNull = new WeakMap<readonly ObjectType[], (SpecType | undefined)[]>();

/** Prepared form of an object type; computed once per type and collection rule. An unknown index gives a type without fields. */
export function specType(
  types: readonly ObjectType[],
  index: number,
  collections: "null" | undefined,
): SpecType {
  const cache = collections === "null" ? explicitNull : plain;
  const known = cache.get(types) ?? [];
  if (!cache.has(types)) cache.set(types, known);
  const type = known[index] ?? compile(types[index] ?? {}, collections);
  known[index] = type;
  return type;
}

/** A property in long form: a bare type letter means the same name at the same level. */
export function propertyDetail(property: Property): PropertyDetail {
  return typeof property === "string" ? letters[property] : property;
}

/** ARM path of a property relative to its parent's ARM object; of a variant the path of the object it is merged into. */
export function armPath(name: string, property: PropertyDetail): readonly string[] {
  if (property.p !== undefined) return property.p.split("/").filter((part) => part !== "");
  if (property.v !== undefined) return property.f === 1 ? ["properties"] : [];
  return property.f === 1 ? ["properties", name] : [name];
}

/** The properties of an object type by name, without the `!` and `?` entries. */
export function propertiesOf(type: ObjectType): [name: string, property: PropertyDetail][] {
  return Object.entries(type)
    .filter(([name]) => name !== "!" && name !== "?")
    .map(([name, property]) => [name, propertyDetail(property as Property)]);
}

const letterList: readonly TypeLetter[] = [
  ...(["s", "i", "n", "b", "j", "jo", "eo", "o", "a", "m"] as const),
  ...(["ref", "wkref", "secret", "secretmap", "config", "uai"] as const),
];
const letters = Object.fromEntries(letterList.map((t) => [t, { t }])) as Record<
  TypeLetter,
  PropertyDetail
>;

const inputTypes: ReadonlySet<TypeLetter> = new Set([
  "ref",
  "wkref",
  "secret",
  "secretmap",
  "config",
  "uai",
]);

/** True for properties whose value comes from somewhere else: another resource, a Secret or a ConfigMap. Lists and maps of them too. */
export function isInput(property: PropertyDetail): boolean {
  if (inputTypes.has(property.t)) return true;
  return property.e !== undefined && isInput(propertyDetail(property.e));
}

function compile(type: ObjectType, collections: "null" | undefined): SpecType {
  const all = propertiesOf(type).map(([name, property]) =>
    compileField(name, property, collections),
  );
  const variants = all.filter((field) => field.property.v !== undefined);
  const members = all.filter((field) => field.property.v === undefined);
  const fields = [
    ...members.filter((field) => !isInput(field.property)),
    ...members.filter((field) => isInput(field.property)),
  ];
  return {
    fields,
    variants: variants.sort((a, b) => (a.name < b.name ? -1 : 1)),
    explicit: fields.filter((field) => field.whenUnset !== "omit"),
    exclusive: exclusivePairs(fields),
    discriminator: type["?"],
  };
}

function compileField(
  name: string,
  property: PropertyDetail,
  collections: "null" | undefined,
): SpecField {
  const path = armPath(name, property);
  const isVariant = property.v !== undefined;
  return {
    name,
    property,
    containers: isVariant ? path : path.slice(0, -1),
    member: isVariant ? "" : (path.at(-1) ?? name),
    whenUnset: whenUnset(property, collections),
  };
}

function whenUnset(
  property: PropertyDetail,
  collections: "null" | undefined,
): SpecField["whenUnset"] {
  if ((property.t !== "a" && property.t !== "m") || isInput(property)) return "omit";
  if (property.x === 1) return "empty";
  return collections === "null" ? "null" : "omit";
}

function exclusivePairs(fields: readonly SpecField[]): [string, string][] {
  const pairs: [string, string][] = [];
  const literals = new Map(
    fields.filter((field) => !isInput(field.property)).map((field) => [pathKey(field), field.name]),
  );
  for (const field of fields) {
    if (field.property.t !== "config" && field.property.t !== "secret") continue;
    const literal = literals.get(pathKey(field));
    if (literal !== undefined) pairs.push([literal, field.name]);
  }
  return pairs;
}

function pathKey(field: SpecField): string {
  return [...field.containers, field.member].join("/");
}
