import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type ControlPlane, startControlPlane } from "../../envtest/control-plane.ts";
import { controllerPass } from "../../envtest/controllers.ts";

let controlPlane: ControlPlane;
beforeAll(async () => {
  controlPlane = await startControlPlane({ rbac: true, users: { visitor: ["visitors"] } });
});
afterAll(async () => {
  await controlPlane?.stop();
  expect(existsSync(controlPlane.dataDir)).toBe(false);
  await expect(controlPlane.api.send("GET", "/readyz")).rejects.toThrow();
});

const configMap = (name: string, owner?: { name: string; uid: string }) => ({
  metadata: {
    name,
    ...(owner && {
      ownerReferences: [
        { apiVersion: "v1", kind: "ConfigMap", blockOwnerDeletion: true, ...owner },
      ],
    }),
  },
});

const configMaps = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;

async function createNamespace(name: string): Promise<void> {
  await controlPlane.api.must("POST", "/api/v1/namespaces", { body: { metadata: { name } } });
}

async function create(namespace: string, name: string, owner?: { name: string; uid: string }) {
  const body = configMap(name, owner);
  const made = await controlPlane.api.must("POST", configMaps(namespace), { body });
  return { name, uid: (made as { metadata: { uid: string } }).metadata.uid };
}

const status = async (path: string) => (await controlPlane.api.send("GET", path)).status;

describe("startControlPlane", () => {
  it("serves kubectl and authorises by RBAC", async () => {
    const visitor = controlPlane.userTokens["visitor"] ?? "";
    const kubeconfig = await controlPlane.kubeconfig({ token: visitor });

    const admin = await controlPlane.kubectl(["get", "namespaces", "-o", "name"]);
    const refused = await controlPlane.kubectl(["get", "namespaces"], { kubeconfig });

    expect(admin).toMatchObject({ code: 0, stdout: expect.stringContaining("namespace/default") });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('User "visitor"') });
  });

  it("gives tokens of service accounts that it knows by name", async () => {
    const token = await controlPlane.serviceAccountToken("team", "worker");

    const { status: code, body } = await controlPlane.api.send("GET", "/api/v1/nodes", { token });

    expect(code).toBe(403);
    expect(JSON.stringify(body)).toContain("system:serviceaccount:team:worker");
  });

  it("gives tokens for other audiences, which it does not take itself", async () => {
    const audiences = ["api://AzureADTokenExchange"];
    const token = await controlPlane.serviceAccountToken("team", "worker", { audiences });

    expect((await controlPlane.api.send("GET", "/api/v1/nodes", { token })).status).toBe(401);
  });
});

describe("controllerPass, in place of the controller manager", () => {
  it("empties and removes a namespace that is being deleted", async () => {
    await createNamespace("doomed");
    await create("doomed", "content");
    await controlPlane.api.must("DELETE", "/api/v1/namespaces/doomed");
    expect(await status("/api/v1/namespaces/doomed")).toBe(200);

    await vi.waitFor(async () => {
      await controllerPass(controlPlane.api);
      expect(await status("/api/v1/namespaces/doomed")).toBe(404);
    }, 30_000);

    expect(await status(`${configMaps("doomed")}/content`)).toBe(404);
  });

  it("deletes what has lost its owner and nothing else", async () => {
    await createNamespace("garbage");
    const owner = await create("garbage", "owner");
    const keeper = await create("garbage", "keeper");
    await create("garbage", "lost", owner);
    await create("garbage", "kept", keeper);
    await controlPlane.api.must("DELETE", `${configMaps("garbage")}/owner`);

    await controllerPass(controlPlane.api);

    expect(await status(`${configMaps("garbage")}/lost`)).toBe(404);
    expect(await status(`${configMaps("garbage")}/kept`)).toBe(200);
  });

  it("deletes dependents first when the owner is deleted in the foreground", async () => {
    await createNamespace("foreground");
    const owner = await create("foreground", "owner");
    await create("foreground", "dependent", owner);
    await controlPlane.api.must("DELETE", `${configMaps("foreground")}/owner`, {
      body: { propagationPolicy: "Foreground" },
    });
    expect(await status(`${configMaps("foreground")}/owner`)).toBe(200);

    await vi.waitFor(async () => {
      await controllerPass(controlPlane.api);
      expect(await status(`${configMaps("foreground")}/owner`)).toBe(404);
    }, 30_000);

    expect(await status(`${configMaps("foreground")}/dependent`)).toBe(404);
  });

  it("leaves dependents without an owner when they are to be orphaned", async () => {
    await createNamespace("orphans");
    const owner = await create("orphans", "owner");
    await create("orphans", "dependent", owner);
    await controlPlane.api.must("DELETE", `${configMaps("orphans")}/owner`, {
      body: { propagationPolicy: "Orphan" },
    });

    await controllerPass(controlPlane.api);
    await controllerPass(controlPlane.api);

    expect(await status(`${configMaps("orphans")}/owner`)).toBe(404);
    expect(await status(`${configMaps("orphans")}/dependent`)).toBe(200);
  });
});
