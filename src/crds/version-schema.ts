import type { CatalogGroup, CatalogKind, CatalogVersion } from "../catalog/types.ts";
import { OperatorError } from "../core/errors.ts";
import type { OpenApiSchema } from "./openapi-schema.ts";
import { armId, keyReference, objectSchema, reference } from "./property-schema.ts";

const text: OpenApiSchema = { type: "string" };
const texts: OpenApiSchema = { type: "object", additionalProperties: text };

/** Where an exported value goes: a key of a Secret or ConfigMap of the same namespace. */
const destination: OpenApiSchema = {
  type: "object",
  required: ["key", "name"],
  properties: { annotations: texts, key: text, labels: texts, name: text },
};

/** A CEL expression and where its value goes. */
const expressions: OpenApiSchema = {
  type: "array",
  items: {
    type: "object",
    required: ["name", "value"],
    properties: { annotations: texts, key: text, labels: texts, name: text, value: text },
  },
};

const conditions: OpenApiSchema = {
  type: "array",
  items: {
    type: "object",
    required: ["lastTransitionTime", "reason", "status", "type"],
    properties: {
      lastTransitionTime: { type: "string", format: "date-time" },
      message: text,
      observedGeneration: { type: "integer", format: "int64" },
      reason: text,
      severity: text,
      status: text,
      type: text,
    },
  },
};

/** The version itself, or the one it shares its content with. Throws an OperatorError for a version the kind does not have. */
function resolveVersion(kind: CatalogKind, name: string): CatalogVersion {
  const version = kind.versions[name];
  if (version === undefined) throw new OperatorError("Bug", `the catalog has no version ${name}`);
  return version.same === undefined ? version : resolveVersion(kind, version.same);
}

/** ASO's own schema of a kind at one version: everything but descriptions and the format `int32`. */
export function versionSchema(group: CatalogGroup, kind: CatalogKind, name: string): OpenApiSchema {
  const version = resolveVersion(kind, name);
  return {
    type: "object",
    properties: {
      apiVersion: text,
      kind: text,
      metadata: { type: "object" },
      spec: specSchema(group, kind, version),
      status: statusSchema(group, version),
    },
  };
}

function specSchema(
  group: CatalogGroup,
  kind: CatalogKind,
  version: CatalogVersion,
): OpenApiSchema {
  const body = version.spec === undefined ? {} : objectSchema(group.types, version.spec).properties;
  return {
    type: "object",
    ...(version.req === undefined ? {} : { required: version.req }),
    properties: {
      ...body,
      ...nameProperties(version),
      ...(kind.owner === undefined ? {} : { owner: ownerSchema(kind) }),
      ...operatorSpecProperty(kind, version),
    },
  };
}

function nameProperties(version: CatalogVersion): Record<string, OpenApiSchema> {
  if (version.fixedName !== undefined || version.noName === 1) return {};
  return {
    azureName: { ...text, ...version.name },
    ...(version.nameFromConfig === 1 ? { azureNameFromConfig: keyReference } : {}),
  };
}

function ownerSchema(kind: CatalogKind): OpenApiSchema {
  if (kind.owner === "*") return reference;
  if (kind.ownerByName === 1) {
    return { type: "object", required: ["name"], properties: { name: text } };
  }
  return { type: "object", properties: { armId, name: text } };
}

function operatorSpecProperty(
  kind: CatalogKind,
  version: CatalogVersion,
): Record<string, OpenApiSchema> {
  if (kind.nonArm === 1 && version.op === undefined) return {};
  const properties: Record<string, OpenApiSchema> = {
    ...(version.op as Record<string, OpenApiSchema> | undefined),
    ...(kind.nonArm === 1
      ? {}
      : { configMapExpressions: expressions, secretExpressions: expressions }),
    ...(version.cm === undefined ? {} : { configMaps: destinations(version.cm) }),
    ...(version.sec === undefined ? {} : { secrets: destinations(version.sec) }),
  };
  return { operatorSpec: { type: "object", properties } };
}

function destinations(keys: readonly string[]): OpenApiSchema {
  return {
    type: "object",
    properties: Object.fromEntries(keys.map((key) => [key, destination])),
  };
}

function statusSchema(group: CatalogGroup, version: CatalogVersion): OpenApiSchema {
  const { properties, ...rest } =
    version.status === undefined
      ? { type: "object" as const, properties: {} }
      : objectSchema(group.types, version.status);
  return { ...rest, properties: { ...properties, conditions } };
}
