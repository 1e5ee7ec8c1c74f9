import { describe, expect, test } from "vitest";
import { annotations } from "../../../src/core/resource/names.ts";
import { armError, json } from "../../doubles/in-memory-arm.ts";
import {
  accountId,
  flexibleServer,
  groupId,
  identity,
  identityId,
  namespace,
  refOf,
  resourceGroup,
  serverId,
  storageAccount,
} from "./samples.ts";
import { hour, World } from "./world.ts";

const role = {
  apiVersion: "authorization.azure.com/v1api20220401",
  kind: "RoleAssignment",
  metadata: { name: "role", namespace },
  spec: {
    azureName: "11111111-2222-4333-8444-555555555555",
    owner: { group: "resources.azure.com", kind: "ResourceGroup", name: "rg" },
    principalIdFromConfig: { name: "ids", key: "principal" },
    roleDefinitionReference: {
      armId: `${groupId}/providers/Microsoft.Authorization/roleDefinitions/b24988ac`,
    },
  },
};

describe("a Secret that a resource needs", () => {
  test("is waited for without a claim, and the resource goes on as soon as it is there", async () => {
    const world = await World.create();
    world.apply(resourceGroup(), flexibleServer());
    await world.run();
    expect(world.ready(flexibleServer())).toMatchObject({
      reason: "SecretNotFound",
      severity: "Warning",
    });
    expect(world.ready(flexibleServer())?.message).toContain("team/database");
    expect(world.calls("PUT", serverId)).toEqual([]);
    world.cluster.putSecret(namespace, "database", { password: "canary-1" });
    await world.run();
    expect(world.ready(flexibleServer())?.status).toBe("True");
    expect(world.calls("PUT", serverId)[0]?.body).toMatchObject({
      properties: { administratorLoginPassword: "canary-1" },
    });
  });

  test("that lacks the key is told with the key's name", async () => {
    const world = await World.create();
    world.cluster.putSecret(namespace, "database", { other: "canary-1" });
    world.apply(resourceGroup(), flexibleServer());
    await world.run();
    expect(world.ready(flexibleServer())?.message).toContain('key "password"');
    world.cluster.putSecret(namespace, "database", { password: "canary-1" });
    await world.run();
    expect(world.ready(flexibleServer())?.status).toBe("True");
  });

  test("that is rotated is one PUT with the new value", async () => {
    const world = await World.create();
    world.cluster.putSecret(namespace, "database", { password: "canary-1" });
    world.apply(resourceGroup(), flexibleServer());
    await world.run();
    world.cluster.putSecret(namespace, "database", { password: "canary-2" });
    await world.run();
    await world.run();
    const puts = world.calls("PUT", serverId);
    expect(puts).toHaveLength(2);
    expect(puts[1]?.body).toMatchObject({
      properties: { administratorLoginPassword: "canary-2" },
    });
    expect(world.ready(flexibleServer())?.status).toBe("True");
  });

  test("that is rotated reaches Azure although the first try is answered 500", async () => {
    const world = await World.create();
    world.cluster.putSecret(namespace, "database", { password: "canary-1" });
    world.apply(resourceGroup(), flexibleServer());
    await world.run();
    world.cluster.putSecret(namespace, "database", { password: "canary-2" });
    world.arm.inner.answerNext({ method: "PUT" }, json(500, {}));
    await world.advance(60_000);
    expect(world.arm.inner.resource(serverId)).toMatchObject({
      properties: { administratorLoginPassword: "canary-2" },
    });
    expect(world.ready(flexibleServer())?.status).toBe("True");
  });

  test("that is rotated while a PUT is without an answer reaches Azure", async () => {
    const world = await World.create();
    world.cluster.putSecret(namespace, "database", { password: "canary-1" });
    world.apply(resourceGroup(), flexibleServer());
    world.arm.inner.answerNext({ method: "PUT", path: /flexibleServers/ }, (call) => {
      world.arm.inner.put(call.path, { ...call.body });
      return { kind: "unanswered", sent: true, message: "ECONNRESET" };
    });
    await world.run();
    world.cluster.putSecret(namespace, "database", { password: "canary-2" });
    await world.advance(60_000);
    expect(world.ready(flexibleServer())?.status).toBe("True");
    const { properties } = world.calls("PUT", serverId).at(-1)?.body ?? {};
    expect(properties).toMatchObject({ administratorLoginPassword: "canary-2" });
  });

  test("is no drift although Azure never shows it", async () => {
    const world = await World.create();
    world.cluster.putSecret(namespace, "database", { password: "canary-1" });
    world.apply(resourceGroup(), flexibleServer());
    await world.run();
    await world.advance(3 * hour);
    world.loseLedger();
    await world.run();
    await world.advance(3 * hour);
    expect(world.calls("PUT", serverId)).toHaveLength(1);
  });

  test("that vanishes later is told, and Azure keeps what it has", async () => {
    const world = await World.create();
    world.cluster.putSecret(namespace, "database", { password: "canary-1" });
    world.apply(resourceGroup(), flexibleServer());
    await world.run();
    world.cluster.deleteObject("Secret", namespace, "database");
    await world.run();
    expect(world.ready(flexibleServer())?.reason).toBe("SecretNotFound");
    expect(world.writes()[`PUT ${serverId}`]).toBe(1);
    expect(world.calls("DELETE")).toEqual([]);
  });

  test("appears in no log, message, table, event, annotation or condition", async () => {
    const world = await World.create();
    world.cluster.putSecret(namespace, "database", { password: "canary-1" });
    world.arm.inner.answerNext(
      { method: "PUT", path: /flexibleServers/ },
      armError(400, "X", "no"),
    );
    world.apply(resourceGroup(), flexibleServer(), storageAccount(exported));
    await world.run();
    await world.advance(3 * hour);
    world.cluster.putSecret(namespace, "database", { password: "canary-2" });
    await world.run();
    await world.advance(2 * hour);
    const tables = [world.ledger, world.projections, world.ownership, world.checkpoints].map(
      ({ table }) => table.dump(),
    );
    const seen = JSON.stringify([
      world.log,
      world.cluster.events,
      world.sent,
      tables,
      world.get(flexibleServer()),
      world.get(storageAccount()),
    ]);
    expect(seen.length).toBeGreaterThan(1000);
    expect(seen).not.toContain("canary");
  });
});

