import { setTimeout as pause } from "node:timers/promises";
import { HttpConnections } from "../../../src/adapters/http/connections.ts";
import type { JsonObject } from "../../../src/core/json.ts";

/** A running API server and a credential that may do everything there. */
export type ApiServer = {
  readonly url: string;
  readonly token: string;
  /** PEM. */
  readonly ca: string;
  readonly kubeconfig: string;
};

const signal = new AbortController().signal;

/** A kubeconfig with one context, for a server with a bearer token. */
export function kubeconfigOf(server: Pick<ApiServer, "url" | "token" | "ca">): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    clusters: [
      {
        name: "test",
        cluster: {
          server: server.url,
          "certificate-authority-data": Buffer.from(server.ca).toString("base64"),
        },
      },
    ],
    users: [{ name: "test", user: { token: server.token } }],
  });
}

/** Raw requests of a user of the cluster: what kubectl would send. */
export function apiClient(server: ApiServer) {
  const http = new HttpConnections(server.url, {
    tls: { ca: server.ca },
    maxConnections: 4,
    allowH2: false,
    headersTimeoutMs: 10_000,
    bodyTimeoutMs: 10_000,
  });

  async function answer(
    method: "GET" | "POST" | "PATCH" | "DELETE",
    path: string,
    body?: JsonObject,
  ) {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const result = await http.send(
      {
        method,
        path,
        headers: {
          authorization: `Bearer ${server.token}`,
          accept: "application/json",
          ...(body === undefined ? {} : { "content-type": type }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal,
      },
      64_000_000,
    );
    if (result.kind === "failed") {
      throw new Error(`${method} ${path}: ${result.message}`);
    }
    return result;
  }

  async function send(
    method: "POST" | "PATCH" | "DELETE",
    path: string,
    body?: JsonObject,
  ): Promise<void> {
    const result = await answer(method, path, body);
    if (result.status >= 300) {
      throw new Error(`${method} ${path}: ${result.status} ${result.text.slice(0, 300)}`);
    }
  }

  async function read(path: string): Promise<JsonObject | undefined> {
    const result = await answer("GET", path);
    return result.status === 404 ? undefined : (JSON.parse(result.text) as JsonObject);
  }

  return {
    send,
    read,
    apply: (collection: string, object: JsonObject) =>
      send("POST", `${collection}?fieldManager=kubectl-client-side-apply`, object),
    async installCrd(crd: JsonObject): Promise<void> {
      const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
      await send("POST", path, crd);
      const { group, names, versions } = crd["spec"] as JsonObject;
      const [version] = versions as { name: string }[];
      const { plural } = names as { plural: string };
      // The server takes a moment until it serves a new kind.
      while ((await read(`/apis/${group}/${version?.name}/${plural}`)) === undefined) {
        await pause(50);
      }
    },
    close: () => http.close(),
  };
}
