import { readdir } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { controllerPass } from "../envtest/controllers.ts";
import { eventually } from "./world/eventually.ts";
import { root } from "./world/roots.ts";
import { Space } from "./world/space.ts";
import {
  armId,
  atRest,
  readsAfterPut,
  startWorld,
  subscription,
  type World,
  writesTo,
} from "./world/world.ts";

const samples = path.join(root, "infra/samples");
const group = "sample-rg";
const resourceKinds = [
  "resourcegroups.resources.azure.com",
  "virtualnetworks.network.azure.com",
  "virtualnetworkssubnets.network.azure.com",
  "networksecuritygroups.network.azure.com",
  "networksecuritygroupssecurityrules.network.azure.com",
  "publicipaddresses.network.azure.com",
  "routetables.network.azure.com",
  "routetablesroutes.network.azure.com",
  "userassignedidentities.managedidentity.azure.com",
  "roleassignments.authorization.azure.com",
  "storageaccounts.storage.azure.com",
  "storageaccountsblobservices.storage.azure.com",
  "storageaccountsblobservicescontainers.storage.azure.com",
  "flexibleservers.dbforpostgresql.azure.com",
  "flexibleserversconfigurations.dbforpostgresql.azure.com",
].join(",");

let world: World;
let space: Space;

async function kubectl(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await world.cluster.plane.kubectl(args);
  expect(`${code} ${stderr}`).toBe("0 ");
  return stdout;
}

beforeAll(async () => {
  world = await startWorld();
  space = Space.of(world.cluster.plane, "samples");
}, 120_000);

afterAll(() => world?.stop());

describe("the samples", () => {
  it("all become Ready, as kubectl wait sees it", { timeout: 90_000 }, async () => {
    const files = (await readdir(samples)).map((file) => path.join(samples, file));
    const first = files.find((file) => file.endsWith("main-job.yaml")) ?? "";
    await kubectl("apply", "-f", first, ...files.flatMap((file) => ["-f", file]));
    const args = ["-n", "samples", "--for=condition=Ready", "--all", "--timeout=60s"];
    const waited = await kubectl("wait", resourceKinds, ...args);
    expect(waited.trim().split("\n")).toHaveLength(15);
  });

  it("each cost one PUT, and no child of a network, table or group was lost", () => {
    const { putPerId, maxPutsPerId, childrenLost, unexpectedDeletes } = world.arm.stats();
    expect(Object.values(putPerId)).toHaveLength(15);
    expect({ maxPutsPerId, childrenLost, unexpectedDeletes }).toEqual({
      maxPutsPerId: 1,
      childrenLost: 0,
      unexpectedDeletes: 0,
    });
  });

  it("were read at most once after their PUT, and never polled before Retry-After", () => {
    const often = Object.entries(readsAfterPut(world.arm)).filter(([, count]) => count > 1);
    expect(often).toEqual([]);
    expect(world.arm.stats().earlyPolls).toBe(0);
  });

  it("have exported what they were asked for", async () => {
    const { principalId } = (await space.data("configmaps", "sample-identity")) ?? {};
    expect(principalId).toMatch(/^[0-9a-f-]{36}$/);
    const account = await space.data("secrets", "sample-storage");
    expect(account?.["key"]).toBeTruthy();
    expect(await space.data("secrets", "sample-storage-connection")).toEqual({
      connectionString: `AccountName=samplestorageacct;AccountKey=${account?.["key"]}`,
    });
    expect(await space.data("configmaps", "sample-storage-place")).toEqual({ location: "westus3" });
    expect(await space.data("secrets", "sample-database-host")).toEqual({
      host: "sample-database.postgres.database.azure.com",
    });
    const assigned = world.arm
      .journal()
      .find(({ method, url }) => method === "PUT" && /roleassignments/i.test(url));
    expect(assigned?.body?.["properties"]).toMatchObject({ principalId });
  });

  it("tell their ARM ids in status and annotations, with ASO's labels and finalizer", async () => {
    const found = await space.ready("VirtualNetworksSubnet", "sample-subnet");
    const id = `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Network/virtualNetworks/sample-vnet/subnets/sample-subnet`;
    expect(found.status?.["id"]).toBe(id);
    expect(found.metadata.annotations).toMatchObject({
      "serviceoperator.azure.com/resource-id": id,
      "serviceoperator.azure.com/operator-namespace": "aso-functions",
      "serviceoperator.azure.com/latest-reconciled-generation": "1",
    });
    expect(found.metadata.finalizers).toContain("serviceoperator.azure.com/finalizer");
    expect(found.metadata.ownerReferences).toMatchObject([{ kind: "VirtualNetwork" }]);
    expect(found.metadata.annotations).not.toHaveProperty(
      "serviceoperator.azure.com/poller-resume-token",
    );
  });

  it("come to rest: nothing in work, nothing due, no message in a queue", async () => {
    await atRest(world);
    const { queues } = await world.fleet();
    const poisoned = Object.entries(queues).filter(([name]) => name.endsWith("-poison"));
    expect(poisoned.map(([, length]) => length)).toEqual([0, 0, 0]);
  });
});

