import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { annotations } from "../../../src/core/resource/names.ts";
import { armError, type LroPlan } from "../../doubles/in-memory-arm.ts";
import type { NewResource } from "../../doubles/in-memory-cluster.ts";
import {
  flexibleServer,
  groupId,
  identity,
  identityId,
  namespace,
  networkId,
  refOf,
  resourceGroup,
  serverId,
  virtualNetwork,
} from "./samples.ts";
import { hour, World } from "./world.ts";

const other = "/subscriptions/00000000-0000-0000-0000-00000000000f/resourceGroups/rg";

/** Reasons of the events about a resource; names are unique in these worlds. */
function reasons(world: World, { metadata }: NewResource): readonly string[] {
  const told = world.cluster.events.filter(({ about }) => about.endsWith(metadata.name));
  return [...new Set(told.map(({ reason }) => reason))].sort();
}

function noted(world: World, resource: NewResource): readonly string[] {
  const { annotations: found = {} } = world.get(resource)?.metadata ?? {};
  return Object.keys(found)
    .filter((name) => name.startsWith("serviceoperator"))
    .map((name) => name.slice(name.indexOf("/") + 1))
    .sort();
}

describe("what a resource carries while it waits", () => {
  test("its owner's reference and nothing else of the claim, when an input is missing", async () => {
    const world = await World.create();
    world.apply(resourceGroup(), flexibleServer());
    await world.run();
    const { metadata } = world.get(flexibleServer()) ?? { metadata: { ownerReferences: [] } };
    expect(metadata.ownerReferences).toMatchObject([{ kind: "ResourceGroup", name: "rg" }]);
    expect(noted(world, flexibleServer())).toEqual(["operator-namespace"]);
    expect(world.get(flexibleServer())?.metadata.finalizers ?? []).toEqual([]);
    expect(reasons(world, flexibleServer())).toEqual(["CredentialFrom"]);
  });

  test("no trace of a PUT, when its policy allows none", async () => {
    const world = await World.create();
    const watched = identity({}, { annotations: { [annotations.reconcilePolicy]: "skip" } });
    world.apply(resourceGroup(), watched);
    await world.run();
    expect(world.ready(watched)).toMatchObject({ reason: "AzureResourceNotFound" });
    expect(noted(world, watched)).toEqual([
      "operator-namespace",
      "reconcile-policy",
      "resource-id",
    ]);
    expect(reasons(world, watched)).toEqual(["CredentialFrom"]);
  });

  test("the claim, when the id is in another subscription; nobody is kept from that id", async () => {
    const world = await World.create();
    const stray = identity({ owner: { armId: other } });
    world.apply(stray);
    await world.run();
    expect(world.ready(stray)).toMatchObject({ severity: "Error", reason: "SubscriptionMismatch" });
    expect(world.annotation(stray, annotations.resourceId)).toContain(other);
    expect(world.get(stray)?.metadata.finalizers).toHaveLength(1);
    expect((await world.row(stray))?.memory.armId).toBeUndefined();
    expect(reasons(world, stray)).toEqual(["CreateOrUpdateActionError", "CredentialFrom"]);
    expect(world.writes()).toEqual({});
  });
});

describe("after the claim", () => {
  async function claimed(): Promise<World> {
    const world = await World.create();
    world.apply(resourceGroup(), identity());
    await world.run();
    expect(world.ready(identity())?.status).toBe("True");
    return world;
  }

  test("an owner that is gone is a reference that is not found", async () => {
    const world = await claimed();
    world.edit(resourceGroup(), {
      metadata: { annotations: { [annotations.reconcilePolicy]: "detach-on-delete" } },
    });
    world.cluster.delete({
      group: "resources.azure.com",
      kind: "ResourceGroup",
      namespace,
      name: "rg",
    });
    await world.run();
    world.edit(identity(), { spec: { tags: { a: "b" } } });
    await world.run();
    expect(world.ready(identity())).toMatchObject({ reason: "ReferenceNotFound" });
    expect(reasons(world, identity())).toContain("CreateOrUpdateActionError");
  });

  test("an Error costs one PUT an edit, and another one every ten minutes", async () => {
    const world = await World.create();
    for (let times = 0; times < 9; times++)
      world.arm.inner.answerNext(
        { method: "PUT", path: /userAssignedIdentities/ },
        armError(400, "InvalidRequestContent", "no"),
      );
    world.apply(resourceGroup(), identity());
    await world.advance(500_000);
    expect(world.calls("PUT", identityId)).toHaveLength(1);
    expect(world.ready(identity())?.message).toContain("every 10 minutes");
    await world.advance(hour / 2);
    expect(world.calls("PUT", identityId)).toHaveLength(4);
  });

  test("a wrong expression is told before anything is sent", async () => {
    const world = await World.create();
    const wrong = identity({
      operatorSpec: { configMapExpressions: [{ name: "a", key: "b", value: "self.nope + 1" }] },
    });
    world.apply(resourceGroup(), wrong);
    await world.run();
    expect(world.ready(wrong)).toMatchObject({
      severity: "Error",
      reason: "FailedWritingAdditionalKubernetesObjects",
    });
    expect(world.calls("PUT", identityId)).toEqual([]);
    world.edit(wrong, { spec: { operatorSpec: null } });
    await world.run();
    expect(world.ready(wrong)?.status).toBe("True");
  });

  test("a deletion says that it begins also when nothing is there any more", async () => {
    const world = await claimed();
    world.arm.inner.remove(identityId);
    world.cluster.delete({
      group: "managedidentity.azure.com",
      kind: "UserAssignedIdentity",
      namespace,
      name: "mi",
    });
    await world.run();
    expect(world.get(identity())).toBeUndefined();
    expect(reasons(world, identity())).toContain("BeginDelete");
    expect(world.calls("DELETE")).toEqual([]);
  });
});

