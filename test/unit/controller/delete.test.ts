import { describe, expect, test } from "vitest";
import { annotations, finalizer, pollerIds } from "../../../src/core/resource/names.ts";
import { armError, type LroPlan } from "../../doubles/in-memory-arm.ts";
import {
  blobService,
  groupId,
  networkId,
  refOf,
  resourceGroup,
  storageAccount,
  subnet,
  subnetId,
  virtualNetwork,
} from "./samples.ts";
import { hour, World, type WorldOptions } from "./world.ts";

const chain = [resourceGroup(), virtualNetwork(), subnet()];
const policy = (value: string) => ({
  metadata: { annotations: { [annotations.reconcilePolicy]: value } },
});

async function settled(options: WorldOptions = {}): Promise<World> {
  const world = await World.create(options);
  world.apply(...chain);
  await world.run();
  await world.advance(60_000);
  for (const one of chain) expect(world.ready(one)?.status).toBe("True");
  return world;
}

function deleteAll(world: World): void {
  for (const one of chain) world.cluster.delete(refOf(one));
}

describe("a deletion", () => {
  test("sends one DELETE to the id that was claimed and lets the resource go", async () => {
    const world = await settled();
    world.cluster.delete(refOf(subnet()));
    await world.run();
    expect(world.get(subnet())).toBeUndefined();
    expect(world.calls("DELETE").map(({ path }) => path)).toEqual([subnetId]);
    expect(world.arm.resource(subnetId)).toBeUndefined();
    expect(await world.row(subnet())).toBeUndefined();
    expect(world.arm.resource(networkId)).toBeDefined();
  });

  test("of a whole chain at once ends, whatever goes first", async () => {
    const world = await settled();
    deleteAll(world);
    await world.run();
    await world.advance(600_000);
    for (const one of chain) expect(world.get(one)).toBeUndefined();
    expect(world.arm.inner.ids()).toEqual([]);
    for (const { path } of world.calls("DELETE"))
      expect([groupId, networkId, subnetId]).toContain(path);
    expect(world.errors()).toEqual([]);
  });

  test("of what Azure does not have any more needs no DELETE", async () => {
    const world = await settled();
    world.arm.inner.remove(groupId);
    deleteAll(world);
    await world.run();
    for (const one of chain) expect(world.get(one)).toBeUndefined();
    expect(world.calls("DELETE")).toEqual([]);
  });

  test("works without the owner's resource, which may be gone first", async () => {
    const world = await settled();
    world.cluster.edit(refOf(virtualNetwork()), { metadata: { finalizers: [] } });
    world.cluster.delete(refOf(virtualNetwork()));
    world.cluster.delete(refOf(subnet()));
    await world.run();
    expect(world.get(subnet())).toBeUndefined();
    expect(world.calls("DELETE").map(({ path }) => path)).toEqual([subnetId]);
  });

  test("works without ledger and owner: what the cascade of the owner took along is let go", async () => {
    const world = await settled();
    world.cluster.delete(refOf(subnet()));
    world.cluster.edit(refOf(virtualNetwork()), { metadata: { finalizers: [] } });
    world.cluster.delete(refOf(virtualNetwork()));
    world.arm.inner.remove(networkId);
    world.loseLedger();
    await world.run();
    await world.advance(600_000);
    expect(world.get(subnet())).toBeUndefined();
    expect(world.calls("DELETE")).toEqual([]);
  });

  test("shows Deleting and every refusal of Azure as a Warning, and goes on trying", async () => {
    const world = await settled();
    const refusal = armError(409, "InUseSubnetCannotBeDeleted", "in use");
    world.arm.inner.answerNext({ method: "DELETE" }, refusal);
    world.cluster.delete(refOf(subnet()));
    await world.run();
    expect(world.ready(subnet())).toMatchObject({
      reason: "InUseSubnetCannotBeDeleted",
      severity: "Warning",
    });
    await world.advance(600_000);
    expect(world.get(subnet())).toBeUndefined();
    expect(world.calls("DELETE")).toHaveLength(2);
  });

  test("of a resource that was never claimed is none of ours", async () => {
    const world = await World.create();
    world.apply(subnet());
    await world.run();
    world.cluster.delete(refOf(subnet()));
    await world.run();
    expect(world.get(subnet())).toBeUndefined();
    expect(await world.row(subnet())).toBeUndefined();
    expect(world.arm.inner.calls).toEqual([]);
  });

  test("keeps other finalizers and does nothing more while they hold the resource", async () => {
    const world = await settled();
    world.cluster.edit(refOf(subnet()), {
      metadata: { finalizers: [finalizer, "other.example/hold"] },
    });
    world.cluster.delete(refOf(subnet()));
    await world.run();
    expect(world.get(subnet())?.metadata.finalizers).toEqual(["other.example/hold"]);
    const calls = world.since();
    await world.advance(4 * hour);
    expect(calls().filter(({ path }) => path === subnetId)).toEqual([]);
    world.cluster.edit(refOf(subnet()), { metadata: { finalizers: [] } });
    await world.run();
    expect(await world.row(subnet())).toBeUndefined();
  });

  test("frees the id for another resource", async () => {
    const world = await settled();
    world.cluster.delete(refOf(subnet()));
    await world.run();
    const successor = subnet({ azureName: "subnet" }, { name: "successor" });
    world.apply(successor);
    await world.run();
    expect(world.ready(successor)?.status).toBe("True");
  });
});

