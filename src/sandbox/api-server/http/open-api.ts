import { createHash } from "node:crypto";
import type { JsonObject } from "../../../core/json.ts";
import { metadataSchema } from "../schema/object-schema.ts";
import type { Schema } from "../schema/schema.ts";
import { type ResourceType, servedVersion, type TypeVersion } from "../store/resource-type.ts";
import type { TypeRegistry } from "../store/type-registry.ts";
import { type BodyAnswer, jsonAnswer, textAnswer } from "./exchange.ts";

const metadataName = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const prefix = "/openapi/v3";

const v2Type = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
/** An OpenAPI v2 document in protobuf: `swagger` 2.0, an empty `info`, no paths. kubectl asks it about kinds that v3 does not know. */
const emptyV2 = "\n\u00032.0\u0012\u0000B\u0000";

/**
 * OpenAPI v3, as much as kubectl needs: an index with a hash per group-version and, per group-version, the schemas of its
 * kinds and the parameters of its writes. Undefined for other paths.
 */
export function openApiAnswer(types: TypeRegistry, path: string): BodyAnswer | undefined {
  if (path === prefix || path === `${prefix}/`) return jsonAnswer(200, index(types));
  if (path === "/openapi/v2") {
    return { kind: "body", code: 200, contentType: v2Type, text: emptyV2, headers: {} };
  }
  if (!path.startsWith(`${prefix}/`)) return undefined;
  const [root, ...rest] = path.slice(prefix.length + 1).split("/");
  const [group, version] = root === "api" ? ["", rest[0]] : [rest[0], rest[1]];
  const served = types.servedAt(group ?? "", version ?? "");
  if (served.length === 0 || version === undefined) return textAnswer(404, "404 page not found\n");
  return jsonAnswer(200, document(served, version));
}

function index(types: TypeRegistry): JsonObject {
  const paths: JsonObject = {};
  for (const group of ["", ...types.groups()]) {
    for (const version of types.versionsOf(group)) {
      const path = group === "" ? `api/${version}` : `apis/${group}/${version}`;
      const hash = createHash("sha256");
      for (const type of types.servedAt(group, version)) hash.update(schemaHash(type, version));
      const url = `${prefix}/${path}?hash=${hash.digest("hex").toUpperCase()}`;
      paths[path] = { serverRelativeURL: url };
    }
  }
  return { paths };
}

const hashes = new WeakMap<TypeVersion, string>();

function schemaHash(type: ResourceType, versionName: string): string {
  const version = servedVersion(type, versionName);
  if (version === undefined) return "";
  let hash = hashes.get(version);
  if (hash === undefined) {
    const text = JSON.stringify([type.kind, type.plural, version.schema]);
    hash = createHash("sha256").update(text).digest("hex");
    hashes.set(version, hash);
  }
  return hash;
}

function document(types: readonly ResourceType[], version: string): JsonObject {
  const schemas: JsonObject = { [metadataName]: schemaJson(metadataSchema) };
  const paths: JsonObject = {};
  for (const type of types) {
    const gvk = { group: type.group, version, kind: type.kind };
    schemas[schemaName(type, version)] = kindSchema(type, version, gvk);
    Object.assign(paths, typePaths(type, version, gvk));
  }
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "sandbox" },
    paths,
    components: { schemas },
  };
}

function schemaName(type: ResourceType, version: string): string {
  const group = type.group === "" ? "core" : type.group;
  return `${group.split(".").reverse().join(".")}.${version}.${type.kind}`;
}

function kindSchema(type: ResourceType, versionName: string, gvk: JsonObject): JsonObject {
  const schema = servedVersion(type, versionName)?.schema ?? {};
  const json = schemaJson(schema);
  const properties = json["properties"] as JsonObject;
  return {
    ...json,
    properties: {
      ...properties,
      apiVersion: {
        type: "string",
        description: "APIVersion defines the versioned schema of this representation of an object.",
      },
      kind: {
        type: "string",
        description: "Kind is the REST resource that this object represents, in CamelCase.",
      },
      metadata: {
        description: "Standard object's metadata.",
        allOf: [{ $ref: `#/components/schemas/${metadataName}` }],
      },
    },
    "x-kubernetes-group-version-kind": [gvk],
  };
}

/** A Schema is JSON; only its type says less. */
function schemaJson(schema: Schema): JsonObject {
  return schema as unknown as JsonObject;
}

const writeParameters = ["dryRun", "fieldManager", "fieldValidation", "force"].map((name) => ({
  name,
  in: "query",
  schema: { type: name === "force" ? "boolean" : "string", uniqueItems: true },
}));

function typePaths(type: ResourceType, version: string, gvk: JsonObject): JsonObject {
  const root = type.group === "" ? `/api/${version}` : `/apis/${type.group}/${version}`;
  const collection = `${root}${type.namespaced ? "/namespaces/{namespace}" : ""}/${type.plural}`;
  const schema = { $ref: `#/components/schemas/${schemaName(type, version)}` };
  const responses = {
    "200": { description: "OK", content: { "application/json": { schema } } },
  };
  const operation = (
    action: string,
    parameters: JsonObject[],
    contentTypes: readonly string[],
  ) => ({
    parameters,
    ...(contentTypes.length === 0
      ? {}
      : {
          requestBody: {
            content: Object.fromEntries(contentTypes.map((name) => [name, { schema }])),
          },
        }),
    responses,
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": gvk,
  });
  const patches = [
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
  ];
  const json = ["application/json"];
  return {
    [collection]: {
      get: operation("list", [], []),
      post: operation("post", writeParameters, json),
      delete: operation("deletecollection", [], []),
    },
    [`${collection}/{name}`]: {
      get: operation("get", [], []),
      put: operation("put", writeParameters, json),
      patch: operation("patch", writeParameters, patches),
      delete: operation("delete", [], []),
    },
  };
}
