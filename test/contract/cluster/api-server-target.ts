import { connectionFromKubeconfig } from "../../../src/adapters/kubernetes/cluster-connection.ts";
import { KubernetesCluster } from "../../../src/adapters/kubernetes/kubernetes-cluster.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../src/core/json.ts";
import type { ObjectRef } from "../../../src/ports/cluster.ts";
import { type ApiServer, apiClient } from "./api-client.ts";
import {
  type ClusterTarget,
  type ClusterUser,
  type ExportedObject,
  widgets,
} from "./cluster-target.ts";

const schema = {
  type: "object",
  properties: {
    spec: { type: "object", properties: { size: { type: "integer" } } },
    status: { type: "object", properties: { state: { type: "string" } } },
  },
};

const crd = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${widgets.plural}.${widgets.group}` },
  spec: {
    group: widgets.group,
    names: { kind: widgets.kind, plural: widgets.plural, singular: "widget" },
    scope: "Namespaced",
    versions: widgets.versions.map((name) => ({
      name,
      served: true,
      storage: name === widgets.storageVersion,
      schema: { openAPIV3Schema: schema },
      subresources: { status: {} },
    })),
  },
};

/** The Kubernetes adapter over a running API server, as a target of the contract suite. `server` has cluster-admin rights. */
export async function overApiServer(
  server: ApiServer,
  stop: () => Promise<void>,
): Promise<ClusterTarget & { readonly cluster: KubernetesCluster }> {
  const client = apiClient(server);
  await client.installCrd(crd);
  const cluster = new KubernetesCluster({
    name: "contract",
    connect: () =>
      connectionFromKubeconfig({
        cluster: "contract",
        from: { text: server.kubeconfig },
        allowExec: false,
      }),
    clock: { now: Date.now },
    userAgent: "aso-functions/test",
  });
  return {
    cluster,
    user: userOf(client),
    close: async () => {
      await cluster.close();
      await client.close();
      await stop();
    },
  };
}

function userOf(client: ReturnType<typeof apiClient>): ClusterUser {
  return {
    async createNamespace(name, annotations = {}) {
      const metadata = { name, annotations: { ...annotations } };
      await client.apply("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata });
    },
    async create(resource) {
      const version = resource.apiVersion.split("/")[1] ?? "";
      await client.apply(
        collection(version, resource.metadata.namespace),
        resource as unknown as JsonObject,
      );
    },
    async edit(ref, patch) {
      await client.send("PATCH", pathOf(ref), patch);
    },
    async delete(ref) {
      await client.send("DELETE", pathOf(ref));
    },
    async putSecret(namespace, name, data) {
      await putData(client, "secrets", { kind: "Secret", namespace, name, data: encode(data) });
    },
    async putConfigMap(namespace, name, data) {
      await putData(client, "configmaps", { kind: "ConfigMap", namespace, name, data });
    },
    async createServiceAccount(namespace, name) {
      const metadata = { name, namespace };
      const body = { apiVersion: "v1", kind: "ServiceAccount", metadata };
      await client.apply(`/api/v1/namespaces/${namespace}/serviceaccounts`, body);
    },
    async exported(kind, namespace, name) {
      const plural = kind === "Secret" ? "secrets" : "configmaps";
      const object = await client.read(`/api/v1/namespaces/${namespace}/${plural}/${name}`);
      return object === undefined ? undefined : toExported(kind, object);
    },
    async events(namespace) {
      const list = await client.read(`/api/v1/namespaces/${namespace}/events`);
      return objects(list?.["items"]).map((event) => ({
        type: event["type"] === "Normal" ? ("Normal" as const) : ("Warning" as const),
        reason: String(event["reason"]),
        message: String(event["message"]),
        about: String(object(event["involvedObject"])["name"]),
      }));
    },
    expiredVersion: async () => "1",
  };
}

async function putData(
  client: ReturnType<typeof apiClient>,
  plural: string,
  content: {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly data: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const path = `/api/v1/namespaces/${content.namespace}/${plural}`;
  const data = { ...content.data };
  if ((await client.read(`${path}/${content.name}`)) !== undefined) {
    await client.send("PATCH", `${path}/${content.name}`, { data });
    return;
  }
  const metadata = { name: content.name, namespace: content.namespace };
  await client.apply(path, { apiVersion: "v1", kind: content.kind, metadata, data });
}

function collection(version: string, namespace: string): string {
  return `/apis/${widgets.group}/${version}/namespaces/${namespace}/${widgets.plural}`;
}

function pathOf(ref: ObjectRef): string {
  return `${collection(widgets.storageVersion, ref.namespace)}/${ref.name}`;
}

function toExported(kind: "Secret" | "ConfigMap", stored: JsonObject): ExportedObject {
  const metadata = object(stored["metadata"]);
  const data = texts(stored["data"]);
  const clear = Object.entries(data).map(([key, value]) => [
    key,
    kind === "Secret" ? Buffer.from(value, "base64").toString("utf8") : value,
  ]);
  return {
    resourceVersion: String(metadata["resourceVersion"]),
    data: Object.fromEntries(clear),
    labels: texts(metadata["labels"]),
    annotations: texts(metadata["annotations"]),
    ownerUids: objects(metadata["ownerReferences"]).map((owner) => String(owner["uid"])),
  };
}

function encode(data: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
  );
}

function object(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function objects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function texts(value: JsonValue | undefined): Record<string, string> {
  return object(value) as Record<string, string>;
}