describe("after the samples are Ready", () => {
  it("one edited tag is one PUT of that group and nothing else", async () => {
    const before = world.arm.stats().byMethod["PUT"] ?? 0;
    await space.patch("ResourceGroup", group, { spec: { tags: { team: "edited" } } });
    const edited = await space.ready("ResourceGroup", group);
    expect(edited.status?.["tags"]).toEqual({ team: "edited" });
    await atRest(world);
    expect((world.arm.stats().byMethod["PUT"] ?? 0) - before).toBe(1);
    expect(writesTo(world.arm, armId(group))).toEqual(["PUT", "PUT"]);
  });

  it("an edit that ARM does not see costs no PUT", async () => {
    const before = world.arm.stats().byMethod["PUT"] ?? 0;
    await space.annotate("ResourceGroup", group, { "example.com/note": "hello" });
    await space.patch("UserAssignedIdentity", "sample-identity", {
      spec: {
        operatorSpec: { configMaps: { clientId: { name: "sample-identity", key: "clientId" } } },
      },
    });
    await space.ready("UserAssignedIdentity", "sample-identity");
    const exported = await space.data("configmaps", "sample-identity");
    expect(Object.keys(exported ?? {})).toEqual(["clientId", "principalId"]);
    expect((world.arm.stats().byMethod["PUT"] ?? 0) - before).toBe(0);
  });

  it("kubectl replace, which wipes annotations and finalizer, keeps the claim and writes nothing to ARM", async () => {
    const before = writesTo(world.arm, armId(group)).length;
    const plain = {
      apiVersion: "resources.azure.com/v1api20200601",
      kind: "ResourceGroup",
      metadata: { name: group, namespace: "samples" },
      spec: { location: "westus3", tags: { team: "edited" } },
    };
    const { code } = await world.cluster.plane.kubectl(["replace", "-f", "-"], {
      input: JSON.stringify(plain),
    });
    expect(code).toBe(0);
    await space.until("ResourceGroup", group, (ready, found) => {
      const claimed = found.metadata.finalizers?.includes("serviceoperator.azure.com/finalizer");
      return claimed === true && ready?.status === "True";
    });
    await atRest(world);
    expect(writesTo(world.arm, armId(group))).toHaveLength(before);
  });

  it("a deleted subnet is gone in Azure, the network stays", async () => {
    await space.delete("VirtualNetworksSubnet", "sample-subnet");
    await space.gone("VirtualNetworksSubnet", "sample-subnet");
    const base = armId(`${group}/providers/microsoft.network/virtualnetworks/sample-vnet`);
    expect(writesTo(world.arm, `${base}/subnets/sample-subnet`)).toEqual(["PUT", "DELETE"]);
    expect(world.arm.resource(`${base}/subnets/sample-subnet`)).toBeUndefined();
    expect(world.arm.resource(base)).toBeDefined();
  });

  it("a deleted namespace ends with everything gone in Azure and in the cluster", {
    timeout: 90_000,
  }, async () => {
    await kubectl("delete", "namespace", "samples", "--wait=false");
    await eventually(
      "the namespace is gone",
      async () => {
        await controllerPass(world.cluster.plane.api);
        const path = "/api/v1/namespaces/samples";
        return (await world.cluster.plane.api.send("GET", path)).status === 404;
      },
      80,
    );
    expect(world.arm.resource(armId(group))).toBeUndefined();
    const { stored } = world.arm.stats();
    expect(stored).toBe(0);
    await eventually("no rows are left", async () => {
      const [cluster] = (await world.fleet()).clusters;
      return Object.keys(cluster?.states ?? {}).length === 0;
    });
  });

  it("no invocation failed and nothing was logged as an error", () => {
    const failed = world.lines.filter(
      (line) =>
        (line.event === "ended" && line.error !== undefined) ||
        (line.event === "log" && line.level === "error"),
    );
    expect(failed).toEqual([]);
  });
});
