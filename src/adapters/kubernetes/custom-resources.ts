import type { JsonObject } from "../../core/json.ts";
import type { CustomResource, GroupKind } from "../../core/resource/types.ts";
import type { MetadataPatch, ObjectRef, ServedKind, WriteOutcome } from "../../ports/cluster.ts";
import { readStatus } from "./cluster-errors.ts";
import type { ClusterHttp, ClusterRequest, ClusterResponse } from "./cluster-http.ts";
import type { Discovery } from "./discovery.ts";
import { toCustomResource } from "./kubernetes-object.ts";
import type { StorageVersions } from "./storage-versions.ts";

/** The name under which the controller's writes appear in `managedFields`. */
export const fieldManager = "aso-functions";

/** What reading and writing custom resources of one cluster is built from. */
export type CustomResourcesParts = {
  readonly http: ClusterHttp;
  readonly discovery: Discovery;
  readonly storage: StorageVersions;
};

/**
 * Reads and writes custom resources at the storage version of their CRD.
 * Writes are guarded by uid or resourceVersion and use merge patch or PUT: server-side apply would create an object that is gone (k8s-facts 5).
 */
export class CustomResources {
  readonly #parts: CustomResourcesParts;

  constructor(parts: CustomResourcesParts) {
    this.#parts = parts;
  }

  /** The resource; undefined when it, its namespace or its kind does not exist. */
  async get(ref: ObjectRef, signal: AbortSignal): Promise<CustomResource | undefined> {
    const kind = await this.#parts.discovery.find(ref, signal);
    const found = kind === undefined ? "unserved" : await this.#read(kind, ref, signal);
    return typeof found === "string" ? undefined : found;
  }

  /** See `Cluster.look`. */
  async look(ref: ObjectRef, signal: AbortSignal): Promise<CustomResource | "absent" | "unserved"> {
    const kind = await this.#parts.discovery.findNow(ref, signal);
    return kind === undefined ? "unserved" : await this.#read(kind, ref, signal);
  }

  async #read(
    kind: ServedKind,
    ref: ObjectRef,
    signal: AbortSignal,
  ): Promise<CustomResource | "absent" | "unserved"> {
    const { http, storage } = this.#parts;
    const action = `GET ${kind.plural}`;
    let version = await storage.of(kind, signal);
    for (let attempt = 0; version !== undefined && attempt < 2; attempt += 1) {
      const path = collectionPath(kind, version, ref.namespace, ref.name);
      const response = await http.request({ method: "GET", path, action, signal });
      if (response.status !== 404) {
        return toCustomResource(http.objectOf(response, action)) ?? "absent";
      }
      if (isObjectMissing(response, ref.name)) {
        return "absent";
      }
      // The path itself is unknown: the CRD was upgraded or removed since its storage version was read.
      storage.forget(kind);
      const now = await storage.of(kind, signal);
      version = now === version ? undefined : now;
    }
    return "unserved";
  }

  /** See `Cluster.patchMetadata`. */
  async patchMetadata(
    resource: CustomResource,
    patch: MetadataPatch,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    const { metadata } = resource;
    const replacesLists = patch.finalizers !== undefined || patch.ownerReferences !== undefined;
    const guarded = {
      uid: metadata.uid,
      ...(replacesLists ? { resourceVersion: metadata.resourceVersion } : {}),
    };
    const body = JSON.parse(JSON.stringify({ metadata: { ...guarded, ...patch } })) as JsonObject;
    return await this.#write(resource, "", signal, {
      method: "PATCH",
      body,
      contentType: "application/merge-patch+json",
    });
  }

  /** See `Cluster.replaceStatus`. */
  async replaceStatus(
    resource: CustomResource,
    status: JsonObject,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    const { apiVersion, kind, metadata } = resource;
    const { name, namespace, uid, resourceVersion } = metadata;
    const guarded = { name, namespace: namespace ?? "", uid, resourceVersion };
    return await this.#write(resource, "/status", signal, {
      method: "PUT",
      body: { apiVersion, kind, metadata: guarded, status },
    });
  }

  async #write(
    resource: CustomResource,
    subresource: string,
    signal: AbortSignal,
    request: Pick<ClusterRequest, "method" | "contentType" | "body">,
  ): Promise<WriteOutcome> {
    const { http, discovery, storage } = this.#parts;
    const { name, namespace } = resource.metadata;
    const { group, version } = splitApiVersion(resource.apiVersion);
    const kind = await discovery.find({ group, kind: resource.kind }, signal);
    if (kind === undefined) {
      return { kind: "notFound" };
    }
    const action = `${request.method} ${kind.plural}${subresource}`;
    // At the version it was read at: the content was computed for that one.
    const path = `${collectionPath(kind, version, namespace, name)}${subresource}?fieldManager=${fieldManager}`;
    const response = await http.request({ ...request, path, action, signal });
    if (response.status === 404 && !isObjectMissing(response, name)) {
      storage.forget(kind);
      return { kind: "conflict" };
    }
    return toOutcome(http, response, action);
  }
}

function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const [group = "", version = ""] = apiVersion.split("/", 2);
  return { group, version };
}

/** Path of a kind's collection, of one namespace or of all, or of one object in it. */
export function collectionPath(
  kind: GroupKind & Pick<ServedKind, "plural">,
  version: string,
  namespace?: string,
  name?: string,
): string {
  const scope = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  const object = name === undefined ? "" : `/${encodeURIComponent(name)}`;
  return `/apis/${kind.group}/${version}${scope}/${kind.plural}${object}`;
}

/** A 404 about the object itself; a path that the server does not know has a plain text body. */
function isObjectMissing(response: ClusterResponse, name: string): boolean {
  return readStatus(response.text).name === name;
}

function toOutcome(http: ClusterHttp, response: ClusterResponse, action: string): WriteOutcome {
  const status = readStatus(response.text);
  switch (response.status) {
    case 200:
    case 201: {
      const resource = toCustomResource(http.objectOf(response, action));
      if (resource === undefined) {
        throw http.answered(response, action, "the object it returned has no metadata.");
      }
      return { kind: "written", resource };
    }
    case 404:
      return { kind: "notFound" };
    case 409:
      return { kind: "conflict" };
    case 400:
    case 403:
    case 413:
    case 422:
      // The object of another uid under the same name: 422 on `metadata.uid`.
      return /metadata\.uid/.test(status.message)
        ? { kind: "conflict" }
        : { kind: "rejected", message: status.message };
    default:
      throw http.answered(response, action);
  }
}
