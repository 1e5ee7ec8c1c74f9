import { describe, expect, it } from "vitest";
import { connectionFromKubeconfig } from "../../../src/adapters/kubernetes/cluster-connection.ts";
import { KubernetesCluster } from "../../../src/adapters/kubernetes/kubernetes-cluster.ts";
import { RegisteredClusters } from "../../../src/adapters/kubernetes/registered-clusters.ts";
import type { ClusterAuth, Registry } from "../../../src/ports/registry.ts";
import { createSelfSigned } from "../../../src/sandbox/tls/self-signed.ts";
import { kubeconfigOf } from "../../contract/cluster/api-client.ts";
import { InMemoryTokens } from "../../doubles/in-memory-tokens.ts";
import { startHttps } from "./https-server.ts";

const signal = new AbortController().signal;
const base = { url: "https://cluster.example", ca: "PEM", token: "t0ken" };

type Kubeconfig = {
  clusters: [{ cluster: Record<string, unknown> }];
  users: [{ user: Record<string, unknown> }];
};

function kubeconfig(change: (config: Kubeconfig) => void = () => undefined): string {
  const config = JSON.parse(kubeconfigOf(base)) as Kubeconfig;
  change(config);
  return JSON.stringify(config);
}

function connect(text: string, more: { context?: string; allowExec?: boolean } = {}) {
  return connectionFromKubeconfig({ cluster: "prod", from: { text }, allowExec: false, ...more });
}

describe("connectionFromKubeconfig", () => {
  it("reads server, certificate authority and token", async () => {
    const connection = await connect(kubeconfig());

    expect(connection.server).toBe("https://cluster.example");
    expect(connection.tls.ca?.toString()).toBe("PEM");
    expect(await connection.authorize(signal)).toEqual({ authorization: "Bearer t0ken" });
  });

  it("reads a client certificate, a server name and a path below the host", async () => {
    const data = (text: string) => Buffer.from(text).toString("base64");
    const text = kubeconfig(({ clusters, users }) => {
      clusters[0].cluster["server"] = "https://rancher.example/k8s/clusters/c-1/";
      clusters[0].cluster["tls-server-name"] = "kubernetes";
      users[0].user = { "client-certificate-data": data("C"), "client-key-data": data("K") };
    });

    const connection = await connect(text);

    expect(connection.server).toBe("https://rancher.example/k8s/clusters/c-1");
    expect(connection.tls.servername).toBe("kubernetes");
    expect(connection.tls.cert?.toString()).toBe("C");
    expect(connection.tls.key?.toString()).toBe("K");
    expect(await connection.authorize(signal)).toEqual({});
  });

  it.each([
    { because: "it is no YAML", text: 'users: [token: "t0ken', says: "not valid YAML" },
    { because: "it is empty", text: "", says: "cannot be used" },
    {
      because: "its user starts a command",
      text: kubeconfig(({ users }) => {
        users[0].user = { exec: { command: "kubelogin", apiVersion: "v1" } };
      }),
      says: "credential plugin (exec)",
    },
    {
      because: "it needs a proxy",
      text: kubeconfig(({ clusters }) => {
        clusters[0].cluster["proxy-url"] = "http://proxy:3128";
      }),
      says: "proxy-url",
    },
    {
      because: "a file it names is not there",
      text: kubeconfig(({ clusters }) => {
        clusters[0].cluster["certificate-authority"] = "/absent/ca.crt";
      }),
      says: "/absent/ca.crt",
    },
  ])("refuses it, by the cluster's name, when $because", async ({ text, says }) => {
    const failing = connect(text);

    await expect(failing).rejects.toMatchObject({
      code: "ConfigInvalid",
      message: expect.stringContaining(says),
    });
    await expect(failing).rejects.toThrow('kubeconfig of cluster "prod"');
    await expect(failing).rejects.not.toThrow("t0ken");
  });

  it("refuses a context that does not exist", async () => {
    await expect(connect(kubeconfig(), { context: "absent" })).rejects.toThrow('"absent"');
  });

  it("starts a credential plugin where that is allowed", async () => {
    const credential = JSON.stringify({
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      status: { token: "from-plugin" },
    });
    const text = kubeconfig(({ users }) => {
      users[0].user = { exec: { command: "echo", args: [credential] } };
    });

    const connection = await connect(text, { allowExec: true });

    expect(await connection.authorize(signal)).toEqual({ authorization: "Bearer from-plugin" });
  });
});

