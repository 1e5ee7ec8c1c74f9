import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { annotations } from "../../../src/core/resource/names.ts";
import { json } from "../../doubles/in-memory-arm.ts";
import type { NewResource } from "../../doubles/in-memory-cluster.ts";
import {
  accountId,
  groupId,
  identity,
  identityId,
  namespace,
  refOf,
  resourceGroup,
  storageAccount,
  subscription,
} from "./samples.ts";
import { hour, World } from "./world.ts";

const keys = (...names: readonly string[]): JsonObject => ({
  operatorSpec: {
    secrets: Object.fromEntries(names.map((name) => [name, { name: "keys", key: name }])),
  },
});
const ids = (name: string, key = "principal"): JsonObject => ({
  operatorSpec: { configMaps: { principalId: { name, key } } },
});

async function settled(...resources: readonly NewResource[]): Promise<World> {
  const world = await World.create();
  world.apply(resourceGroup(), ...resources);
  await world.run();
  for (const one of resources) expect(world.ready(one)?.status).toBe("True");
  return world;
}

function dataOf(world: World, kind: "Secret" | "ConfigMap", name: string): unknown {
  return world.cluster.exported(kind, namespace, name)?.["data"];
}

describe("an identity", () => {
  test("exports its ids to a Secret, the subscription's as well", async () => {
    const names = ["clientId", "principalId", "subscriptionId", "tenantId"];
    const world = await settled(identity(keys(...names)));
    const { clientId, principalId, tenantId } = world.get(identity())?.status ?? {};
    expect(clientId).toBeDefined();
    expect(dataOf(world, "Secret", "keys")).toEqual({
      clientId,
      principalId,
      subscriptionId: subscription,
      tenantId,
    });
  });
});

