import { createHash } from "node:crypto";
import type { JsonObject, JsonValue } from "../../../core/json.ts";
import { groupVersion, type ResourceType, servedVersion } from "../store/resource-type.ts";
import type { TypeRegistry } from "../store/type-registry.ts";
import { type ApiRequest, type BodyAnswer, jsonAnswer, textAnswer } from "./exchange.ts";
import { discoveryVersion } from "./negotiate.ts";
import { type Route, reviewGroups } from "./route.ts";

type DiscoveryRoute = Extract<Route, { kind: "discovery" }>;

const allVerbs = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "update",
  "watch",
];
const statusVerbs = ["get", "patch", "update"];

/** Answers `/api`, `/apis`, `/apis/<group>` and `/apis/<group>/<version>`; aggregated where the client asks for it. */
export function discoveryAnswer(
  types: TypeRegistry,
  route: DiscoveryRoute,
  request: ApiRequest,
): BodyAnswer {
  const isRoot = route.group === "" && route.version === "";
  const aggregated = discoveryVersion(request.accept);
  if (isRoot && aggregated !== undefined) {
    return aggregatedAnswer(types, route.root, aggregated, request.ifNoneMatch);
  }
  if (isRoot) return jsonAnswer(200, route.root === "api" ? apiVersions() : groupList(types));
  if (route.root === "apis" && route.version === "") return groupAnswer(types, route.group);
  const resources = resourceList(types, route.group, route.version);
  if (resources === undefined) return textAnswer(404, "404 page not found\n");
  const gv = groupVersion(route.group, route.version);
  return jsonAnswer(200, {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: gv,
    resources,
  });
}

function apiVersions(): JsonObject {
  return {
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: "" }],
  };
}

function groupNames(types: TypeRegistry): string[] {
  return [...Object.keys(reviewGroups), ...types.groups()];
}

function versionNames(types: TypeRegistry, group: string): string[] {
  return reviewGroups[group] === undefined ? types.versionsOf(group) : ["v1"];
}

function groupList(types: TypeRegistry): JsonObject {
  const groups = groupNames(types).map((group) => groupJson(types, group));
  return { kind: "APIGroupList", apiVersion: "v1", groups };
}

function groupJson(types: TypeRegistry, name: string): JsonObject {
  const versions = versionNames(types, name).map((version) => ({
    groupVersion: groupVersion(name, version),
    version,
  }));
  return { name, versions, preferredVersion: versions[0] ?? null };
}

function groupAnswer(types: TypeRegistry, group: string): BodyAnswer {
  if (!groupNames(types).includes(group)) return textAnswer(404, "404 page not found\n");
  return jsonAnswer(200, { kind: "APIGroup", apiVersion: "v1", ...groupJson(types, group) });
}

function resourceList(
  types: TypeRegistry,
  group: string,
  version: string,
): JsonObject[] | undefined {
  const reviews = reviewGroups[group];
  if (reviews !== undefined) {
    if (version !== "v1") return undefined;
    return Object.entries(reviews).map(([name, kind]) => ({
      name,
      singularName: kind.toLowerCase(),
      namespaced: false,
      kind,
      verbs: ["create"],
    }));
  }
  const served = types.servedAt(group, version);
  return served.length === 0 ? undefined : served.flatMap((type) => resourceEntries(type, version));
}

function resourceEntries(type: ResourceType, version: string): JsonObject[] {
  const entry: JsonObject = {
    name: type.plural,
    singularName: type.singular,
    namespaced: type.namespaced,
    kind: type.kind,
    verbs: verbsOf(type),
  };
  if (type.shortNames.length > 0) entry["shortNames"] = [...type.shortNames];
  if (type.categories.length > 0) entry["categories"] = [...type.categories];
  const parts = subresources(type, version).map((part) => ({
    name: `${type.plural}/${part.name}`,
    singularName: "",
    namespaced: type.namespaced,
    ...(part.group === undefined ? {} : { group: part.group, version: "v1" }),
    kind: part.kind,
    verbs: part.verbs,
  }));
  return [entry, ...parts];
}

