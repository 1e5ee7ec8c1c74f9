import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { annotations } from "../../../src/core/resource/names.ts";
import { valueAt } from "../../../src/kinds/keep-children.ts";
import { json } from "../../doubles/in-memory-arm.ts";
import type { NewResource } from "../../doubles/in-memory-cluster.ts";
import { groupId, namespace, refOf, resourceGroup, subscription } from "./samples.ts";
import { hour, World } from "./world.ts";

function aResource(apiVersion: string, kind: string, name: string, spec: JsonObject): NewResource {
  return { apiVersion, kind, metadata: { name, namespace }, spec };
}

describe("a state that keeps a PUT back", () => {
  const kinds = { "containerservice.azure.com": ["ManagedCluster", "ManagedClustersAgentPool"] };
  const version = "containerservice.azure.com/v1api20250801";
  const aks = aResource(version, "ManagedCluster", "aks", {
    owner: { name: "rg" },
    location: "westus3",
  });
  const pool = aResource(version, "ManagedClustersAgentPool", "pool", { owner: { name: "aks" } });
  const aksId = `${groupId}/providers/Microsoft.ContainerService/managedClusters/aks`;
  const poolId = `${aksId}/agentPools/pool`;
  const inState = (provisioningState: string): JsonObject => ({
    properties: { provisioningState },
  });

  async function withCluster(): Promise<World> {
    const world = await World.create({ kinds });
    world.apply(resourceGroup(), aks);
    await world.run();
    expect(world.ready(aks)?.status).toBe("True");
    return world;
  }

  test("of the resource itself is told, and the edit is sent when it is over", async () => {
    const world = await withCluster();
    world.arm.inner.mutate(aksId, inState("Upgrading"));
    world.edit(aks, { spec: { tags: { a: "b" } } });
    await world.run();
    expect(world.ready(aks)).toMatchObject({
      reason: "ReconciliationBlocked",
      severity: "Warning",
      message: 'Managed cluster is in provisioning state "Upgrading"',
    });
    expect(world.calls("PUT", aksId)).toHaveLength(1);
    world.arm.inner.mutate(aksId, inState("Succeeded"));
    await world.advance(60_000);
    expect(world.ready(aks)?.status).toBe("True");
    expect(world.calls("PUT", aksId)).toHaveLength(2);
  });

  test("of the owner is read afresh before a child is created", async () => {
    const world = await withCluster();
    world.arm.inner.mutate(aksId, inState("Upgrading"));
    world.apply(pool);
    await world.run();
    expect(world.ready(pool)).toMatchObject({
      reason: "ReconciliationBlocked",
      message: 'Managed cluster "aks" is in provisioning state "Upgrading"',
    });
    expect(world.calls("PUT", poolId)).toEqual([]);
    world.arm.inner.mutate(aksId, inState("Failed"));
    await world.advance(60_000);
    expect(world.ready(pool)?.status).toBe("True");
  });

  test("is not asked for a deletion, nor under skip", async () => {
    const world = await withCluster();
    world.arm.inner.mutate(aksId, inState("Upgrading"));
    world.arm.inner.put(poolId, { properties: {} });
    world.apply({
      ...pool,
      metadata: { ...pool.metadata, annotations: { [annotations.reconcilePolicy]: "skip" } },
    });
    await world.run();
    expect(world.ready(pool)?.status).toBe("True");
    world.edit(pool, { metadata: { annotations: { [annotations.reconcilePolicy]: "manage" } } });
    world.cluster.delete(refOf(pool));
    await world.run();
    expect(world.get(pool)).toBeUndefined();
    expect(world.calls("DELETE", poolId)).toHaveLength(1);
  });

  test("is an owner that is gone in Azure as well: told, nothing is sent", async () => {
    const world = await withCluster();
    world.arm.inner.remove(aksId);
    world.apply(pool);
    await world.run();
    expect(world.ready(pool)).toMatchObject({ reason: "Failed", severity: "Warning" });
    expect(world.ready(pool)?.message).toContain(`${aksId} does not exist`);
    expect(world.calls("PUT", poolId)).toEqual([]);
  });
});