describe.each(["asyncOperation", "location"] as const)("a long deletion by %s", (via) => {
  const plan: LroPlan = { via, polls: 2, retryAfterSeconds: 20 };
  const operations = { "Microsoft.Network/virtualNetworks/subnets": { delete: plan } };

  test("is one DELETE, polled at Retry-After, and only then lets go", async () => {
    const world = await settled({ operations });
    world.cluster.delete(refOf(subnet()));
    await world.run();
    expect(world.ready(subnet())).toMatchObject({ reason: "Deleting", severity: "Info" });
    expect(world.annotation(subnet(), annotations.pollerResumeId)).toBe(pollerIds.delete);
    const calls = world.since();
    await world.advance(19_000);
    expect(calls()).toEqual([]);
    await world.advance(300_000);
    expect(world.get(subnet())).toBeUndefined();
    expect(world.calls("DELETE")).toHaveLength(1);
  });

  test("survives the loss of the ledger", async () => {
    const world = await settled({ operations });
    world.cluster.delete(refOf(subnet()));
    await world.run();
    world.loseLedger();
    await world.run();
    await world.advance(300_000);
    expect(world.get(subnet())).toBeUndefined();
    expect(world.calls("DELETE")).toHaveLength(1);
  });

  test("that fails is a Warning and starts again", async () => {
    const error = { code: "InUse", message: "somebody is in there" };
    const world = await settled({
      operations: {
        "Microsoft.Network/virtualNetworks/subnets": { delete: { via, polls: 0, error } },
      },
    });
    world.cluster.delete(refOf(subnet()));
    await world.run();
    await world.advance(1000);
    expect(world.ready(subnet())).toMatchObject({ reason: "InUse", severity: "Warning" });
    await world.advance(60_000);
    expect(world.calls("DELETE").length).toBeGreaterThan(1);
  });
});

describe("a policy", () => {
  test.each(["skip", "detach-on-delete"])("of %s lets go without asking Azure", async (value) => {
    const world = await settled();
    world.cluster.edit(refOf(subnet()), policy(value));
    await world.run();
    const calls = world.since();
    world.cluster.delete(refOf(subnet()));
    await world.run();
    expect(world.get(subnet())).toBeUndefined();
    expect(calls()).toEqual([]);
    expect(world.arm.resource(subnetId)).toBeDefined();
  });

  test("of the Namespace protects everything in it", async () => {
    const world = await settled();
    world.cluster.putNamespace("team", { [annotations.reconcilePolicy]: "detach-on-delete" });
    deleteAll(world);
    await world.run();
    for (const one of chain) expect(world.get(one)).toBeUndefined();
    expect(world.calls("DELETE")).toEqual([]);
    expect(world.arm.resource(groupId)).toBeDefined();
  });

  test("that comes while a deletion is stuck is the way out", async () => {
    const world = await settled();
    for (let n = 0; n < 3; n++)
      world.arm.inner.answerNext({ method: "DELETE" }, armError(400, "BadRequest", "never"));
    world.cluster.delete(refOf(subnet()));
    await world.run();
    world.cluster.edit(refOf(subnet()), policy("skip"));
    await world.run();
    expect(world.get(subnet())).toBeUndefined();
  });
});

