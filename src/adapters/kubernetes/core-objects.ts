import { isForbidden, OperatorError } from "../../core/errors.ts";
import { isJsonObject, type JsonObject } from "../../core/json.ts";
import { annotations } from "../../core/resource/names.ts";
import { Secret } from "../../core/secret.ts";
import type { ConfigMapObject, SecretObject } from "../../ports/cluster.ts";
import { readStatus } from "./cluster-errors.ts";
import type { ClusterHttp } from "./cluster-http.ts";
import { stringMap, toObjectMeta } from "./kubernetes-object.ts";

/** Entra accepts a Kubernetes token for at most a day; an hour outlives every use here. */
const tokenSeconds = 3600;

/** Reads Secrets and ConfigMaps by name, and asks for service account tokens. */
export class CoreObjects {
  readonly #http: ClusterHttp;

  constructor(http: ClusterHttp) {
    this.#http = http;
  }

  /** See `Cluster.secret`. A value that is not UTF-8 is given as its Base64 text. */
  async secret(
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<SecretObject | undefined> {
    const object = await this.#read("secrets", namespace, name, signal);
    if (object === undefined) {
      return undefined;
    }
    const data: Record<string, Secret<string>> = {};
    for (const [key, value] of Object.entries(stringMap(object["data"]))) {
      data[key] = new Secret(decodeBase64(value));
    }
    return { ...versionOf(object), data };
  }

  /** See `Cluster.configMap`. */
  async configMap(
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<ConfigMapObject | undefined> {
    const object = await this.#read("configmaps", namespace, name, signal);
    return object === undefined
      ? undefined
      : { ...versionOf(object), data: stringMap(object["data"]) };
  }

  /** See `Cluster.requestToken`. Throws OperatorError `CredentialFailed` when there is no such account or no right to it. */
  async requestToken(
    namespace: string,
    serviceAccount: string,
    audience: string,
    signal: AbortSignal,
  ): Promise<Secret<string>> {
    const account = `${namespace}/${serviceAccount}`;
    const action = `POST token of serviceaccount ${account}`;
    const fail = (problem: string): never => {
      throw new OperatorError(
        "CredentialFailed",
        `Cluster "${this.#http.cluster}" gave no token for service account "${account}": ${problem}`,
        { cluster: this.#http.cluster, serviceAccount: account },
      );
    };
    const response = await this.#http
      .request({
        method: "POST",
        path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(serviceAccount)}/token`,
        action,
        body: {
          apiVersion: "authentication.k8s.io/v1",
          kind: "TokenRequest",
          spec: { audiences: [audience], expirationSeconds: tokenSeconds },
        },
        signal,
      })
      .catch((error: unknown) => {
        if (isForbidden(error)) {
          return fail(
            "the controller may not ask for it. Grant `create` on `serviceaccounts/token` for it: aso-functions rbac --workload-identity prints the role.",
          );
        }
        throw error;
      });
    if (response.status === 404) {
      return fail(
        `it does not exist. Create it, or name another one by the annotation ${annotations.serviceAccount} of the Namespace.`,
      );
    }
    if (response.status >= 400 && response.status < 500 && response.status !== 429) {
      return fail(readStatus(response.text).message);
    }
    const { status } = this.#http.objectOf(response, action);
    const token = isJsonObject(status) ? status["token"] : undefined;
    return typeof token === "string" ? new Secret(token) : fail("the answer holds none.");
  }

  async #read(
    plural: string,
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<JsonObject | undefined> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/${plural}/${encodeURIComponent(name)}`;
    const action = `GET ${plural}`;
    const response = await this.#http.request({ method: "GET", path, action, signal });
    return response.status === 404 ? undefined : this.#http.objectOf(response, action);
  }
}

function versionOf(object: JsonObject): { uid: string; resourceVersion: string } {
  const meta = toObjectMeta(object["metadata"]);
  return { uid: meta?.uid ?? "", resourceVersion: meta?.resourceVersion ?? "" };
}

function decodeBase64(value: string): string {
  const bytes = Buffer.from(value, "base64");
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? text : value;
}
