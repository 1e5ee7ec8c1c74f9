import { afterEach, describe, expect, it } from "vitest";
import { connectionFromKubeconfig } from "../../../src/adapters/kubernetes/cluster-connection.ts";
import { KubernetesCluster } from "../../../src/adapters/kubernetes/kubernetes-cluster.ts";
import type { CustomResource } from "../../../src/core/resource/types.ts";
import { kubeconfigOf } from "../../contract/cluster/api-client.ts";
import { type HttpsServer, type ScriptedAnswer, startHttps } from "./https-server.ts";

const signal = new AbortController().signal;
const kind = { group: "network.azure.com", kind: "Net", plural: "nets", versions: ["v2", "v1"] };
const ref = { group: kind.group, kind: kind.kind, namespace: "ns", name: "a" };

const discovery = {
  kind: "APIGroupDiscoveryList",
  items: [
    {
      metadata: { name: "network.azure.com" },
      versions: [
        { version: "v1storage", resources: [resourceOf("nets", "Net")] },
        { version: "v2", resources: [resourceOf("nets", "Net")] },
        { version: "v1", resources: [resourceOf("nets", "Net")] },
      ],
    },
    {
      metadata: { name: "apps" },
      versions: [{ version: "v1", resources: [resourceOf("x", "X")] }],
    },
  ],
};

const net: CustomResource = {
  apiVersion: "network.azure.com/v2",
  kind: "Net",
  metadata: { name: "a", namespace: "ns", uid: "u1", resourceVersion: "7" },
  spec: { size: 1 },
};

function resourceOf(resource: string, name: string) {
  return { resource, scope: "Namespaced", responseKind: { kind: name } };
}

function status(code: number, message: string, more: object = {}): ScriptedAnswer {
  return { status: code, body: { kind: "Status", message, ...more } };
}

let stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  const running = stops;
  stops = [];
  for (const stop of running) {
    await stop();
  }
});

/** A cluster whose server answers by path prefix (`METHOD /path`), in the order given; discovery and CRD are there already. */
async function aCluster(
  answers: Readonly<Record<string, ScriptedAnswer | readonly ScriptedAnswer[]>>,
  options: { readonly tokens?: readonly string[] } = {},
) {
  const left = new Map(
    Object.entries({
      "GET /apis/apiextensions": {
        status: 200,
        body: { spec: { versions: [{ name: "v1" }, { name: "v2", storage: true }] } },
      },
      ...answers,
      "GET /apis": answers["GET /apis"] ?? {
        status: 200,
        headers: { etag: '"1"' },
        body: discovery,
      },
    }).map(([path, list]) => [path, [list].flat() as ScriptedAnswer[]]),
  );
  const server: HttpsServer = await startHttps((request) => {
    const key = [...left.keys()]
      .filter((path) => `${request.method} ${request.url}`.startsWith(path))
      .sort((one, other) => other.length - one.length)[0];
    const list = left.get(key ?? "") ?? [];
    return (list.length > 1 ? list.shift() : list[0]) ?? status(404, "404 page not found");
  });
  let now = 1_000_000;
  const tokens = [...(options.tokens ?? ["tok"])];
  const cluster = new KubernetesCluster({
    name: "prod",
    connect: async () => {
      const token = (tokens.length > 1 ? tokens.shift() : tokens[0]) ?? "";
      const text = kubeconfigOf({ url: server.url, ca: server.ca, token });
      return await connectionFromKubeconfig({ cluster: "prod", from: { text }, allowExec: false });
    },
    clock: { now: () => now },
    userAgent: "aso-functions/test",
  });
  stops.push(
    () => cluster.close(),
    () => server.stop(),
  );
  const pass = (ms: number) => {
    now += ms;
  };
  return { cluster, server, pass };
}

