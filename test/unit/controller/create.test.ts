import { describe, expect, test } from "vitest";
import { annotations, finalizer, labels } from "../../../src/core/resource/names.ts";
import {
  blobService,
  flexibleServer,
  groupId,
  identity,
  networkId,
  refOf,
  resourceGroup,
  securityGroup,
  securityGroupId,
  storageAccount,
  subnet,
  subnetId,
  virtualNetwork,
} from "./samples.ts";
import { operatorNamespace, World } from "./world.ts";

const chain = [resourceGroup(), virtualNetwork(), subnet()];

describe("a chain of group, network and subnet", () => {
  test("that was applied in the wrong order is Ready with one PUT per id, each child after its parent", async () => {
    const world = await World.create();
    for (const resource of chain.toReversed()) {
      world.apply(resource);
      await world.run();
      if (resource.kind !== "ResourceGroup")
        expect(world.ready(subnet())).toMatchObject({
          status: "False",
          reason: "WaitingForOwner",
          severity: "Warning",
        });
    }
    for (const resource of chain)
      expect(world.ready(resource)).toMatchObject({ status: "True", reason: "Succeeded" });
    expect(world.calls("PUT").map(({ path }) => path)).toEqual([groupId, networkId, subnetId]);
    for (const id of [groupId, networkId, subnetId])
      expect(world.getsAfterPut(id), id).toBeLessThanOrEqual(1);
    expect(world.errors()).toEqual([]);
  });

  test("is woken link by link: nobody waits for a back-off", async () => {
    const world = await World.create();
    world.apply(...chain.toReversed());
    await world.run();
    const start = world.time;
    expect(world.ready(subnet())?.status).toBe("True");
    expect(world.time).toBe(start);
  });

  test("costs at most 3.5 requests per resource", async () => {
    const world = await World.create();
    world.apply(...chain);
    await world.run();
    expect(world.arm.inner.calls.length).toBeLessThanOrEqual(3.5 * chain.length);
  });

  test("tells ARM the api-version that the user wrote", async () => {
    const world = await World.create();
    world.apply(...chain);
    await world.run();
    expect(world.calls("PUT").map(({ apiVersion }) => apiVersion)).toEqual([
      "2020-06-01",
      "2024-03-01",
      "2024-03-01",
    ]);
  });
});

describe("the claim", () => {
  test("leaves ASO's finalizer, annotations, labels and owner reference", async () => {
    const world = await World.create();
    world.apply(...chain);
    await world.run();
    const owner = world.get(virtualNetwork());
    const claimed = world.get(subnet())?.metadata;
    expect(claimed?.finalizers).toEqual([finalizer]);
    expect(claimed?.annotations).toMatchObject({
      [annotations.operatorNamespace]: operatorNamespace,
      [annotations.resourceId]: subnetId,
      [annotations.latestReconciledGeneration]: "1",
      [annotations.acceptedGoal]: expect.stringMatching(/^[0-9a-f]{32}$/),
      [annotations.originalVersion]: "v1api20240301",
    });
    expect(claimed?.annotations).not.toHaveProperty([annotations.pollerResumeToken]);
    expect(claimed?.labels).toEqual({
      [labels.ownerName]: "vnet",
      [labels.ownerGroupKind]: "VirtualNetwork.network.azure.com",
      [labels.ownerUid]: owner?.metadata.uid,
      [labels.lastReconciledVersion]: "v1.0.0",
    });
    expect(claimed?.ownerReferences).toEqual([
      {
        apiVersion: owner?.apiVersion,
        kind: "VirtualNetwork",
        name: "vnet",
        uid: owner?.metadata.uid,
      },
    ]);
  });

  test("is written before anything is sent", async () => {
    const world = await World.create();
    let claimedAtPut: readonly string[] | undefined;
    world.arm.inner.answerNext({ method: "PUT" }, () => {
      claimedAtPut = world.get(resourceGroup())?.metadata.finalizers;
      return undefined;
    });
    world.apply(resourceGroup());
    await world.run();
    expect(claimedAtPut).toEqual([finalizer]);
  });

  test("does not happen before every reference is there", async () => {
    const world = await World.create();
    const reference = { group: "network.azure.com", kind: "NetworkSecurityGroup", name: "nsg" };
    const guarded = subnet({ networkSecurityGroup: { reference } });
    world.apply(resourceGroup(), virtualNetwork(), guarded);
    await world.run();
    expect(world.ready(guarded)).toMatchObject({
      reason: "ReferenceNotFound",
      severity: "Warning",
    });
    expect(world.get(guarded)?.metadata.finalizers).toBeUndefined();
    world.apply(securityGroup());
    await world.run();
    expect(world.ready(guarded)).toMatchObject({ status: "True" });
    expect(world.calls("PUT", subnetId)[0]?.body).toMatchObject({
      properties: { networkSecurityGroup: { id: securityGroupId } },
    });
  });

  test("tells with which credential and to which id", async () => {
    const world = await World.create();
    world.apply(resourceGroup());
    await world.run();
    expect(world.events()).toEqual([
      'Normal CredentialFrom rg: Using credential from "global"',
      `Normal BeginCreateOrUpdate rg: Successfully sent resource to Azure with ID "${groupId}"`,
    ]);
  });
});