describe("what ASO shows, step by step,", () => {
  const busy = armError(429, "TooManyRequests", "slow down");
  const claimNotes = ["latest-reconciled-generation", "operator-namespace", "resource-id"];

  type Step = {
    readonly name: string;
    /** What is applied and done, up to the look at it. */
    readonly play: (world: World) => Promise<void>;
    readonly of: NewResource;
    readonly shows: { readonly severity?: string; readonly reason: string };
    readonly notes: readonly string[];
    readonly events: readonly string[];
    readonly writes: number;
  };

  async function ready(world: World, ...resources: readonly NewResource[]): Promise<void> {
    world.apply(resourceGroup(), ...resources);
    await world.run();
  }

  const steps: readonly Step[] = [
    {
      name: "of a PUT that Azure throttles",
      play: async (world) => {
        world.arm.inner.answerNext({ method: "PUT", path: /userAssigned/ }, busy);
        await ready(world, identity());
      },
      of: identity(),
      shows: { severity: "Warning", reason: "TooManyRequests" },
      notes: claimNotes,
      events: ["CreateOrUpdateActionError", "CredentialFrom"],
      writes: 1,
    },
    {
      name: "of a deletion that a lock stops",
      play: async (world) => {
        await ready(world, identity());
        world.arm.inner.answerNext({ method: "DELETE" }, armError(409, "ScopeLocked", "locked"));
        world.cluster.delete(refOf(identity()));
        await world.advance(60_000);
      },
      of: identity(),
      shows: { severity: "Warning", reason: "ScopeLocked" },
      notes: claimNotes,
      events: ["BeginCreateOrUpdate", "BeginDelete", "CredentialFrom", "DeleteActionError"],
      writes: 2,
    },
    {
      name: "of a read that fails after the PUT",
      play: async (world) => {
        const failed = armError(500, "InternalServerError", "no");
        world.arm.inner.answerNext({ method: "GET", path: /userAssigned/ }, failed);
        await ready(world, identity());
      },
      of: identity(),
      shows: { severity: "Warning", reason: "Failed" },
      notes: claimNotes,
      events: ["BeginCreateOrUpdate", "CreateOrUpdateActionError", "CredentialFrom"],
      writes: 1,
    },
    {
      name: "of an input that vanishes",
      play: async (world) => {
        world.cluster.putSecret(namespace, "database", { password: "canary-1" });
        await ready(world, flexibleServer());
        world.cluster.deleteObject("Secret", namespace, "database");
        await world.run();
      },
      of: flexibleServer(),
      shows: { severity: "Warning", reason: "SecretNotFound" },
      notes: claimNotes,
      events: ["BeginCreateOrUpdate", "CreateOrUpdateActionError", "CredentialFrom"],
      writes: 1,
    },
    {
      name: "of a credential that breaks",
      play: async (world) => {
        await ready(world, identity());
        world.cluster.putSecret(namespace, "aso-credential", { AZURE_TENANT_ID: "x" });
        world.edit(identity(), { spec: { tags: { a: "b" } } });
        await world.run();
      },
      of: identity(),
      shows: { severity: "Warning", reason: "Failed" },
      notes: claimNotes,
      events: ["BeginCreateOrUpdate", "CredentialFrom"],
      writes: 1,
    },
    {
      name: "of a destination that gets two values",
      play: (world) => {
        const [principalId, clientId] = [1, 2].map(() => ({ name: "ids", key: "id" }));
        const operatorSpec = { configMaps: { principalId, clientId } } as JsonObject;
        return ready(world, identity({ operatorSpec }));
      },
      of: identity(),
      shows: { severity: "Error", reason: "FailedWritingAdditionalKubernetesObjects" },
      notes: claimNotes,
      events: ["BeginCreateOrUpdate", "CreateOrUpdateActionError", "CredentialFrom"],
      writes: 1,
    },
    {
      name: "of a resource that is detached: nothing is begun",
      play: async (world) => {
        const detached = { [annotations.reconcilePolicy]: "detach-on-delete" };
        await ready(world, identity({}, { annotations: detached, finalizers: ["test/hold"] }));
        world.cluster.delete(refOf(identity()));
        await world.run();
      },
      of: identity(),
      shows: { reason: "Succeeded" },
      notes: [...claimNotes, "reconcile-policy"].sort(),
      events: ["BeginCreateOrUpdate", "CredentialFrom"],
      writes: 1,
    },
  ];

  test.each(steps)("$name", async ({ play, of, shows, notes, events, writes }) => {
    const world = await World.create();
    await play(world);
    expect(world.ready(of)).toMatchObject(shows);
    expect(noted(world, of)).toEqual(notes);
    expect(reasons(world, of)).toEqual(events);
    const { metadata } = of;
    const sent = Object.entries(world.writes()).filter(([key]) => key.endsWith(metadata.name));
    expect(sent.reduce((sum, [, count]) => sum + count, 0)).toBe(writes);
  });
});

