import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { connectionFromKubeconfig } from "../../../src/adapters/kubernetes/cluster-connection.ts";
import { KubernetesCluster } from "../../../src/adapters/kubernetes/kubernetes-cluster.ts";
import { groupNames } from "../../../src/catalog/index.ts";
import { OperatorError } from "../../../src/core/errors.ts";
import type { CustomResource } from "../../../src/core/resource/types.ts";
import { Secret } from "../../../src/core/secret.ts";
import type { Cluster, ExportObject } from "../../../src/ports/cluster.ts";
import { buildRole } from "../../../src/rbac/build-role.ts";
import { type ControlPlane, startControlPlane } from "../../envtest/control-plane.ts";

const signal = new AbortController().signal;
const group = "resources.azure.com";
const plural = "resourcegroups";
const crdName = `${plural}.${group}`;
const account = { namespace: "aso-functions", name: "controller" };
const tokenAccount = { namespace: "aso-tokens", name: "federated" };
const optedIn = "opted-in";
const other = "other";

const crd = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: crdName },
  spec: {
    group,
    names: { kind: "ResourceGroup", plural, singular: "resourcegroup" },
    scope: "Namespaced",
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        },
      },
    ],
  },
};

let plane: ControlPlane;
let cluster: KubernetesCluster;
let token = "";

beforeAll(async () => {
  plane = await startControlPlane({ rbac: true });
  token = await plane.serviceAccountToken(account.namespace, account.name);
  await plane.serviceAccountToken(tokenAccount.namespace, tokenAccount.name);
  await plane.serviceAccountToken(tokenAccount.namespace, "another");
  const objects = [
    ...[optedIn, other].map((name) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name },
    })),
    crd,
    ...buildRole({
      name: "aso-functions",
      groups: groupNames(),
      secretsNamespaces: [optedIn],
      tokenAccounts: [tokenAccount],
      subject: { kind: "ServiceAccount", ...account },
    }),
  ];
  await apply(objects);
  // What every authenticated user may do by default does not count: the generated role has to be enough.
  const defaults = ["system:discovery", "system:basic-user", "system:public-info-viewer"];
  const removed = await plane.kubectl(["delete", "clusterrolebinding", ...defaults]);
  expect(removed.stderr).toBe("");
  const waited = await plane.kubectl(["wait", "--for=condition=Established", `crd/${crdName}`]);
  expect(waited.stderr).toBe("");
  await apply(
    [optedIn, other].flatMap((namespace) => [
      { apiVersion: `${group}/v1`, kind: "ResourceGroup", metadata: { name: "rg", namespace } },
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "input", namespace },
        stringData: { key: "value" },
      },
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "input", namespace },
        data: { key: "value" },
      },
    ]),
  );
  const kubeconfig = await plane.kubeconfig({ token });
  cluster = new KubernetesCluster({
    name: "rbac",
    connect: () =>
      connectionFromKubeconfig({ cluster: "rbac", from: { path: kubeconfig }, allowExec: false }),
    clock: { now: Date.now },
    userAgent: "aso-functions/test",
  });
  await rolesCount();
});

afterAll(async () => {
  await cluster?.close();
  await plane?.stop();
});

describe("the generated role allows", () => {
  it("what a scan reads: the cluster's uid, served kinds, lists, watches and namespaces", async () => {
    const uid = await cluster.uid(signal);
    expect(uid).toBe((await cluster.namespace("kube-system", signal))?.uid);
    const names = (await cluster.listNamespaces(signal)).map((one) => one.name);
    expect(names).toContain(optedIn);
    const [kind] = await cluster.servedKinds(signal);
    if (kind === undefined) throw new Error("no kind is served");
    const page = await cluster.listMetadata(kind, signal);
    if (page === "notFound") throw new Error("the kind is not served");
    expect(page.items).toHaveLength(2);
    await cluster.patchMetadata(await resource(), { labels: { seen: "yes" } }, signal);
    for await (const event of cluster.watchMetadata(kind, page.resourceVersion, 10, signal)) {
      expect(event).toMatchObject({ type: "modified", meta: { labels: { seen: "yes" } } });
      break;
    }
  });

  it("what a pass writes to a resource: metadata, finalizers and status, with an event", async () => {
    const labelled = await cluster.patchMetadata(
      await resource(),
      { annotations: { "serviceoperator.azure.com/resource-id": "/id" } },
      signal,
    );
    expect(labelled.kind).toBe("written");
    const guarded = await cluster.patchMetadata(
      await resource(),
      { finalizers: ["serviceoperator.azure.com/finalizer"], ownerReferences: [] },
      signal,
    );
    expect(guarded.kind).toBe("written");
    const status = await cluster.replaceStatus(await resource(), { id: "/id" }, signal);
    expect(status).toMatchObject({ kind: "written", resource: { status: { id: "/id" } } });
    const event = { type: "Normal", reason: "Tested", message: "again and again" } as const;
    await cluster.recordEvent(await resource(), event, signal);
    await cluster.recordEvent(await resource(), event, signal);
    const events = await plane.kubectl(["get", "events", "-n", optedIn, "-o", "name"]);
    expect(events.stdout.trim().split("\n")).toHaveLength(1);
  });
});