describe("a ConfigMap that a resource needs", () => {
  test("is waited for, and a change of it is one PUT", async () => {
    const world = await World.create();
    world.apply(resourceGroup(), role);
    await world.run();
    expect(world.ready(role)).toMatchObject({ reason: "ConfigMapNotFound", severity: "Warning" });
    world.cluster.putConfigMap(namespace, "ids", { principal: "p-1" });
    await world.run();
    expect(world.ready(role)?.status).toBe("True");
    world.cluster.putConfigMap(namespace, "ids", { principal: "p-2" });
    await world.run();
    await world.run();
    const bodies = world.calls("PUT", /roleAssignments/).map(({ body }) => body);
    expect(bodies).toMatchObject([
      { properties: { principalId: "p-1" } },
      { properties: { principalId: "p-2" } },
    ]);
  });

  test("that changes in a key nobody reads costs no PUT", async () => {
    const world = await World.create();
    world.cluster.putConfigMap(namespace, "ids", { principal: "p-1" });
    world.apply(resourceGroup(), role);
    await world.run();
    world.cluster.putConfigMap(namespace, "ids", { principal: "p-1", other: "x" });
    await world.run();
    await world.run();
    expect(world.calls("PUT", /roleAssignments/)).toHaveLength(1);
  });
});

const exported = {
  operatorSpec: {
    secrets: { key1: { name: "keys", key: "one" }, blobEndpoint: { name: "keys", key: "blob" } },
    secretExpressions: [{ name: "connection", key: "text", value: '"Key=" + secret.key1' }],
    configMapExpressions: [{ name: "place", key: "location", value: "self.status.location" }],
  },
};
const exportsIds = {
  operatorSpec: { configMaps: { principalId: { name: "ids", key: "principal" } } },
};

