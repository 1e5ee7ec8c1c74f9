import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { GroupKind } from "../../core/resource/types.ts";
import type { ServedKind } from "../../ports/cluster.ts";
import type { ClusterHttp } from "./cluster-http.ts";

const aggregated = [
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
  "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
  "application/json",
].join(",");

/** A kind that this process does not know yet is looked up at most this often. */
const refreshPauseMs = 5_000;

type Cached = { readonly etag: string; readonly kinds: readonly ServedKind[] };

/**
 * Which kinds of `*.azure.com` groups the cluster serves. Aggregated discovery is one request with an ETag;
 * servers before Kubernetes 1.27 answer with a plain list and are asked once per group and version.
 * Versions that end in `storage` (ASO's own hub versions) are not offered: nobody writes them.
 */
export class Discovery {
  readonly #http: ClusterHttp;
  #cached: Cached | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(http: ClusterHttp) {
    this.#http = http;
  }

  /** Asks the server; 304 costs no body. */
  async servedKinds(signal: AbortSignal): Promise<readonly ServedKind[]> {
    const etag = this.#cached?.etag ?? "";
    const response = await this.#http.request({
      method: "GET",
      path: "/apis",
      action: "GET discovery",
      accept: aggregated,
      headers: etag === "" ? {} : { "if-none-match": etag },
      gzip: true,
      signal,
    });
    this.#readAt = this.#http.clock.now();
    if (response.status === 304 && this.#cached !== undefined) {
      return this.#cached.kinds;
    }
    const body = this.#http.objectOf(response, "GET discovery");
    const kinds =
      body["kind"] === "APIGroupDiscoveryList"
        ? objects(body["items"]).flatMap(kindsOfGroup)
        : await this.#readPlain(body, signal);
    this.#cached = { etag: response.headers["etag"] ?? "", kinds };
    return kinds;
  }

  /** The served kind, from what is known; asks the server once more when it is unknown. */
  async find(wanted: GroupKind, signal: AbortSignal): Promise<ServedKind | undefined> {
    const known = this.#known(wanted);
    if (known !== undefined || this.#http.clock.now() - this.#readAt < refreshPauseMs) {
      return known;
    }
    return this.findNow(wanted, signal);
  }

  /** As {@link find}, but an unknown kind is looked up however recently the server was asked. */
  async findNow(wanted: GroupKind, signal: AbortSignal): Promise<ServedKind | undefined> {
    const known = this.#known(wanted);
    if (known !== undefined) return known;
    await this.servedKinds(signal);
    return this.#known(wanted);
  }

  #known(wanted: GroupKind): ServedKind | undefined {
    return this.#cached?.kinds.find(
      (kind) => kind.group === wanted.group && kind.kind === wanted.kind,
    );
  }

  async #readPlain(groupList: JsonObject, signal: AbortSignal): Promise<readonly ServedKind[]> {
    const merged = new Map<string, ServedKind>();
    for (const group of objects(groupList["groups"])) {
      const name = text(group["name"]);
      for (const version of isOurs(name) ? objects(group["versions"]) : []) {
        const list = await this.#http.requireObject({
          method: "GET",
          path: `/apis/${text(version["groupVersion"])}`,
          action: "GET discovery",
          signal,
        });
        for (const resource of objects(list["resources"])) {
          addVersion(merged, name, text(version["version"]), resource);
        }
      }
    }
    return [...merged.values()];
  }
}

function addVersion(
  merged: Map<string, ServedKind>,
  group: string,
  version: string,
  resource: JsonObject,
): void {
  const plural = text(resource["name"]);
  const kind = text(resource["kind"]);
  if (plural.includes("/") || resource["namespaced"] !== true || !isOffered(version)) {
    return;
  }
  const versions = merged.get(plural + group)?.versions ?? [];
  merged.set(plural + group, { group, kind, plural, versions: [...versions, version] });
}

function kindsOfGroup(item: JsonObject): readonly ServedKind[] {
  const group = text(isJsonObject(item["metadata"]) ? item["metadata"]["name"] : "");
  if (!isOurs(group)) {
    return [];
  }
  const merged = new Map<string, ServedKind>();
  for (const version of objects(item["versions"])) {
    for (const resource of objects(version["resources"])) {
      const responseKind = resource["responseKind"];
      const kind = isJsonObject(responseKind) ? responseKind["kind"] : "";
      addVersion(merged, group, text(version["version"]), {
        name: resource["resource"] ?? "",
        kind: kind ?? "",
        namespaced: resource["scope"] === "Namespaced",
      });
    }
  }
  return [...merged.values()];
}

function isOurs(group: string): boolean {
  return group.endsWith(".azure.com");
}

function isOffered(version: string): boolean {
  return !version.endsWith("storage");
}

function objects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}
