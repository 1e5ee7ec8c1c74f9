import { describe, expect, test } from "vitest";
import { annotations } from "../../../src/core/resource/names.ts";
import { armError } from "../../doubles/in-memory-arm.ts";
import type { NewResource } from "../../doubles/in-memory-cluster.ts";
import {
  accountId,
  flexibleServer,
  groupId,
  identity,
  identityId,
  namespace,
  networkId,
  refOf,
  resourceGroup,
  securityGroup,
  securityGroupId,
  serverId,
  storageAccount,
  subnet,
  subnetId,
  virtualNetwork,
} from "./samples.ts";
import { hour, World } from "./world.ts";

const toSecurityGroup = {
  networkSecurityGroup: {
    reference: { group: "network.azure.com", kind: "NetworkSecurityGroup", name: "nsg" },
  },
};
const toIdentity = {
  identity: {
    type: "UserAssigned",
    userAssignedIdentities: [
      {
        reference: {
          group: "managedidentity.azure.com",
          kind: "UserAssignedIdentity",
          name: "mi",
        },
      },
    ],
  },
};

async function applied(...resources: readonly NewResource[]): Promise<World> {
  const world = await World.create();
  world.apply(...resources);
  await world.run();
  return world;
}

describe("a reference", () => {
  test("needs the target's id and not that it is Ready", async () => {
    const world = await World.create();
    for (let times = 0; times < 20; times++)
      world.arm.inner.answerNext(
        { method: "PUT", path: /networkSecurityGroups/ },
        armError(409, "AnotherOperationInProgress", "busy"),
      );
    world.apply(resourceGroup(), virtualNetwork(), subnet(toSecurityGroup), securityGroup());
    await world.run();
    expect(world.ready(securityGroup())?.status).toBe("False");
    expect(world.ready(subnet())?.status).toBe("True");
    expect(world.calls("PUT", subnetId)[0]?.body).toMatchObject({
      properties: { networkSecurityGroup: { id: securityGroupId } },
    });
  });

  test("to a resource of another group is waited for, and met in the run in which that is claimed", async () => {
    const world = await applied(resourceGroup(), storageAccount(toIdentity));
    expect(world.ready(storageAccount())).toMatchObject({
      reason: "ReferenceNotFound",
      severity: "Warning",
    });
    world.apply(identity());
    await world.run();
    expect(world.ready(storageAccount())?.status).toBe("True");
    expect(world.calls("PUT", accountId)[0]?.body).toMatchObject({
      identity: { userAssignedIdentities: { [identityId]: {} } },
    });
  });

  test("by armId may point to any subscription, and needs no resource", async () => {
    const id =
      "/subscriptions/00000000-0000-0000-0000-00000000000f/resourceGroups/x/providers/Microsoft.Network/networkSecurityGroups/n";
    const world = await applied(
      resourceGroup(),
      virtualNetwork(),
      subnet({ networkSecurityGroup: { reference: { armId: id } } }),
    );
    expect(world.ready(subnet())?.status).toBe("True");
    expect(world.calls("PUT", subnetId)[0]?.body).toMatchObject({
      properties: { networkSecurityGroup: { id } },
    });
  });

  test("with a target that is renamed in the spec is one PUT", async () => {
    const world = await applied(
      resourceGroup(),
      virtualNetwork(),
      securityGroup(),
      subnet(toSecurityGroup),
    );
    world.edit(subnet(), {
      spec: { networkSecurityGroup: { reference: { name: "later" } } },
    });
    await world.run();
    expect(world.ready(subnet())?.reason).toBe("ReferenceNotFound");
    expect(world.calls("PUT", subnetId)).toHaveLength(1);
    world.apply({ ...securityGroup(), metadata: { name: "later", namespace } });
    await world.run();
    expect(world.ready(subnet())?.status).toBe("True");
    expect(world.calls("PUT", subnetId)).toHaveLength(2);
  });
});