describe("a private endpoint", () => {
  const endpoint = aResource("network.azure.com/v1api20240301", "PrivateEndpoint", "pe", {
    owner: { name: "rg" },
    location: "westus3",
    operatorSpec: { configMapExpressions: [{ name: "pe", key: "id", value: "self.status.id" }] },
  });
  const id = `${groupId}/providers/Microsoft.Network/privateEndpoints/pe`;
  const connections = (status: string): JsonObject => ({
    properties: {
      manualPrivateLinkServiceConnections: [
        { id: `${id}/c`, name: "c", properties: { privateLinkServiceConnectionState: { status } } },
      ],
    },
  });

  test("whose connection is not approved is not Ready, exports nothing, and costs no second PUT", async () => {
    const world = await World.create({ kinds: { "network.azure.com": ["PrivateEndpoint"] } });
    world.apply(resourceGroup());
    await world.run();
    world.arm.inner.answerNext({ method: "GET", path: /privateEndpoints/ }, () => {
      world.arm.inner.mutate(id, connections("Pending"));
      return undefined;
    });
    world.apply(endpoint);
    await world.run();
    expect(world.ready(endpoint)).toMatchObject({
      reason: "PostReconciliationFailure",
      severity: "Warning",
      message: `Private connection(s) '["${id}/c"]' to the PrivateEndpoint requires approval`,
    });
    expect(world.get(endpoint)?.status).toMatchObject({ id });
    expect(world.cluster.exported("ConfigMap", namespace, "pe")).toBeUndefined();
    world.arm.inner.mutate(id, connections("Approved"));
    await world.advance(60_000);
    expect(world.ready(endpoint)?.status).toBe("True");
    expect(world.cluster.exported("ConfigMap", namespace, "pe")?.["data"]).toEqual({ id });
    expect(world.calls("PUT", id)).toHaveLength(1);
  });
});

describe("a key vault", () => {
  const vaultId = `${groupId}/providers/Microsoft.KeyVault/vaults/kv`;
  const deletedId = `/subscriptions/${subscription}/providers/Microsoft.KeyVault/locations/westus3/deletedVaults/kv`;
  const vault = (createMode: string): NewResource =>
    aResource("keyvault.azure.com/v1api20230701", "Vault", "kv", {
      owner: { name: "rg" },
      location: "westus3",
      properties: {
        createMode,
        sku: { family: "A", name: "standard" },
        tenantId: "00000000-0000-0000-0000-000000000002",
      },
    });

  async function apply(createMode: string, deletedFrom?: string): Promise<World> {
    const world = await World.create({ kinds: { "keyvault.azure.com": ["Vault"] } });
    if (deletedFrom !== undefined)
      world.arm.inner.put(deletedId, { properties: { vaultId: deletedFrom } });
    world.apply(resourceGroup(), vault(createMode));
    await world.run();
    return world;
  }

  /** The modes that Azure was sent. */
  const sent = (world: World): unknown =>
    world.calls("PUT", vaultId).map(({ body }) => valueAt(body, ["properties", "createMode"]));

  test.each([
    { mode: "default", deletedFrom: vaultId, gets: ["default"] },
    { mode: "recover", deletedFrom: vaultId, gets: ["recover"] },
    { mode: "createOrRecover", deletedFrom: undefined, gets: ["default"] },
    { mode: "createOrRecover", deletedFrom: vaultId.toUpperCase(), gets: ["recover"] },
    { mode: "purgeThenCreate", deletedFrom: undefined, gets: ["default"] },
  ])("with createMode $mode is sent with $gets, deleted before: $deletedFrom", async (row) => {
    const world = await apply(row.mode, row.deletedFrom);
    expect(world.ready(vault(row.mode))?.status).toBe("True");
    expect(sent(world)).toEqual(row.gets);
    expect(world.calls("POST")).toEqual([]);
  });

  test("that was deleted in another group is not recovered, and says the way out", async () => {
    const world = await apply("createOrRecover", vaultId.replace("/rg/", "/elsewhere/"));
    expect(world.ready(vault(""))).toMatchObject({ reason: "Failed", severity: "Error" });
    expect(world.ready(vault(""))?.message).toContain("old resource group elsewhere");
    expect(sent(world)).toEqual([]);
  });

  test("is purged first where that was asked for, once, and then created", async () => {
    const world = await World.create({ kinds: { "keyvault.azure.com": ["Vault"] } });
    world.arm.inner.put(deletedId, { properties: { vaultId } });
    world.arm.inner.answerNext({ method: "POST", path: /purge$/ }, json(202, {}));
    world.apply(resourceGroup(), vault("purgeThenCreate"));
    await world.run();
    expect(world.ready(vault(""))).toMatchObject({ reason: "Reconciling", severity: "Info" });
    expect(sent(world)).toEqual([]);
    world.arm.inner.remove(deletedId);
    await world.advance(60_000);
    expect(world.ready(vault(""))?.status).toBe("True");
    expect(world.calls("POST", `${deletedId}/purge`)).toHaveLength(1);
    expect(sent(world)).toEqual(["default"]);
    await world.advance(3 * hour);
    expect(world.calls("POST")).toHaveLength(1);
  });
});