describe("what is wrong in a manifest", () => {
  test("an owner of the wrong kind is named, with the way out, and nothing is sent", async () => {
    const world = await World.create();
    const wrong = subnet({ owner: { armId: groupId } });
    world.apply(resourceGroup(), wrong);
    await world.run();
    expect(world.ready(wrong)).toMatchObject({ status: "False" });
    expect(world.ready(wrong)?.message).toMatch(/virtualNetworks|VirtualNetwork/);
    expect(world.calls("PUT").map(({ path }) => path)).toEqual([groupId]);
  });

  test("an owner in another subscription is named, and nothing is sent", async () => {
    const world = await World.create();
    const elsewhere = virtualNetwork({
      owner: { armId: "/subscriptions/99999999-0000-0000-0000-000000000000/resourceGroups/rg" },
    });
    world.apply(elsewhere);
    await world.run();
    expect(world.ready(elsewhere)).toMatchObject({ status: "False" });
    expect(world.ready(elsewhere)?.message).toContain("99999999-0000-0000-0000-000000000000");
    expect(world.calls("PUT")).toEqual([]);
  });

  test("a name with characters that end the path is refused before anything is sent", async () => {
    const world = await World.create();
    const sneaky = virtualNetwork({ azureName: "x/../../other?api-version=1" });
    world.apply(resourceGroup(), sneaky);
    await world.run();
    expect(world.ready(sneaky)).toMatchObject({ status: "False" });
    expect(world.calls("PUT").map(({ path }) => path)).toEqual([groupId]);
  });

  test("a kind that the controller does not know is told on the resource", async () => {
    const world = await World.create();
    const { cluster } = world;
    const unknown = {
      group: "network.azure.com",
      kind: "Teleporter",
      plural: "teleporters",
      versions: ["v1api20240301"],
    };
    cluster.kinds = [...cluster.kinds, unknown];
    const resource = { ...virtualNetwork(), kind: "Teleporter" };
    world.apply(resource);
    await world.run();
    expect(world.ready(resource)).toMatchObject({ reason: "Failed", severity: "Error" });
    expect(world.ready(resource)?.message).toContain("Teleporter.network.azure.com");
  });

  test("an ARM refusal is shown with ARM's own code and words, and repeated by its class", async () => {
    const world = await World.create();
    const error = { code: "SkuNotAvailable", message: "not here" };
    world.arm.inner.answerNext(
      { method: "PUT", path: /virtualNetworks/ },
      { kind: "response", status: 409, headers: {}, text: JSON.stringify({ error }) },
    );
    world.apply(resourceGroup(), virtualNetwork());
    await world.run();
    expect(world.ready(virtualNetwork())).toMatchObject({
      reason: "SkuNotAvailable",
      message: "not here",
      severity: "Warning",
    });
    await world.advance(600_000);
    expect(world.calls("PUT", networkId)).toHaveLength(1);
    await world.advance(3_600_000);
    expect(world.ready(virtualNetwork())?.status).toBe("True");
    expect(world.calls("PUT", networkId)).toHaveLength(2);
  });

  test("nothing is given up: a fatal code is repeated slowly", async () => {
    const world = await World.create();
    const error = { code: "InvalidRequestContent", message: "no" };
    world.arm.inner.answerNext(
      { method: "PUT" },
      { kind: "response", status: 400, headers: {}, text: JSON.stringify({ error }) },
    );
    world.apply(resourceGroup());
    await world.run();
    expect(world.ready(resourceGroup())).toMatchObject({ severity: "Error" });
    await world.advance(7_200_000);
    expect(world.ready(resourceGroup())?.status).toBe("True");
  });
});

test("every kind of the first slice comes to Ready with one PUT", async () => {
  const world = await World.create();
  world.cluster.putSecret("team", "database", { password: "canary-password" });
  const account = storageAccount();
  const all = [
    ...chain,
    identity(),
    securityGroup(),
    account,
    blobService(),
    flexibleServer(),
    {
      ...blobService(),
      kind: "StorageAccountsBlobServicesContainer",
      metadata: { name: "box", namespace: "team" },
      spec: { owner: { name: "blobs" } },
    },
    {
      apiVersion: "authorization.azure.com/v1api20220401",
      kind: "RoleAssignment",
      metadata: { name: "role", namespace: "team" },
      spec: {
        owner: { group: "storage.azure.com", kind: "StorageAccount", name: "account" },
        principalId: "11111111-1111-4111-8111-111111111111",
        roleDefinitionReference: {
          armId: `${groupId}/providers/Microsoft.Authorization/roleDefinitions/x`,
        },
      },
    },
  ];
  world.apply(...all);
  await world.run();
  const unready = all.filter((one) => world.ready(one)?.status !== "True");
  expect(unready.map((one) => [refOf(one).kind, world.ready(one)?.message])).toEqual([]);
  expect(new Set(Object.values(world.writes()))).toEqual(new Set([1]));
  expect(Object.keys(world.writes())).toHaveLength(all.length);
});