describe("exports", () => {
  test("of keys, endpoints, status values and expressions are there when the resource is Ready", async () => {
    const world = await World.create();
    world.apply(resourceGroup(), storageAccount(exported), identity(exportsIds));
    await world.run();
    expect(world.ready(storageAccount())?.status).toBe("True");
    const data = (kind: "Secret" | "ConfigMap", name: string): unknown =>
      world.cluster.exported(kind, namespace, name)?.["data"];
    expect(data("Secret", "keys")).toEqual({
      one: "canary-account-key-1",
      blob: "https://account.blob.core.windows.net/",
    });
    expect(data("Secret", "connection")).toEqual({ text: "Key=canary-account-key-1" });
    expect(data("ConfigMap", "place")).toEqual({ location: "westus3" });
    expect(data("ConfigMap", "ids")).toEqual({ principal: "11111111-1111-4111-8111-111111111111" });
    expect(world.cluster.exported("Secret", namespace, "keys")?.metadata).toMatchObject({
      ownerReferences: [{ kind: "StorageAccount", name: "account" }],
    });
    expect(world.calls("POST")).toHaveLength(1);
  });

  test("feed the resource that waits for them, in one run", async () => {
    const world = await World.create();
    world.apply(resourceGroup(), role, identity(exportsIds));
    await world.run();
    await world.run();
    expect(world.ready(role)?.status).toBe("True");
  });

  test("are none unless they are asked for: no keys are listed", async () => {
    const world = await World.create();
    world.apply(resourceGroup(), storageAccount());
    await world.run();
    expect(world.calls("POST")).toEqual([]);
  });

  test("that are added later are written without a PUT", async () => {
    const world = await World.create();
    world.apply(resourceGroup(), identity());
    await world.run();
    world.edit(identity(), { spec: exportsIds });
    await world.run();
    expect(world.cluster.exported("ConfigMap", namespace, "ids")).toBeDefined();
    expect(world.ready(identity())).toMatchObject({ status: "True", observedGeneration: 2 });
    expect(world.calls("PUT", identityId)).toHaveLength(1);
  });

  test("never overwrite what belongs to somebody else", async () => {
    const world = await World.create();
    world.cluster.putConfigMap(namespace, "ids", { mine: "untouched" });
    world.apply(resourceGroup(), identity(exportsIds));
    await world.run();
    expect(world.ready(identity())).toMatchObject({
      reason: "FailedWritingAdditionalKubernetesObjects",
      severity: "Error",
    });
    expect(world.cluster.exported("ConfigMap", namespace, "ids")?.["data"]).toEqual({
      mine: "untouched",
    });
    expect(world.events()).toContainEqual(
      expect.stringContaining("Warning CreateOrUpdateActionError mi"),
    );
    world.cluster.deleteObject("ConfigMap", namespace, "ids");
    await world.advance(600_000);
    expect(world.ready(identity())?.status).toBe("True");
    expect(world.calls("PUT", identityId)).toHaveLength(1);
  });

  test("with an expression that cannot be right say so before anything is sent", async () => {
    const world = await World.create();
    const wrong = { configMapExpressions: [{ name: "x", key: "k", value: "self.nope + 1" }] };
    world.apply(resourceGroup(), identity({ operatorSpec: wrong }));
    await world.run();
    expect(world.ready(identity())).toMatchObject({
      reason: "FailedWritingAdditionalKubernetesObjects",
      severity: "Error",
    });
    expect(world.ready(identity())?.message).toContain("self.nope + 1");
    expect(world.calls("PUT", identityId)).toEqual([]);
    world.edit(identity(), { spec: { operatorSpec: null } });
    await world.run();
    expect(world.ready(identity())?.status).toBe("True");
  });

  test("with an expression that fails name it, and Azure is not written again for it", async () => {
    const world = await World.create();
    const value = "string(int(self.spec.location))";
    const broken = { configMapExpressions: [{ name: "x", key: "k", value }] };
    world.apply(resourceGroup(), identity({ operatorSpec: broken }));
    await world.run();
    await world.advance(hour);
    expect(world.ready(identity())).toMatchObject({
      reason: "FailedWritingAdditionalKubernetesObjects",
      severity: "Error",
    });
    expect(world.get(identity())?.status).toMatchObject({ principalId: expect.any(String) });
    expect(world.calls("PUT", identityId)).toHaveLength(1);
  });

  test("whose keys cannot be read are a Warning, and the next try writes them", async () => {
    const world = await World.create();
    world.apply(resourceGroup(), storageAccount(exported));
    world.arm.failNextKeys = armError(403, "AuthorizationFailed", "no");
    await world.run();
    expect(world.ready(storageAccount())).toMatchObject({ reason: "Failed", severity: "Warning" });
    await world.advance(60_000);
    expect(world.ready(storageAccount())?.status).toBe("True");
    expect(world.calls("PUT", accountId)).toHaveLength(1);
  });

  test("are written under skip as well", async () => {
    const world = await World.create();
    world.apply(resourceGroup());
    await world.run();
    world.arm.inner.put(identityId, { location: "westus3", properties: {} });
    world.apply(identity(exportsIds, { annotations: { [annotations.reconcilePolicy]: "skip" } }));
    await world.run();
    expect(world.ready(identity())?.status).toBe("True");
    expect(world.cluster.exported("ConfigMap", namespace, "ids")).toBeDefined();
    expect(world.calls("PUT", identityId)).toEqual([]);
  });
});

