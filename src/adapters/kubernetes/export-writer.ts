import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { OwnerReference } from "../../core/resource/types.ts";
import type { Secret } from "../../core/secret.ts";
import type { ExportObject } from "../../ports/cluster.ts";
import { readStatus } from "./cluster-errors.ts";
import type { ClusterHttp, ClusterResponse } from "./cluster-http.ts";
import { fieldManager } from "./custom-resources.ts";
import { stringMap, toObjectMeta } from "./kubernetes-object.ts";

/** How often a write that met another writer is tried with what is there now. */
const maxAttempts = 3;

/**
 * Writes exported Secrets and ConfigMaps: whole content, only over objects that the exporting resource owns (aso-semantics 8.6).
 * Unlike ASO's, the replacement carries a resourceVersion, and equal content is not written.
 */
export class ExportWriter {
  readonly #http: ClusterHttp;

  constructor(http: ClusterHttp) {
    this.#http = http;
  }

  /** See `Cluster.writeExport`. Throws OperatorError `ClusterAnswered` when the server refuses the content. */
  async write(
    target: ExportObject,
    signal: AbortSignal,
  ): Promise<"written" | "unchanged" | "notOwned"> {
    for (let attempt = 1; ; attempt += 1) {
      const result = await this.#tryOnce(target, signal);
      if (typeof result === "string") {
        return result;
      }
      const raced = result.status === 409 || result.status === 404;
      if (!raced || attempt === maxAttempts) {
        throw this.#refused(result, `write ${target.kind} "${target.namespace}/${target.name}"`);
      }
    }
  }

  /** The outcome, or the answer to a write that the server did not take. */
  async #tryOnce(
    target: ExportObject,
    signal: AbortSignal,
  ): Promise<"written" | "unchanged" | "notOwned" | ClusterResponse> {
    const plural = target.kind === "Secret" ? "secrets" : "configmaps";
    const collection = `/api/v1/namespaces/${encodeURIComponent(target.namespace)}/${plural}`;
    const path = `${collection}/${encodeURIComponent(target.name)}`;
    const action = `GET ${plural}`;
    const found = await this.#http.request({ method: "GET", path, action, signal });
    const existing = found.status === 404 ? undefined : this.#http.objectOf(found, action);
    if (existing !== undefined && !isOwned(existing, target.owner)) {
      return "notOwned";
    }
    const body = contentOf(target, existing);
    if (existing !== undefined && hasContent(existing, body)) {
      return "unchanged";
    }
    const method = existing === undefined ? "POST" : "PUT";
    const response = await this.#http.request({
      method,
      path: `${existing === undefined ? collection : path}?fieldManager=${fieldManager}`,
      action: `${method} ${plural}`,
      body,
      signal,
    });
    return response.status === 200 || response.status === 201 ? "written" : response;
  }

  #refused(response: ClusterResponse, action: string): Error {
    // The server's message may quote the content of a Secret; its reason does not.
    const { reason } = readStatus(response.text);
    return this.#http.answered(response, action, `${reason === "" ? "refused" : reason}.`);
  }
}

function contentOf(target: ExportObject, existing: JsonObject | undefined): JsonObject {
  const held = toObjectMeta(existing?.["metadata"]);
  const type = existing?.["type"];
  return {
    apiVersion: "v1",
    kind: target.kind,
    metadata: {
      name: target.name,
      namespace: target.namespace,
      annotations: { ...target.annotations },
      labels: { ...target.labels },
      ownerReferences: [ownerJson(target.owner)],
      ...(held === undefined ? {} : { uid: held.uid, resourceVersion: held.resourceVersion }),
    },
    data: Object.fromEntries(
      Object.entries(target.data).map(([key, value]) => [key, encode(target.kind, value)]),
    ),
    // The type of a Secret cannot change.
    ...(target.kind === "Secret" && typeof type === "string" ? { type } : {}),
  };
}

function encode(kind: ExportObject["kind"], value: Secret<string>): string {
  return kind === "Secret"
    ? Buffer.from(value.reveal(), "utf8").toString("base64")
    : value.reveal();
}

function ownerJson(owner: OwnerReference): JsonObject {
  const { apiVersion, kind, name, uid } = owner;
  return { apiVersion, kind, name, uid };
}

function isOwned(existing: JsonObject, owner: OwnerReference): boolean {
  const references = toObjectMeta(existing["metadata"])?.ownerReferences ?? [];
  return references.some((reference) => reference.uid === owner.uid);
}

function hasContent(existing: JsonObject, wanted: JsonObject): boolean {
  const held = isJsonObject(existing["metadata"]) ? existing["metadata"] : {};
  const goal = isJsonObject(wanted["metadata"]) ? wanted["metadata"] : {};
  const references = toObjectMeta(held)?.ownerReferences ?? [];
  const [reference] = references;
  return (
    existing["binaryData"] === undefined &&
    sameMap(existing["data"], wanted["data"]) &&
    sameMap(held["annotations"], goal["annotations"]) &&
    sameMap(held["labels"], goal["labels"]) &&
    references.length === 1 &&
    reference !== undefined &&
    JSON.stringify([ownerJson(reference)]) === JSON.stringify(goal["ownerReferences"])
  );
}

function sameMap(held: JsonValue | undefined, wanted: JsonValue | undefined): boolean {
  const left = stringMap(held);
  const right = stringMap(wanted);
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => left[key] === right[key]);
}
