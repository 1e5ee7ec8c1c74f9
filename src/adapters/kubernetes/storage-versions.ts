import { isJsonObject } from "../../core/json.ts";
import type { ServedKind } from "../../ports/cluster.ts";
import type { ClusterHttp } from "./cluster-http.ts";

/** A CRD upgrade is noticed after this time, or at once when a request to the old version fails. */
const validForMs = 5 * 60_000;

/** The storage version of each kind's CRD. Reads and writes there need no conversion (and no conversion webhook). */
export class StorageVersions {
  readonly #http: ClusterHttp;
  readonly #known = new Map<string, { readonly version: string; readonly until: number }>();

  constructor(http: ClusterHttp) {
    this.#http = http;
  }

  /** The storage version; undefined when the CRD does not exist. */
  async of(kind: ServedKind, signal: AbortSignal): Promise<string | undefined> {
    const known = this.known(kind);
    return known ?? (await this.#read(kind, signal));
  }

  /** The storage version if it was read before. */
  known(kind: ServedKind): string | undefined {
    const entry = this.#known.get(nameOf(kind));
    return entry !== undefined && entry.until > this.#http.clock.now() ? entry.version : undefined;
  }

  /** Drops what is known of a kind, because the server no longer knows the version. */
  forget(kind: ServedKind): void {
    this.#known.delete(nameOf(kind));
  }

  async #read(kind: ServedKind, signal: AbortSignal): Promise<string | undefined> {
    const name = nameOf(kind);
    const action = `GET customresourcedefinition ${name}`;
    const response = await this.#http.request({
      method: "GET",
      path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`,
      action,
      gzip: true,
      signal,
    });
    if (response.status === 404) {
      this.#known.delete(name);
      return undefined;
    }
    const { spec } = this.#http.objectOf(response, action);
    const versions = isJsonObject(spec) && Array.isArray(spec["versions"]) ? spec["versions"] : [];
    const stored = versions.filter(isJsonObject).find((version) => version["storage"] === true);
    if (typeof stored?.["name"] !== "string") {
      return undefined;
    }
    const until = this.#http.clock.now() + validForMs;
    this.#known.set(name, { version: stored["name"], until });
    return stored["name"];
  }
}

function nameOf(kind: ServedKind): string {
  return `${kind.plural}.${kind.group}`;
}