describe("KubernetesCluster", () => {
  it("sends 200 reads over at most two connections, and says who it is", async () => {
    const { cluster, server } = await aCluster({
      "GET /api/v1/namespaces/": { status: 200, body: { metadata: net.metadata } },
    });
    await cluster.namespace("a", signal);

    for (let round = 0; round < 199; round += 1) {
      await cluster.namespace("a", signal);
    }

    expect(server.requests).toHaveLength(200);
    expect(server.connections()).toBeLessThanOrEqual(2);
    expect(server.requests[0]?.headers["user-agent"]).toBe("aso-functions/test");
    expect(server.requests[0]?.headers["authorization"]).toBe("Bearer tok");
  });

  it("tells an absent object from a kind that is not served, however recently it asked", async () => {
    const { cluster, server } = await aCluster({
      "GET /apis": [
        { status: 200, headers: { etag: '"1"' }, body: { ...discovery, items: [] } },
        { status: 200, headers: { etag: '"1"' }, body: { ...discovery, items: [] } },
        { status: 200, headers: { etag: '"2"' }, body: discovery },
      ],
      "GET /apis/network.azure.com/v2/namespaces/ns/nets/a": [
        status(404, "404 page not found"),
        status(404, "not found", { details: { name: "a" } }),
      ],
    });
    await cluster.servedKinds(signal);

    expect(await cluster.look(ref, signal)).toBe("unserved");
    expect(await cluster.look(ref, signal)).toBe("unserved");
    expect(await cluster.look(ref, signal)).toBe("absent");
    expect(server.requests.filter(({ url }) => url === "/apis")).toHaveLength(3);
  });

  it("connects anew with a new certificate authority when the old one is no longer right", async () => {
    const [old, server] = [await startHttps(() => undefined), await startHttps(() => answer)];
    const answer = { status: 200, body: { metadata: net.metadata } };
    stops.push(
      () => old.stop(),
      () => server.stop(),
    );
    const authorities = [old.ca, server.ca];
    const connect = async () => ({
      server: server.url,
      tls: { ca: authorities.shift() ?? server.ca },
      authorize: async () => ({}),
    });
    const clock = { now: () => 1_000_000 };
    const cluster = new KubernetesCluster({ name: "prod", connect, clock, userAgent: "test" });
    stops.push(() => cluster.close());

    expect((await cluster.namespace("a", signal))?.uid).toBe("u1");
    await cluster.reconnect();
    expect((await cluster.namespace("a", signal))?.uid).toBe("u1");
    expect(server.connections()).toBe(2);
  });

  it("offers served versions without ASO's storage versions, and only of azure.com groups", async () => {
    const { cluster } = await aCluster({});

    expect(await cluster.servedKinds(signal)).toEqual([kind]);
  });

  it("asks for discovery by ETag, so that an unchanged cluster sends no body", async () => {
    const { cluster, server } = await aCluster({
      "GET /apis": [
        { status: 200, headers: { etag: '"1"' }, body: discovery },
        { status: 304, headers: { etag: '"1"' } },
      ],
    });

    const first = await cluster.servedKinds(signal);
    const second = await cluster.servedKinds(signal);

    expect(second).toEqual(first);
    expect(server.requests[1]?.headers["if-none-match"]).toBe('"1"');
  });

  it("reads plain discovery of servers that have no aggregated one", async () => {
    const list = (version: string) => ({
      status: 200,
      body: {
        groupVersion: `network.azure.com/${version}`,
        resources: [
          { name: "nets", kind: "Net", namespaced: true },
          { name: "nets/status", kind: "Net", namespaced: true },
        ],
      },
    });
    const { cluster } = await aCluster({
      "GET /apis": {
        status: 200,
        body: {
          kind: "APIGroupList",
          groups: [
            { name: "apps", versions: [{ groupVersion: "apps/v1", version: "v1" }] },
            {
              name: "network.azure.com",
              versions: ["v2", "v1"].map((version) => ({
                groupVersion: `network.azure.com/${version}`,
                version,
              })),
            },
          ],
        },
      },
      "GET /apis/network.azure.com/v2": list("v2"),
      "GET /apis/network.azure.com/v1": list("v1"),
    });

    expect(await cluster.servedKinds(signal)).toEqual([kind]);
  });

  it("finds the new storage version when the old one is no longer served", async () => {
    const { cluster, server } = await aCluster({
      "GET /apis/apiextensions": [
        { status: 200, body: { spec: { versions: [{ name: "v1", storage: true }] } } },
        { status: 200, body: { spec: { versions: [{ name: "v2", storage: true }] } } },
      ],
      "GET /apis/network.azure.com/v1/": { status: 404, body: "404 page not found" },
      "GET /apis/network.azure.com/v2/": { status: 200, body: net },
    });

    expect(await cluster.get(ref, signal)).toEqual(net);
    expect(await cluster.get(ref, signal)).toEqual(net);
    expect(pathsOf(server, "apiextensions")).toHaveLength(2);
  });

  it("reads the storage version again after five minutes", async () => {
    const { cluster, server, pass } = await aCluster({
      "GET /apis/network.azure.com/v2/": { status: 200, body: net },
    });
    await cluster.get(ref, signal);
    await cluster.get(ref, signal);

    pass(5 * 60_000);
    await cluster.get(ref, signal);

    expect(pathsOf(server, "apiextensions")).toHaveLength(2);
  });

  it("starts a list over when its continue token expired", async () => {
    const page = (name: string, next: string) => ({
      status: 200,
      body: {
        metadata: { resourceVersion: "9", continue: next },
        items: [{ metadata: { ...net.metadata, name } }],
      },
    });
    const { cluster } = await aCluster({
      "GET /apis/network.azure.com/v2/nets": [
        page("a", "more"),
        status(410, "expired"),
        page("a", "more"),
        page("b", ""),
      ],
    });

    const list = await cluster.listMetadata(kind, signal);

    const items = list === "notFound" ? [] : list.items;
    expect(items.map((item) => item.name)).toEqual(["a", "b"]);
    expect(list).toMatchObject({ resourceVersion: "9" });
  });

  it("lists the stored version when the conversion of the preferred one fails", async () => {
    const { cluster } = await aCluster({
      "GET /apis/apiextensions": {
        status: 200,
        body: { spec: { versions: [{ name: "v1", storage: true }] } },
      },
      "GET /apis/network.azure.com/v2/nets": status(500, "conversion webhook failed"),
      "GET /apis/network.azure.com/v1/nets": {
        status: 200,
        body: { metadata: { resourceVersion: "9" }, items: [{ metadata: net.metadata }] },
      },
    });

    expect(await cluster.listMetadata(kind, signal)).toMatchObject({ resourceVersion: "9" });
  });

  it.each([
    { because: "as HTTP status", answer: status(410, "too old") },
    {
      because: "as an event",
      answer: { status: 200, body: '{"type":"ERROR","object":{"kind":"Status","code":410}}\n' },
    },
  ])("tells that a watch expired when 410 comes $because", async ({ answer }) => {
    const { cluster } = await aCluster({ "GET /apis/network.azure.com/v2/nets?watch": answer });
    const events = [];

    for await (const event of cluster.watchMetadata(kind, "1", 1, signal)) {
      events.push(event);
    }

    expect(events).toEqual([{ type: "expired" }]);
  });

  it("reads the credential again after a 401, and repeats the request once", async () => {
    const { cluster, server } = await aCluster(
      {
        "GET /api/v1/namespaces/": [
          status(401, "Unauthorized"),
          { status: 200, body: { metadata: net.metadata } },
        ],
      },
      { tokens: ["old", "new"] },
    );

    expect((await cluster.namespace("a", signal))?.uid).toBe("u1");
    expect(server.requests.map((request) => request.headers["authorization"])).toEqual([
      "Bearer old",
      "Bearer new",
    ]);
  });

  it("does not read a refused credential again for every request", async () => {
    const { cluster, server } = await aCluster({
      "GET /api/v1/namespaces/": status(401, "Unauthorized"),
    });
    for (let round = 0; round < 3; round += 1) {
      await expect(cluster.namespace("a", signal)).rejects.toMatchObject({
        code: "ClusterUnauthorized",
        message: expect.stringContaining('Cluster "prod" did not accept the credential'),
      });
    }

    expect(server.requests).toHaveLength(4);
  });

  it.each([
    {
      because: "RBAC refuses",
      answer: status(403, 'nets.network.azure.com is forbidden: User "x" cannot get resource'),
      code: "ClusterUnauthorized",
      says: "generated role",
    },
    {
      because: "the server is busy",
      answer: { ...status(429, "too many requests"), headers: { "retry-after": "7" } },
      code: "ClusterAnswered",
      says: "wait 7 s",
    },
    {
      because: "the server fails",
      answer: status(500, "etcd is on fire"),
      code: "ClusterAnswered",
      says: "etcd is on fire",
    },
    {
      because: "something else answers",
      answer: { status: 200, body: "<html>" },
      code: "ClusterAnswered",
      says: "<html>",
    },
  ])(
    "fails with the cluster's name and the way out when $because",
    async ({ answer, code, says }) => {
      const { cluster } = await aCluster({ "GET /apis/network.azure.com/v2/": answer });

      const reading = cluster.get(ref, signal);

      await expect(reading).rejects.toMatchObject({
        code,
        message: expect.stringMatching(new RegExp(`Cluster "prod".*${says}`, "s")),
      });
    },
  );

  it("gives the pause that a busy server asks for", async () => {
    const { cluster } = await aCluster({
      "GET /api/v1/": { ...status(429, "busy"), headers: { "retry-after": "7" } },
    });

    await expect(cluster.namespace("a", signal)).rejects.toMatchObject({
      context: { cluster: "prod", status: 429, retryAfterMs: 7000 },
    });
  });

  it.each([
    {
      because: "the schema refuses",
      answer: status(422, "status.conditions: Required value"),
      outcome: { kind: "rejected", message: "status.conditions: Required value" },
    },
    {
      because: "an admission policy refuses",
      answer: status(403, 'nets "a" is forbidden: ValidatingAdmissionPolicy denied request'),
      outcome: {
        kind: "rejected",
        message: 'nets "a" is forbidden: ValidatingAdmissionPolicy denied request',
      },
    },
    {
      because: "the uid is another one",
      answer: status(422, 'Net "a" is invalid: metadata.uid: Invalid value: field is immutable'),
      outcome: { kind: "conflict" },
    },
    {
      because: "the version is no longer served",
      answer: { status: 404, body: "404 page not found" },
      outcome: { kind: "conflict" },
    },
    {
      because: "the object is gone",
      answer: status(404, 'nets "a" not found', { details: { name: "a" } }),
      outcome: { kind: "notFound" },
    },
  ])("tells $outcome.kind for a write when $because", async ({ answer, outcome }) => {
    const { cluster } = await aCluster({ "PATCH /apis/network.azure.com/v2/": answer });

    expect(await cluster.patchMetadata(net, { annotations: { a: "b" } }, signal)).toEqual(outcome);
  });

  it("repeats a read once when the kept connection was closed", async () => {
    let first = true;
    const server = await startHttps(() => {
      const dropped = first;
      first = false;
      return dropped ? undefined : { status: 200, body: { metadata: net.metadata } };
    });
    const text = kubeconfigOf({ url: server.url, ca: server.ca, token: "t" });
    const cluster = new KubernetesCluster({
      name: "prod",
      connect: () =>
        connectionFromKubeconfig({ cluster: "prod", from: { text }, allowExec: false }),
      clock: { now: () => 0 },
      userAgent: "test",
    });
    stops.push(
      () => cluster.close(),
      () => server.stop(),
    );

    expect((await cluster.namespace("a", signal))?.uid).toBe("u1");
    expect(server.requests).toHaveLength(2);
  });

  it("lets an event go when the namespace is being deleted", async () => {
    const { cluster } = await aCluster({
      "POST /api/v1/namespaces/ns/events": status(403, "unable to create new content", {
        details: { causes: [{ reason: "NamespaceTerminating" }] },
      }),
    });
    const event = { type: "Normal", reason: "Gone", message: "bye" } as const;

    await expect(cluster.recordEvent(net, event, signal)).resolves.toBeUndefined();
  });

  it("says which right is missing when it may not ask for a service account token", async () => {
    const { cluster } = await aCluster({
      "POST /api/v1/namespaces/ns/serviceaccounts/sa/token": status(
        403,
        'serviceaccounts "sa" is forbidden: User "x" cannot create resource',
      ),
    });

    await expect(cluster.requestToken("ns", "sa", "api://x", signal)).rejects.toMatchObject({
      code: "CredentialFailed",
      message: expect.stringMatching(
        /serviceaccounts\/token.*aso-functions rbac --workload-identity/,
      ),
    });
  });

  it("says who names a service account that is not there", async () => {
    const { cluster } = await aCluster({
      "POST /api/v1/namespaces/ns/serviceaccounts/sa/token": status(404, "not found"),
    });

    await expect(cluster.requestToken("ns", "sa", "api://x", signal)).rejects.toMatchObject({
      code: "CredentialFailed",
      message: expect.stringMatching(/"ns\/sa".*aso-functions\/service-account of the Namespace/),
    });
  });
});

function pathsOf(server: HttpsServer, part: string): readonly string[] {
  return server.requests.map((request) => request.url).filter((url) => url.includes(part));
}