describe("an object that a resource exports", () => {
  test("is replaced as a whole when a key is taken out of the spec", async () => {
    const world = await settled(storageAccount(keys("key1", "key2")));
    expect(Object.keys(dataOf(world, "Secret", "keys") as object)).toEqual(["key1", "key2"]);
    world.edit(storageAccount(), { spec: { operatorSpec: { secrets: { key2: null } } } });
    await world.run();
    expect(dataOf(world, "Secret", "keys")).toEqual({ key1: "canary-account-key-1" });
    expect(world.calls("PUT", accountId)).toHaveLength(1);
  });

  test("stays when its destination is taken out of the spec: it goes with the resource", async () => {
    const world = await settled(identity(ids("before")));
    world.edit(identity(), {
      spec: { operatorSpec: { configMaps: { principalId: { name: "after" } } } },
    });
    await world.run();
    expect(dataOf(world, "ConfigMap", "after")).toBeDefined();
    expect(world.cluster.exported("ConfigMap", namespace, "before")?.metadata).toMatchObject({
      ownerReferences: [{ kind: "UserAssignedIdentity", name: "mi" }],
    });
  });

  test("is as it was within a sync period after somebody edited or deleted it", async () => {
    const world = await settled(identity(ids("ids")), storageAccount(keys("key1")));
    world.cluster.deleteObject("ConfigMap", namespace, "ids");
    world.cluster.putSecret(namespace, "keys", { key1: "edited", other: "x" });
    await world.advance(1.5 * hour);
    expect(dataOf(world, "ConfigMap", "ids")).toEqual({
      principal: "11111111-1111-4111-8111-111111111111",
    });
    expect(dataOf(world, "Secret", "keys")).toEqual({ key1: "canary-account-key-1" });
    expect(Object.values(world.writes())).toEqual([1, 1, 1]);
  });

  test("has keys that were rotated in Azure within a sync period, without a PUT", async () => {
    const world = await settled(storageAccount(keys("key1")));
    world.arm.failNextKeys = json(200, { keys: [{ keyName: "key1", value: "canary-rotated" }] });
    await world.advance(1.5 * hour);
    expect(world.calls("POST")).toHaveLength(2);
    expect(dataOf(world, "Secret", "keys")).toEqual({ key1: "canary-rotated" });
    expect(world.calls("PUT", accountId)).toHaveLength(1);
  });

  test("belongs to the first of two resources that name it; the second is told and overwrites nothing", async () => {
    const second = identity(ids("ids", "other"), { name: "second" });
    const world = await settled(identity(ids("ids")));
    world.apply(second);
    await world.run();
    expect(world.ready(second)).toMatchObject({
      reason: "FailedWritingAdditionalKubernetesObjects",
      severity: "Error",
    });
    expect(world.ready(second)?.message).toContain("cannot overwrite ConfigMap team/ids");
    expect(world.get(second)?.status).toMatchObject({ principalId: expect.any(String) });
    expect(Object.keys(dataOf(world, "ConfigMap", "ids") as object)).toEqual(["principal"]);
    world.edit(second, { spec: ids("own") });
    await world.run();
    expect(world.ready(second)?.status).toBe("True");
  });

  describe("that cannot be written after a long operation", () => {
    async function refused(): Promise<World> {
      const put = { via: "location", polls: 1 } as const;
      const world = await World.create({
        operations: { "Microsoft.Storage/storageAccounts": { put } },
      });
      world.cluster.putSecret(namespace, "keys", { mine: "untouched" });
      world.apply(resourceGroup(), storageAccount(keys("key1")));
      await world.advance(60_000);
      expect(world.ready(storageAccount())?.reason).toBe(
        "FailedWritingAdditionalKubernetesObjects",
      );
      return world;
    }

    test("keeps that operation noted, as ASO does, and neither polls it nor sends a second PUT", async () => {
      const world = await refused();
      expect(world.annotation(storageAccount(), annotations.pollerResumeToken)).toBeDefined();
      const polls = world.calls("GET", /operations/).length;
      world.cluster.deleteObject("Secret", namespace, "keys");
      await world.advance(600_000);
      expect(world.ready(storageAccount())?.status).toBe("True");
      expect(world.annotation(storageAccount(), annotations.pollerResumeToken)).toBeUndefined();
      expect(dataOf(world, "Secret", "keys")).toEqual({ key1: "canary-account-key-1" });
      expect(world.calls("GET", /operations/)).toHaveLength(polls);
      expect(world.calls("PUT", accountId)).toHaveLength(1);
    });

    test("holds no edit back", async () => {
      const world = await refused();
      world.edit(storageAccount(), { spec: { tags: { a: "b" } } });
      await world.advance(60_000);
      expect(world.calls("PUT", accountId)).toHaveLength(2);
      expect(world.arm.inner.resource(accountId)?.["tags"]).toEqual({ a: "b" });
    });

    test.each([500, 409, 429])(
      "loses no edit whose first try is answered %d: that operation is over",
      async (status) => {
        const world = await refused();
        world.edit(storageAccount(), { spec: { tags: { a: "b" } } });
        world.arm.inner.answerNext({ method: "PUT" }, json(status, {}));
        await world.advance(600_000);
        expect(world.arm.inner.resource(accountId)?.["tags"]).toEqual({ a: "b" });
      },
    );

    test("is deleted like any other", async () => {
      const world = await refused();
      world.cluster.delete(refOf(storageAccount()));
      await world.run();
      expect(world.get(storageAccount())).toBeUndefined();
      expect(world.calls("DELETE", accountId)).toHaveLength(1);
    });
  });

  test("of a resource that was made again under its name is not taken over from the one before", async () => {
    const world = await settled(identity(ids("ids")));
    world.edit(identity(), {
      metadata: { annotations: { [annotations.reconcilePolicy]: "detach-on-delete" } },
    });
    world.cluster.delete(refOf(identity()));
    await world.run();
    world.apply(identity(ids("ids")));
    await world.run();
    expect(world.ready(identity())?.reason).toBe("FailedWritingAdditionalKubernetesObjects");
    world.cluster.deleteObject("ConfigMap", namespace, "ids");
    await world.advance(hour);
    expect(world.ready(identity())?.status).toBe("True");
  });

  test("follows what Azure shows under skip as well, once a sync period", async () => {
    const world = await World.create();
    world.arm.inner.put(groupId, { location: "westus3" });
    world.arm.inner.put(identityId, { location: "westus3", tags: { a: "1" }, properties: {} });
    const value = "self.status.tags.a";
    const watched = identity(
      { operatorSpec: { configMapExpressions: [{ name: "tag", key: "a", value }] } },
      { annotations: { [annotations.reconcilePolicy]: "skip" } },
    );
    world.apply(resourceGroup(), watched);
    await world.run();
    expect(dataOf(world, "ConfigMap", "tag")).toEqual({ a: "1" });
    world.arm.inner.mutate(identityId, { tags: { a: "2" } });
    await world.advance(1.5 * hour);
    expect(dataOf(world, "ConfigMap", "tag")).toEqual({ a: "2" });
    expect(world.calls("PUT", identityId)).toEqual([]);
  });
});