describe("policy skip", () => {
  const skipped = identity({}, { annotations: { [annotations.reconcilePolicy]: "skip" } });

  test("waits for a resource that is not in Azure and shows it as soon as it is", async () => {
    const world = await World.create();
    world.apply(resourceGroup(), skipped);
    await world.run();
    expect(world.ready(skipped)).toMatchObject({
      reason: "AzureResourceNotFound",
      severity: "Warning",
    });
    world.arm.inner.put(identityId, { location: "westus3", properties: {} });
    await world.advance(200_000);
    expect(world.ready(skipped)?.status).toBe("True");
    expect(world.calls("PUT", identityId)).toEqual([]);
  });

  test("that is left causes one PUT", async () => {
    const world = await World.create();
    world.arm.inner.put(identityId, { location: "eastus", properties: {} });
    world.apply(resourceGroup(), skipped);
    await world.run();
    world.cluster.edit(refOf(skipped), {
      metadata: { annotations: { [annotations.reconcilePolicy]: "manage" } },
    });
    await world.run();
    await world.advance(2 * hour);
    expect(world.calls("PUT", identityId)).toHaveLength(1);
    expect(world.ready(skipped)?.status).toBe("True");
  });

  test("of the Namespace stops every write in it, and leaving it goes on", async () => {
    const world = await World.create();
    world.cluster.putNamespace(namespace, { [annotations.reconcilePolicy]: "skip" });
    world.arm.inner.put(groupId, { location: "westus3" });
    world.apply(resourceGroup(), identity());
    await world.run();
    expect(world.ready(resourceGroup())?.status).toBe("True");
    expect(world.ready(identity())?.reason).toBe("AzureResourceNotFound");
    expect(world.calls("PUT")).toEqual([]);
    world.cluster.putNamespace(namespace, { [annotations.reconcilePolicy]: "manage" });
    await world.run();
    expect(world.ready(identity())?.status).toBe("True");
    expect(world.calls("PUT", identityId)).toHaveLength(1);
  });

  test("that is misspelt is told, and the default applies", async () => {
    const world = await World.create();
    const typo = identity({}, { annotations: { [annotations.reconcilePolicy]: "Skip" } });
    world.apply(resourceGroup(), typo);
    await world.run();
    expect(world.ready(typo)?.status).toBe("True");
    expect(world.events()).toContainEqual(
      expect.stringContaining('Warning InvalidReconcilePolicy mi: "Skip" is no reconcile policy'),
    );
  });
});