function verbsOf(type: ResourceType): string[] {
  const isNamespace = type.group === "" && type.plural === "namespaces";
  return isNamespace ? allVerbs.filter((verb) => verb !== "deletecollection") : allVerbs;
}

type Part = { name: string; kind: string; verbs: string[]; group?: string };

function subresources(type: ResourceType, version: string): Part[] {
  const parts: Part[] = [];
  if (type.group === "" && type.plural === "namespaces") {
    parts.push({ name: "finalize", kind: type.kind, verbs: ["update"] });
  }
  if (servedVersion(type, version)?.hasStatus === true) {
    parts.push({ name: "status", kind: type.kind, verbs: statusVerbs });
  }
  if (type.group === "" && type.plural === "serviceaccounts") {
    const group = "authentication.k8s.io";
    parts.push({ name: "token", kind: "TokenRequest", verbs: ["create"], group });
  }
  return parts;
}

const cache = new WeakMap<
  TypeRegistry,
  Map<string, { generation: number; text: string; etag: string }>
>();

function aggregatedAnswer(
  types: TypeRegistry,
  root: "api" | "apis",
  version: "v2" | "v2beta1",
  ifNoneMatch: string,
): BodyAnswer {
  const documents = cache.get(types) ?? new Map();
  cache.set(types, documents);
  const key = `${root} ${version}`;
  let document = documents.get(key);
  if (document === undefined || document.generation !== types.generation) {
    const text = JSON.stringify(aggregatedList(types, root, version));
    const etag = `"${createHash("sha256").update(text).digest("hex").toUpperCase()}"`;
    document = { generation: types.generation, text, etag };
    documents.set(key, document);
  }
  const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
  const headers = { etag: document.etag, vary: "Accept", "cache-control": "public" };
  if (ifNoneMatch === document.etag)
    return { kind: "body", code: 304, contentType, text: "", headers };
  return { kind: "body", code: 200, contentType, text: document.text, headers };
}

function aggregatedList(types: TypeRegistry, root: "api" | "apis", version: string): JsonObject {
  const groups = root === "api" ? [""] : groupNames(types);
  const items = groups.map((group) => ({
    metadata: group === "" ? {} : { name: group },
    versions: versionNames(types, group).map((name) => ({
      version: name,
      resources: aggregatedResources(types, group, name),
      freshness: "Current",
    })),
  }));
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items,
  };
}

function aggregatedResources(types: TypeRegistry, group: string, version: string): JsonValue[] {
  const reviews = reviewGroups[group];
  if (reviews !== undefined) {
    return Object.entries(reviews).map(([resource, kind]) => ({
      resource,
      responseKind: { group, version, kind },
      scope: "Cluster",
      singularResource: kind.toLowerCase(),
      verbs: ["create"],
    }));
  }
  return types.servedAt(group, version).map((type) => aggregatedResource(type, version));
}

function aggregatedResource(type: ResourceType, version: string): JsonObject {
  const { group, kind } = type;
  const resource: JsonObject = {
    resource: type.plural,
    responseKind: { group, version, kind },
    scope: type.namespaced ? "Namespaced" : "Cluster",
    singularResource: type.singular,
    verbs: verbsOf(type),
  };
  if (type.shortNames.length > 0) resource["shortNames"] = [...type.shortNames];
  if (type.categories.length > 0) resource["categories"] = [...type.categories];
  const parts = subresources(type, version);
  if (parts.length > 0) {
    resource["subresources"] = parts.map((part) => ({
      subresource: part.name,
      responseKind: {
        group: part.group ?? group,
        version: part.group ? "v1" : version,
        kind: part.kind,
      },
      verbs: part.verbs,
    }));
  }
  return resource;
}