describe("the generated role allows, concerning Secrets,", () => {
  it("inputs and exports in a namespace that opted in", async () => {
    const secret = await cluster.secret(optedIn, "input", signal);
    expect(secret?.data["key"]?.reveal()).toBe("value");
    const map = await cluster.configMap(optedIn, "input", signal);
    expect(map?.data).toEqual({ key: "value" });
    expect(await cluster.objectVersion("Secret", optedIn, "input", signal)).toBe(
      secret?.resourceVersion,
    );
    expect(await cluster.objectVersion("ConfigMap", optedIn, "input", signal)).toBe(
      map?.resourceVersion,
    );
    for (const kind of ["Secret", "ConfigMap"] as const) {
      expect(await cluster.writeExport(await exported(kind, "one"), signal)).toBe("written");
      expect(await cluster.writeExport(await exported(kind, "two"), signal)).toBe("written");
      expect(await cluster.writeExport(await exported(kind, "two"), signal)).toBe("unchanged");
    }
  });

  it("the credential Secret of any namespace, because every pass asks for it", async () => {
    expect(await cluster.secret(other, "aso-credential", signal)).toBeUndefined();
  });

  it("a token of the one service account that is named", async () => {
    const issued = await cluster.requestToken(
      tokenAccount.namespace,
      tokenAccount.name,
      "api://AzureADTokenExchange",
      signal,
    );
    expect(issued.reveal().split(".")).toHaveLength(3);
  });
});

describe("the generated role refuses", () => {
  const object = `/apis/${group}/v1/namespaces/${optedIn}/${plural}/rg`;
  const secrets = "/api/v1/namespaces";
  it.each([
    { because: "the user deletes resources", method: "DELETE", path: object },
    { because: "a spec is the user's", method: "PUT", path: object },
    { because: "nothing is created", method: "POST", path: object.slice(0, -3) },
    {
      because: "pods are not its business",
      method: "POST",
      path: `/api/v1/namespaces/${optedIn}/pods`,
    },
    {
      because: "the namespace did not opt in",
      method: "GET",
      path: `${secrets}/${other}/secrets/input`,
    },
    {
      because: "the namespace did not opt in",
      method: "GET",
      path: `${secrets}/${other}/configmaps/input`,
    },
    {
      because: "the namespace did not opt in",
      method: "POST",
      path: `${secrets}/${other}/secrets`,
    },
    { because: "Secrets are read by name", method: "GET", path: `${secrets}/${optedIn}/secrets` },
    { because: "Secrets are read by name", method: "GET", path: "/api/v1/secrets" },
    {
      because: "exports are never deleted",
      method: "DELETE",
      path: `${secrets}/${optedIn}/secrets/input`,
    },
    {
      because: "a credential is not written",
      method: "PUT",
      path: `${secrets}/${other}/secrets/aso-credential`,
    },
    { because: "events are only written", method: "GET", path: `${secrets}/${optedIn}/events` },
    {
      because: "policies of namespaces are the user's",
      method: "PATCH",
      path: `${secrets}/${optedIn}`,
    },
    {
      because: "CRDs are installed by an administrator",
      method: "PATCH",
      path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crdName}`,
    },
    {
      because: "CRDs are read by name",
      method: "GET",
      path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    },
    {
      because: "rights are given by an administrator",
      method: "POST",
      path: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    },
  ])("$method $path: $because", async ({ method, path }) => {
    const body = method === "GET" || method === "DELETE" ? {} : { body: {} };
    const answer = await plane.api.send(method, path, { token, ...body });
    expect(answer).toMatchObject({ status: 403, body: { reason: "Forbidden" } });
  });

  it.each([
    { because: "of another account", namespace: tokenAccount.namespace, name: "another" },
    { because: "of its own account", namespace: account.namespace, name: account.name },
  ])("a token $because, and tells the way out", async ({ namespace, name }) => {
    const refusal = await failure(cluster.requestToken(namespace, name, "api://any", signal));
    expect(refusal.code).toBe("CredentialFailed");
    expect(refusal.message).toContain("serviceaccounts/token");
  });

  it("a Secret outside by naming the role", async () => {
    const refusal = await failure(cluster.secret(other, "input", signal));
    expect(refusal.code).toBe("ClusterUnauthorized");
    expect(refusal.message).toContain("generated role");
  });
});

async function apply(objects: readonly unknown[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  const result = await plane.kubectl(["apply", "-f", "-"], { input });
  if (result.code !== 0) throw new Error(result.stderr);
}

/** The API server's authoriser learns of new roles with a delay. */
async function rolesCount(): Promise<void> {
  await vi.waitFor(() => cluster.secret(optedIn, "input", signal), { timeout: 20_000 });
  await vi.waitFor(() => cluster.uid(signal), { timeout: 20_000 });
}

async function resource(): Promise<CustomResource> {
  const ref = { group, kind: "ResourceGroup", namespace: optedIn, name: "rg" };
  const found = await (cluster as Cluster).get(ref, signal);
  if (found === undefined) throw new Error("the resource group is gone");
  return found;
}

async function exported(kind: "Secret" | "ConfigMap", text: string): Promise<ExportObject> {
  const { apiVersion, kind: ownerKind, metadata } = await resource();
  return {
    kind,
    namespace: optedIn,
    name: "exported",
    data: { key: new Secret(text) },
    annotations: {},
    labels: {},
    owner: { apiVersion, kind: ownerKind, name: metadata.name, uid: metadata.uid },
  };
}

async function failure(work: Promise<unknown>): Promise<OperatorError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof OperatorError)) throw new Error(`no OperatorError: ${String(thrown)}`);
  return thrown;
}