describe("an owner", () => {
  test("that is made again finds its children as they are: one GET each, no PUT", async () => {
    const world = await applied(resourceGroup(), virtualNetwork(), subnet());
    const before = world.get(resourceGroup())?.metadata.uid;
    world.edit(resourceGroup(), {
      metadata: { annotations: { [annotations.reconcilePolicy]: "detach-on-delete" } },
    });
    world.cluster.delete(refOf(resourceGroup()));
    await world.run();
    world.apply(resourceGroup());
    await world.run();
    await world.advance(1.5 * hour);
    expect(world.get(resourceGroup())?.metadata.uid).not.toBe(before);
    for (const one of [resourceGroup(), virtualNetwork(), subnet()])
      expect(world.ready(one)?.status).toBe("True");
    expect(world.calls("PUT", networkId)).toHaveLength(1);
    expect(world.calls("DELETE")).toEqual([]);
  });

  test("that fails later does not stop its children", async () => {
    const world = await applied(resourceGroup(), virtualNetwork(), subnet());
    world.arm.inner.answerNext(
      { method: "PUT", path: /virtualNetworks\/vnet$/ },
      armError(400, "InvalidRequestContent", "no"),
    );
    world.edit(virtualNetwork(), { spec: { tags: { a: "b" } } });
    world.edit(subnet(), { spec: { addressPrefix: "10.0.2.0/24" } });
    await world.run();
    expect(world.ready(virtualNetwork())?.status).toBe("False");
    expect(world.ready(subnet())?.status).toBe("True");
    expect(world.calls("PUT", subnetId)).toHaveLength(2);
  });

  test("may be corrected while it is waited for, and not after the claim", async () => {
    const world = await applied(subnet({ owner: { name: "typo" } }), resourceGroup());
    expect(world.ready(subnet())?.reason).toBe("WaitingForOwner");
    world.apply(virtualNetwork());
    world.edit(subnet(), { spec: { owner: { name: "vnet" } } });
    await world.run();
    expect(world.ready(subnet())?.status).toBe("True");
    world.edit(subnet(), { spec: { owner: { name: null, armId: `${groupId}x` } } });
    await world.run();
    expect(world.ready(subnet())?.status).toBe("False");
    expect(world.calls("PUT", /subnets/)).toHaveLength(1);
  });
});

test("a 404 that speaks of something else does not let a parent be written without its children", async () => {
  const world = await applied(resourceGroup(), virtualNetwork(), subnet());
  world.edit(virtualNetwork(), { spec: { tags: { team: "other" } } });
  const elsewhere = armError(404, "SubscriptionNotFound", "It is not found at the moment.");
  world.arm.inner.answerNext({ method: "GET", path: /virtualNetworks\/vnet$/ }, elsewhere);
  await world.run();
  expect(world.arm.resource(subnetId)).toBeDefined();
  await world.advance(60_000);
  expect(world.arm.resource(networkId)?.["tags"]).toEqual({ team: "other" });
  expect(world.calls("PUT", subnetId)).toHaveLength(1);
});

describe("a name in Azure", () => {
  test("other than the resource's is that of its path, and of its children's", async () => {
    const named = virtualNetwork({ azureName: "Prod.Net" });
    const world = await applied(resourceGroup(), named, subnet());
    expect(world.ready(subnet())?.status).toBe("True");
    expect(world.annotation(subnet(), annotations.resourceId)).toBe(
      `${groupId}/providers/Microsoft.Network/virtualNetworks/Prod.Net/subnets/subnet`,
    );
  });

  test("may be changed until the claim, and stops the resource after it", async () => {
    const world = await applied(resourceGroup(), flexibleServer());
    expect(world.ready(flexibleServer())?.reason).toBe("SecretNotFound");
    world.edit(flexibleServer(), { spec: { azureName: "other" } });
    world.cluster.putSecret(namespace, "database", { password: "canary-1" });
    await world.run();
    expect(world.ready(flexibleServer())?.status).toBe("True");
    world.edit(flexibleServer(), { spec: { azureName: "third" } });
    await world.run();
    expect(world.ready(flexibleServer())).toMatchObject({ severity: "Error", reason: "Failed" });
    expect(Object.keys(world.writes()).filter((key) => key.includes("flexibleServers"))).toEqual([
      `PUT ${serverId.replace(/server$/, "other")}`,
    ]);
  });
});

describe("a resource that Azure has already", () => {
  test("is taken over by the first PUT, and deleted with its custom resource", async () => {
    const world = await World.create();
    world.arm.inner.put(groupId, { location: "westus3" });
    world.arm.inner.put(identityId, { location: "westus3", tags: { made: "by hand" } });
    world.apply(resourceGroup(), identity({ tags: { made: "by us" } }));
    await world.run();
    expect(world.ready(identity())?.status).toBe("True");
    expect(world.calls("PUT", identityId)).toHaveLength(1);
    expect(world.arm.inner.resource(identityId)?.["tags"]).toEqual({ made: "by us" });
    world.cluster.delete(refOf(identity()));
    await world.run();
    expect(world.arm.inner.resource(identityId)).toBeUndefined();
  });
});

describe("without a global credential", () => {
  test("a resource says what it needs, and goes on when its namespace has one", async () => {
    const world = await World.create({ settings: { globalCredential: undefined } });
    world.apply(resourceGroup());
    await world.run();
    expect(world.ready(resourceGroup())).toMatchObject({ severity: "Warning", reason: "Failed" });
    expect(world.ready(resourceGroup())?.message).toMatch(/credential/);
    expect(world.arm.inner.calls).toEqual([]);
    world.cluster.putSecret(namespace, "aso-credential", {
      AZURE_SUBSCRIPTION_ID: groupId.split("/")[2] ?? "",
      AZURE_TENANT_ID: "00000000-0000-0000-0000-000000000002",
      AZURE_CLIENT_ID: "00000000-0000-0000-0000-000000000003",
      AZURE_CLIENT_SECRET: "canary",
    });
    await world.advance(200_000);
    expect(world.ready(resourceGroup())?.status).toBe("True");
  });
});