describe("a poll URL that never answers", () => {
  const unheard = armError(503, "ServiceUnavailable", "try later");

  async function deaf(plan: Partial<LroPlan> = {}): Promise<World> {
    const operations = { put: { via: "asyncOperation", polls: 1, ...plan } as const };
    const world = await World.create({
      operations: { "Microsoft.Network/virtualNetworks": operations },
    });
    for (let polls = 0; polls < 200; polls++)
      world.arm.inner.answerNext({ method: "GET", path: /\/operations\// }, unheard);
    world.apply(resourceGroup(), virtualNetwork());
    await world.run();
    return world;
  }

  test("is left for the resource, which tells that it is done: no second PUT", async () => {
    const world = await deaf();
    world.arm.inner.mutate(networkId, { properties: { provisioningState: "Succeeded" } });
    await world.advance(hour / 2);
    expect(world.ready(virtualNetwork())?.status).toBe("True");
    expect(world.calls("PUT", networkId)).toHaveLength(1);
    expect(world.calls("GET", /\/operations\//)).toHaveLength(10);
  });

  test("is left for the resource, and what was edited meanwhile is sent", async () => {
    const world = await deaf();
    world.arm.inner.mutate(networkId, { properties: { provisioningState: "Succeeded" } });
    world.edit(virtualNetwork(), { spec: { tags: null } });
    await world.advance(hour / 2);
    expect(world.ready(virtualNetwork())).toMatchObject({ status: "True", observedGeneration: 2 });
    expect(world.calls("PUT", networkId)).toHaveLength(2);
  });

  test("is left for the resource, which tells that it failed: the PUT is repeated", async () => {
    const world = await deaf();
    world.arm.inner.mutate(networkId, { properties: { provisioningState: "Failed" } });
    await world.advance(hour / 2);
    expect(world.calls("PUT", networkId).length).toBeGreaterThan(1);
  });

  test("keeps its operation while the resource cannot be read either", async () => {
    const world = await deaf();
    for (let reads = 0; reads < 200; reads++)
      world.arm.inner.answerNext({ method: "GET", path: /virtualNetworks\/vnet$/ }, unheard);
    await world.advance(hour / 2);
    expect(world.annotation(virtualNetwork(), annotations.pollerResumeToken)).toBeDefined();
    expect(world.calls("PUT", networkId)).toHaveLength(1);
  });
});

describe("azureNameFromConfig", () => {
  const administrator: NewResource = {
    apiVersion: "dbforpostgresql.azure.com/v20250801",
    kind: "FlexibleServersAdministrator",
    metadata: { name: "boss", namespace },
    spec: {
      owner: { armId: serverId },
      azureNameFromConfig: { name: "ids", key: "principal" },
      principalType: "ServicePrincipal",
    },
  };
  const idOf = (name: string): string => `${serverId}/administrators/${name}`;

  async function withServer(): Promise<World> {
    const world = await World.create();
    world.arm.inner.put(groupId, { location: "westus3" });
    world.arm.inner.put(serverId, { location: "westus3" });
    return world;
  }

  test("waits for the ConfigMap, then names the resource for good", async () => {
    const world = await withServer();
    world.apply(administrator);
    await world.run();
    expect(world.ready(administrator)).toMatchObject({ severity: "Error", reason: "Failed" });
    expect(noted(world, administrator)).toEqual(["operator-namespace"]);
    world.cluster.putConfigMap(namespace, "ids", { principal: "p-1" });
    await world.run();
    expect(world.ready(administrator)?.status).toBe("True");
    expect(world.annotation(administrator, annotations.azureNameFromConfig)).toBe("p-1");
    world.cluster.putConfigMap(namespace, "ids", { principal: "p-2" });
    await world.run();
    world.edit(administrator, { spec: { principalName: "boss" } });
    await world.run();
    expect(world.calls("PUT", idOf("p-1"))).toHaveLength(2);
    expect(world.calls("PUT", idOf("p-2"))).toEqual([]);
  });

  test("gives way to spec.azureName", async () => {
    const world = await withServer();
    world.apply({ ...administrator, spec: { ...administrator.spec, azureName: "stated" } });
    await world.run();
    expect(world.calls("PUT", idOf("stated"))).toHaveLength(1);
  });
});