describe("a kind that Azure cannot delete", () => {
  test("says so until the policy lets go, and never sends a DELETE", async () => {
    const world = await World.create();
    world.apply(resourceGroup(), storageAccount(), blobService());
    await world.run();
    world.cluster.delete(refOf(blobService()));
    await world.run();
    expect(world.ready(blobService())).toMatchObject({
      reason: "DeletionNotSupportedInAzure",
      severity: "Warning",
    });
    // Very slow: once a sync period.
    expect((await world.row(blobService()))?.due).toBe(world.time + hour - 250);
    expect(world.events()).toContainEqual(
      expect.stringContaining("Normal NotPossibleInAzure blobs"),
    );
    world.cluster.edit(refOf(blobService()), policy("detach-on-delete"));
    await world.run();
    expect(world.get(blobService())).toBeUndefined();
    expect(world.calls("DELETE")).toEqual([]);
  });

  test("goes with its parent", async () => {
    const world = await World.create();
    world.apply(resourceGroup(), storageAccount(), blobService());
    await world.run();
    world.cluster.delete(refOf(blobService()));
    world.cluster.delete(refOf(storageAccount()));
    await world.run();
    await world.advance(3 * hour);
    expect(world.get(blobService())).toBeUndefined();
    expect(world.calls("DELETE").map(({ path }) => path)).toEqual([
      `${groupId}/providers/Microsoft.Storage/storageAccounts/account`,
    ]);
    // No deletion of it ever begins.
    expect(world.events()).not.toContainEqual(expect.stringContaining("BeginDelete blobs"));
  });
});

describe("absence is not deletion", () => {
  test("a resource that was removed by force deletes nothing in Azure", async () => {
    const world = await settled();
    world.cluster.edit(refOf(subnet()), { metadata: { finalizers: [] } });
    world.cluster.delete(refOf(subnet()));
    await world.run();
    await world.advance(2 * hour);
    expect(world.calls("DELETE")).toEqual([]);
    expect(await world.row(subnet())).toBeUndefined();
  });

  test("a kind that is no longer served deletes nothing in Azure", async () => {
    const world = await settled();
    world.cluster.kinds = world.cluster.kinds.filter(
      ({ kind }) => kind !== "VirtualNetworksSubnet",
    );
    await world.run();
    await world.advance(2 * hour);
    expect(world.calls("DELETE")).toEqual([]);
    expect(world.calls("PUT", subnetId)).toHaveLength(1);
  });

  test("an edited resource-id deletes nothing and says why", async () => {
    const world = await settled();
    world.cluster.edit(refOf(subnet()), {
      metadata: { annotations: { [annotations.resourceId]: groupId } },
    });
    world.cluster.delete(refOf(subnet()));
    await world.run();
    await world.advance(600_000);
    expect(world.calls("DELETE")).toEqual([]);
    expect(world.ready(subnet())?.message).toContain(annotations.resourceId);
  });

  test("an edited resource-id deletes nothing when the ledger is lost, either", async () => {
    const world = await settled();
    world.cluster.edit(refOf(subnet()), {
      metadata: { annotations: { [annotations.resourceId]: groupId } },
    });
    world.cluster.delete(refOf(subnet()));
    world.loseLedger();
    await world.run();
    await world.advance(600_000);
    expect(world.calls("DELETE")).toEqual([]);
  });

  test("a resource that was deleted and made again under its name starts anew", async () => {
    const world = await settled();
    world.cluster.edit(refOf(subnet()), { metadata: { finalizers: [] } });
    world.cluster.delete(refOf(subnet()));
    const renamed = subnet({ azureName: "other" });
    world.apply(renamed);
    await world.run();
    expect(world.ready(renamed)?.status).toBe("True");
    expect(world.arm.resource(`${networkId}/subnets/other`)).toBeDefined();
    const successor = subnet({ azureName: "subnet" }, { name: "successor" });
    world.apply(successor);
    await world.run();
    expect(world.ready(successor)?.message).toBeUndefined();
    expect(world.calls("DELETE")).toEqual([]);
  });
});
