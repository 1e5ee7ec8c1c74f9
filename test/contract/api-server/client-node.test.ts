import { CoreV1Api, CustomObjectsApi, KubeConfig, Watch } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { JsonObject } from "../../../src/core/json.ts";
import {
  type ApiServerHandle,
  startApiServer,
} from "../../../src/sandbox/api-server/start-api-server.ts";
import { createSelfSigned } from "../../../src/sandbox/tls/self-signed.ts";
import { gadgetDefinition } from "./manifests.ts";

const where = { group: "test.azure.com", version: "v1", namespace: "default", plural: "gadgets" };

function aGadget(name: string, finalizers: string[] = []): JsonObject {
  const metadata = { name, namespace: "default", finalizers };
  return { apiVersion: "test.azure.com/v1", kind: "Gadget", metadata, spec: { count: 1 } };
}

describe("@kubernetes/client-node on the embedded API server", () => {
  let server: ApiServerHandle;
  const config = new KubeConfig();

  beforeAll(async () => {
    server = await start(undefined);
    server.apply(parse(gadgetDefinition) as JsonObject);
    config.loadFromString(server.kubeconfig());
  });
  afterAll(() => server.stop());

  it("reads the identity of the cluster", async () => {
    const namespace = await config.makeApiClient(CoreV1Api).readNamespace({ name: "kube-system" });

    expect(namespace.metadata?.uid).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("creates, lists and deletes custom resources", async () => {
    const api = config.makeApiClient(CustomObjectsApi);
    await api.createNamespacedCustomObject({ ...where, body: aGadget("a") });

    const list = (await api.listNamespacedCustomObject(where)) as { items: JsonObject[] };
    await api.deleteNamespacedCustomObject({ ...where, name: "a" });

    expect(list.items.map((item) => item["spec"])).toEqual([{ count: 1, sku: "Basic" }]);
    await expect(api.getNamespacedCustomObject({ ...where, name: "a" })).rejects.toMatchObject({
      code: 404,
    });
  });

  it("watches", async () => {
    const seen: string[] = [];
    const path = `/apis/${where.group}/${where.version}/namespaces/default/${where.plural}`;
    const query = { timeoutSeconds: 1 };
    await new Promise<void>((resolve, reject) => {
      const see = (type: string, object: JsonObject) => {
        seen.push(`${type} ${(object["metadata"] as JsonObject)["name"]}`);
      };
      new Watch(config)
        .watch(path, query, see, () => resolve())
        .then(() => server.apply(aGadget("watched")))
        .catch(reject);
    });

    expect(seen).toContain("ADDED watched");
  });

  it("requests a token for a foreign audience", async () => {
    const api = config.makeApiClient(CoreV1Api);
    const account = { name: "robot", namespace: "default" };
    await api.createNamespacedServiceAccount({
      namespace: "default",
      body: { metadata: { name: account.name } },
    });

    const { status } = await api.createNamespacedServiceAccountToken({
      ...account,
      body: { spec: { audiences: ["api://AzureADTokenExchange"], expirationSeconds: 3600 } },
    });

    const payload = Buffer.from(status?.token?.split(".")[1] ?? "", "base64url").toString();
    expect(JSON.parse(payload)).toMatchObject({
      aud: ["api://AzureADTokenExchange"],
      sub: "system:serviceaccount:default:robot",
      iss: server.url,
    });
  });
});

describe("a snapshot", () => {
  it("brings objects, kinds, versions and the signing key into the next run", async () => {
    const first = await start(undefined);
    first.apply(parse(gadgetDefinition) as JsonObject);
    first.apply(aGadget("kept", ["test/keep"]));
    const uid = (api: ApiServerHandle) =>
      api.get("v1", "Namespace", "", "kube-system")?.["metadata"];
    const [snapshot, identity] = [first.snapshot(), uid(first)];
    await first.stop();

    const second = await start(JSON.parse(JSON.stringify(snapshot)));

    expect(second.get("test.azure.com/v1", "Gadget", "default", "kept")).toMatchObject({
      metadata: { finalizers: ["test/keep"] },
    });
    expect(uid(second)).toEqual(identity);
    expect(second.revision()).toBeGreaterThanOrEqual(first.revision());
    expect(second.snapshot()).toEqual(snapshot);
    await second.stop();
  });
});

describe("seeding", () => {
  it("replaces what is there, and keeps finalizers that others added", async () => {
    const server = await start(undefined);
    server.apply(parse(gadgetDefinition) as JsonObject);
    server.apply(aGadget("a", ["test/keep"]));

    const replaced = server.apply({ ...aGadget("a"), spec: { count: 7 } });
    await server.stop();

    expect(replaced).toMatchObject({
      spec: { count: 7 },
      metadata: { finalizers: ["test/keep"], generation: 2 },
    });
  });

  it("throws the server's words when it refuses", async () => {
    const server = await start(undefined);
    server.apply(parse(gadgetDefinition) as JsonObject);

    const seed = () => server.apply({ ...aGadget("a"), spec: { count: 99 } });

    expect(seed).toThrow("spec.count in body should be less than or equal to 10");
    expect(() => server.apply({ apiVersion: "x/v1", kind: "None" })).toThrow("does not serve");
    await server.stop();
  });
});

function start(restore: JsonObject | undefined): Promise<ApiServerHandle> {
  return startApiServer({
    clock: { now: () => Date.now() },
    random: { next: () => Math.random(), uuid: () => crypto.randomUUID() },
    tls: createSelfSigned(),
    ...(restore === undefined ? {} : { restore }),
  });
}