describe("an alias of a subscription", () => {
  const made = "00000000-0000-0000-0000-00000000000a";
  const alias = aResource("subscription.azure.com/v1api20211001", "Alias", "team", {
    properties: { displayName: "Team", workload: "DevTest", billingScope: "/billing/1" },
  });
  const role = aResource("authorization.azure.com/v1api20220401", "RoleAssignment", "role", {
    azureName: "11111111-2222-4333-8444-555555555555",
    owner: { group: "subscription.azure.com", kind: "Alias", name: "team" },
    principalId: "p",
    roleDefinitionReference: { armId: "/providers/Microsoft.Authorization/roleDefinitions/b" },
  });

  test("gives its extensions the new subscription as their scope, and stays what it is", async () => {
    const world = await World.create({ kinds: { "subscription.azure.com": ["Alias"] } });
    world.arm.inner.answerNext({ method: "GET", path: /aliases/ }, () => {
      world.arm.inner.mutate("/providers/Microsoft.Subscription/aliases/team", {
        properties: { subscriptionId: made },
      });
      return undefined;
    });
    world.apply(role, alias);
    await world.run();
    expect(world.ready(alias)?.status).toBe("True");
    expect(world.annotation(alias, annotations.childResourceIdOverride)).toBe(
      `/subscriptions/${made}`,
    );
    expect(world.annotation(role, annotations.resourceId)).toBe(
      `/subscriptions/${made}/providers/Microsoft.Authorization/roleAssignments/${role.spec?.["azureName"]}`,
    );
  });
});

describe("a kind that is not in Azure Resource Manager", () => {
  const group = aResource("entra.azure.com/v1", "SecurityGroup", "team", {
    displayName: "Team",
    mailNickname: "team",
  });

  test("is told so, sends nothing, and stays free for Azure Service Operator", async () => {
    const world = await World.create({ kinds: { "entra.azure.com": ["SecurityGroup"] } });
    world.apply(group);
    await world.run();
    expect(world.ready(group)).toMatchObject({ reason: "Failed", severity: "Error" });
    expect(world.ready(group)?.message).toContain("no resource of Azure Resource Manager");
    expect(world.get(group)?.metadata.finalizers ?? []).toEqual([]);
    expect(world.annotation(group, annotations.operatorNamespace)).toBeUndefined();
    expect(world.arm.inner.calls).toEqual([]);
    world.cluster.delete(refOf(group));
    await world.run();
    expect(world.get(group)).toBeUndefined();
  });
});