describe("a cluster that cannot be reached", () => {
  async function failure(url: string, ca: string): Promise<unknown> {
    const text = kubeconfigOf({ url, ca, token: "t0ken" });
    const cluster = new KubernetesCluster({
      name: "prod",
      connect: () => connect(text),
      clock: { now: () => 0 },
      userAgent: "test",
    });
    try {
      return await cluster.uid(signal).catch((error: unknown) => error);
    } finally {
      await cluster.close();
    }
  }

  it("is named with what to check when its name is unknown", async () => {
    expect(await failure("https://nowhere.invalid:6443", createSelfSigned().cert)).toMatchObject({
      code: "ClusterUnreachable",
      message: expect.stringMatching(/"prod" at nowhere\.invalid:6443.*could not be resolved/),
    });
  });

  it("is named with what to check when nobody listens", async () => {
    expect(await failure("https://127.0.0.1:1", createSelfSigned().cert)).toMatchObject({
      code: "ClusterUnreachable",
      message: expect.stringContaining("refused the connection"),
    });
  });

  it("is named with what to check when its certificate is another one", async () => {
    const server = await startHttps(() => ({ status: 200 }));
    try {
      expect(await failure(server.url, createSelfSigned().cert)).toMatchObject({
        code: "ClusterUnreachable",
        message: expect.stringContaining("certificate was not accepted"),
      });
      expect(server.requests).toHaveLength(0);
    } finally {
      await server.stop();
    }
  });
});

describe("RegisteredClusters", () => {
  function clusters(auth: ClusterAuth, settings: Readonly<Record<string, string>> = {}) {
    const entry = {
      name: "prod",
      auth,
      paused: false,
      scanMode: "poll",
      operatorNamespace: "ns",
    } as const;
    const registry: Registry = {
      list: async () => [entry],
      bindUid: async () => ({ kind: "bound" }),
      setPaused: async () => "done",
    };
    const tokens = new InMemoryTokens();
    const registered = new RegisteredClusters({
      registry,
      readSetting: (name) => settings[name],
      tokens,
      clock: { now: () => 0 },
      userAgent: "test",
      allowExec: false,
    });
    return { registered, tokens };
  }

  it("gives one cluster per name", async () => {
    const { registered } = clusters({ kind: "kubeconfig", path: "/absent" });

    expect(await registered.get("prod")).toBe(await registered.get("prod"));
    await expect(registered.get("other")).rejects.toMatchObject({ code: "ConfigInvalid" });
  });

  it("names the setting that is missing, at the first request", async () => {
    const { registered } = clusters({ kind: "kubeconfigSetting", setting: "PROD_KUBECONFIG" });
    const cluster = await registered.get("prod");

    await expect(cluster.uid(signal)).rejects.toThrow("PROD_KUBECONFIG");
  });

  it("signs in to AKS with a token of the controller's own identity, to the pinned server only", async () => {
    const server = await startHttps(() => ({
      status: 200,
      body: { metadata: { name: "kube-system", uid: "u", resourceVersion: "1" } },
    }));
    const caData = Buffer.from(server.ca).toString("base64");
    const { registered, tokens } = clusters({
      kind: "entra",
      server: server.url,
      caData,
      clientId: "identity",
    });
    try {
      const cluster = await registered.get("prod");

      expect(await cluster.uid(signal)).toBe("u");
      expect(tokens.asked).toEqual(["own identity"]);
      expect(server.requests[0]?.headers["authorization"]).toContain(
        "6dae42f8-4368-4678-94ff-3960e28e3630/.default",
      );
    } finally {
      await registered.close();
      await server.stop();
    }
  });

  it.each([
    { because: "the server is not https", server: "http://cluster.example", caData: "Q0E=" },
    { because: "the authority is not pinned", server: "https://cluster.example", caData: "" },
  ])("sends no own token when $because", async ({ server, caData }) => {
    const { registered, tokens } = clusters({ kind: "entra", server, caData });
    const cluster = await registered.get("prod");

    await expect(cluster.uid(signal)).rejects.toMatchObject({ code: "ConfigInvalid" });
    expect(tokens.asked).toEqual([]);
  });
});
