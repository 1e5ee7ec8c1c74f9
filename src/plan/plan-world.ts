import { loadGroup } from "../catalog/index.ts";
import type { CatalogGroup } from "../catalog/types.ts";
import { type KindVersion, resolveKindVersion } from "../core/convert/kind-version.ts";
import type { ReadSecret } from "../core/goal/resolvers.ts";
import { canonicalJson } from "../core/hash.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import type { CustomResource } from "../core/resource/types.ts";
import { Secret } from "../core/secret.ts";

/** An object of a manifest; `where` names its file for messages. */
export type PlanObject = { readonly object: JsonObject; readonly where: string };

/** A custom resource at the version it is written in. */
export type KnownResource = {
  readonly resource: CustomResource;
  readonly version: KindVersion;
  readonly group: CatalogGroup;
};

/** The objects of the manifests, by {@link nameKey} and {@link resourceKey}. */
export type PlanWorld = {
  readonly resources: ReadonlyMap<string, KnownResource>;
  readonly secrets: ReadonlyMap<string, ReadSecret>;
  readonly configMaps: ReadonlyMap<string, { readonly data: Readonly<Record<string, string>> }>;
  /** Annotations of Namespaces. */
  readonly namespaces: ReadonlyMap<string, Readonly<Record<string, string>>>;
};

/** The world, or why the manifests cannot be used at all. */
export type WorldReading =
  | { readonly kind: "world"; readonly world: PlanWorld }
  | { readonly kind: "unusable"; readonly reason: string };

/** Identifies a Secret or ConfigMap. */
export function nameKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** Identifies a custom resource without regard to its API version. Keys sort by namespace first. */
export function resourceKey(
  namespace: string,
  target: { readonly group: string; readonly kind: string; readonly name: string },
): string {
  return `${namespace}/${target.group}/${target.kind}/${target.name}`;
}

/** Stands for the uid that a cluster will give. */
const noUid = "00000000-0000-0000-0000-000000000000";

type Unusable = { readonly reason: string };

/**
 * Sorts objects into the world. Kinds that have nothing to do with Azure are passed over; the same object may be there twice, two
 * different ones of one name may not. Without a namespace an object is in `default`.
 */
export async function readWorld(objects: readonly PlanObject[]): Promise<WorldReading> {
  const resources = new Map<string, KnownResource>();
  const secrets = new Map<string, ReadSecret>();
  const configMaps = new Map<string, { data: Record<string, string> }>();
  const namespaces = new Map<string, Record<string, string>>();
  const twice = contradiction(objects);
  if (twice !== undefined) return { kind: "unusable", reason: twice };
  for (const { object, where } of objects) {
    const meta = metadataOf(object);
    const key = nameKey(meta.namespace, meta.name);
    switch (typeOf(object)) {
      case "v1/Namespace":
        namespaces.set(meta.name, meta.annotations);
        break;
      case "v1/ConfigMap":
        configMaps.set(key, { data: texts(object["data"]) });
        break;
      case "v1/Secret": {
        const data = secretData(object);
        if (data === undefined) {
          return { kind: "unusable", reason: `${where}: data of Secret ${key} is not Base64` };
        }
        secrets.set(key, { uid: "", resourceVersion: "", data });
        break;
      }
      default: {
        const known = await knownResource(object);
        if (known === undefined) break;
        if ("reason" in known) return { kind: "unusable", reason: `${where}: ${known.reason}` };
        const { kind, group } = known.version;
        resources.set(resourceKey(meta.namespace, { group, kind, name: meta.name }), known);
      }
    }
  }
  return { kind: "world", world: { resources, secrets, configMaps, namespaces } };
}

function contradiction(objects: readonly PlanObject[]): string | undefined {
  const seen = new Map<string, { readonly text: string; readonly where: string }>();
  for (const { object, where } of objects) {
    const { namespace, name } = metadataOf(object);
    const group = typeOf(object).replace(/\/[^/]*\//, "/");
    const key = `${group} ${nameKey(namespace, name)}`;
    const text = canonicalJson(object);
    const other = seen.get(key);
    if (other !== undefined && other.text !== text) {
      const [first, second] = [other.where, where].toSorted();
      const files = first === second ? `twice in ${first}` : `in ${first} and in ${second}`;
      return `${String(object["kind"])} ${nameKey(namespace, name)} is ${files}, and differs`;
    }
    seen.set(key, { text, where });
  }
  return undefined;
}

/** Undefined: not a kind of Azure. */
async function knownResource(object: JsonObject): Promise<KnownResource | Unusable | undefined> {
  const apiVersion = String(object["apiVersion"]);
  const kind = String(object["kind"]);
  const [groupName = "", versionName = ""] = apiVersion.split("/");
  if (!groupName.endsWith(".azure.com")) return undefined;
  const group = await loadGroup(groupName);
  const entry =
    group !== undefined && Object.hasOwn(group.kinds, kind) ? group.kinds[kind] : undefined;
  if (group === undefined || entry === undefined)
    return { reason: `no kind ${kind} in group ${groupName}` };
  const version = Object.hasOwn(entry.versions, versionName)
    ? resolveKindVersion(group, kind, versionName)
    : undefined;
  if (version === undefined) {
    const names = Object.keys(entry.versions).join(", ");
    return { reason: `${kind} has no version ${versionName}; it has ${names}` };
  }
  return { resource: resourceOf(object), version, group };
}

function resourceOf(object: JsonObject): CustomResource {
  const { name, namespace, annotations, uid } = metadataOf(object);
  return {
    apiVersion: String(object["apiVersion"]),
    kind: String(object["kind"]),
    metadata: {
      ...{ name, namespace, annotations },
      uid: uid === "" ? noUid : uid,
      resourceVersion: "",
    },
    ...(isJsonObject(object["spec"]) ? { spec: object["spec"] } : {}),
  };
}

function typeOf(object: JsonObject): string {
  return `${String(object["apiVersion"])}/${String(object["kind"])}`;
}

function metadataOf(object: JsonObject) {
  const meta = isJsonObject(object["metadata"]) ? object["metadata"] : {};
  const namespace = textOf(meta["namespace"]);
  return {
    name: textOf(meta["name"]),
    namespace: namespace === "" ? "default" : namespace,
    uid: textOf(meta["uid"]),
    annotations: texts(meta["annotations"]),
  };
}

/** As the API server merges them: `stringData` wins. A value that is not UTF-8 stands as its Base64 text. */
function secretData(object: JsonObject): Record<string, Secret<string>> | undefined {
  const decoded = Object.entries(texts(object["data"])).map(
    ([key, value]) => [key, decodeBase64(value)] as const,
  );
  const data: Record<string, Secret<string>> = {};
  for (const [key, value] of [...decoded, ...Object.entries(texts(object["stringData"]))]) {
    if (value === undefined) return undefined;
    data[key] = new Secret(value);
  }
  return data;
}

function decodeBase64(value: string): string | undefined {
  const text = value.replace(/\s/g, "");
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text))
    return undefined;
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const decoded = new TextDecoder().decode(bytes);
  return decoded.includes("\uFFFD") ? text : decoded;
}

function texts(value: JsonValue | undefined): Record<string, string> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, textOf(one)]));
}

function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : String(value);
}
