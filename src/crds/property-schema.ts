import type { ObjectType, Property, PropertyDetail, TypeLetter } from "../catalog/types.ts";
import { OperatorError } from "../core/errors.ts";
import type { OpenApiSchema } from "./openapi-schema.ts";

const text: OpenApiSchema = { type: "string" };

/** Any ARM id: of a subscription, a resource group, or a resource at any scope. */
export const armId: OpenApiSchema = {
  type: "string",
  pattern:
    "(?i)(^(/subscriptions/([^/]+)(/resourcegroups/([^/]+))?)?/providers/([^/]+)/([^/]+/[^/]+)(/([^/]+/[^/]+))*$|^/subscriptions/([^/]+)(/resourcegroups/([^/]+))?$)",
};

/** A reference to a custom resource of any kind or to an ARM id. */
export const reference: OpenApiSchema = {
  type: "object",
  properties: { armId, group: text, kind: text, name: text },
};

/** A key of a Secret or ConfigMap of the same namespace. */
export const keyReference: OpenApiSchema = {
  type: "object",
  required: ["key", "name"],
  properties: { key: text, name: text },
};

const wellKnownReference: OpenApiSchema = {
  type: "object",
  properties: { ...reference.properties, wellKnownName: text },
};
const secretMap: OpenApiSchema = { type: "object", required: ["name"], properties: { name: text } };
const identities: OpenApiSchema = {
  type: "array",
  items: { type: "object", properties: { reference } },
};
const anything = { "x-kubernetes-preserve-unknown-fields": true } as const;

const fixedShapes: Readonly<Record<Exclude<TypeLetter, "o" | "a" | "m">, OpenApiSchema>> = {
  s: text,
  i: { type: "integer" },
  n: { type: "number" },
  b: { type: "boolean" },
  j: anything,
  jo: { type: "object", ...anything },
  eo: { type: "object" },
  ref: reference,
  wkref: wellKnownReference,
  secret: keyReference,
  config: keyReference,
  secretmap: secretMap,
  uai: identities,
};

/** The properties of an object type as the catalog has it, and its required names. */
export function objectSchema(
  types: readonly ObjectType[],
  index: number,
): Required<Pick<OpenApiSchema, "properties">> & OpenApiSchema {
  const { "!": required, "?": _discriminator, ...properties } = typeAt(types, index);
  const schemas = Object.entries(properties).map(([name, property]) => [
    name,
    propertySchema(types, property as Property),
  ]);
  return {
    type: "object",
    ...(required === undefined ? {} : { required }),
    properties: Object.fromEntries(schemas),
  };
}

function typeAt(types: readonly ObjectType[], index: number): ObjectType {
  const type = types[index];
  if (type === undefined) throw new OperatorError("Bug", `the catalog has no type ${index}`);
  return type;
}

function propertySchema(types: readonly ObjectType[], property: Property): OpenApiSchema {
  if (typeof property === "string") return shapeOf(types, { t: property });
  return { ...shapeOf(types, property), ...limitsOf(property) };
}

function shapeOf(types: readonly ObjectType[], detail: PropertyDetail): OpenApiSchema {
  switch (detail.t) {
    case "o":
      return objectSchema(types, detail.o ?? -1);
    case "a":
      return { type: "array", items: propertySchema(types, detail.e ?? "j") };
    case "m":
      return { type: "object", additionalProperties: propertySchema(types, detail.e ?? "j") };
    default:
      return fixedShapes[detail.t];
  }
}

/**
 * What is left of a property without its shape and its place in ARM are the validation keywords. The format `int32` is not kept:
 * Azure's numbers of that format are unsigned (AS numbers), and the API server would refuse the upper half.
 */
function limitsOf(detail: PropertyDetail): OpenApiSchema {
  const { t: _t, o: _o, e: _e, f: _f, p: _p, v: _v, x: _x, u: _u, format, ...limits } = detail;
  const kept = format === undefined || format === "int32" ? {} : { format };
  return { ...limits, ...kept } as OpenApiSchema;
}
