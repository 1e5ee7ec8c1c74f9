import { describe, expect, test } from "vitest";
import type { AccessRule } from "../../../src/core/access/access-policy.ts";
import { writeResumeToken } from "../../../src/core/arm/resume-token.ts";
import { annotations, finalizer } from "../../../src/core/resource/names.ts";
import type { NewResource } from "../../doubles/in-memory-cluster.ts";
import {
  groupId,
  identity,
  namespace,
  networkId,
  refOf,
  resourceGroup,
  subscription,
  virtualNetwork,
} from "./samples.ts";
import { hour, operatorNamespace, World } from "./world.ts";

const theirs = `/subscriptions/${subscription}/resourceGroups/theirs`;
const theirIdentity = `${theirs}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi`;
const rule = (allow: AccessRule["allow"]): AccessRule => ({
  match: { clusters: ["one"], namespaces: [namespace] },
  allow,
});
const ownGroup = rule({ subscriptions: [subscription], resourceGroups: ["rg"] });
const noKinds = rule({ kinds: ["no.kind"] });

const worldWith = (...accessPolicy: readonly AccessRule[]) =>
  World.create({ settings: { accessPolicy } });

function change(world: World, ...accessPolicy: readonly AccessRule[]): void {
  world.restart((engine) => ({ ...engine, settings: { ...engine.settings, accessPolicy } }));
}

function roleOn(armId: string): NewResource {
  return {
    apiVersion: "authorization.azure.com/v1api20220401",
    kind: "RoleAssignment",
    metadata: { name: "role", namespace },
    spec: {
      owner: { armId },
      principalId: "11111111-1111-4111-8111-111111111111",
      roleDefinitionReference: { armId: `${groupId}/providers/Microsoft.Authorization/x/y` },
    },
  };
}

/** Nothing was sent, claimed or taken for this resource. */
async function expectUntouched(world: World, resource: NewResource): Promise<void> {
  expect(world.ready(resource)).toMatchObject({ reason: "PolicyDenied", severity: "Error" });
  expect(world.ready(resource)?.message).toMatch(
    /^The central policy does not allow .* for \w+ team\/\w+\. .*ASO_FUNCTIONS_POLICY/,
  );
  expect(world.arm.inner.calls).toEqual([]);
  expect(world.ownership.table.dump()).not.toContain("theirs");
  expect((await world.row(resource))?.memory.armId).toBeUndefined();
}

describe("without a rule that allows it", () => {
  test.each([
    { because: "the namespace has no rule", rules: [{ match: { namespaces: ["x"] }, allow: {} }] },
    { because: "the cluster is another", rules: [{ match: { clusters: ["two"] }, allow: {} }] },
    { because: "the kind is not allowed", rules: [rule({ kinds: ["*.network.azure.com"] })] },
    { because: "the app's identity is not", rules: [rule({ identities: [subscription] })] },
    { because: "the group is not", rules: [rule({ resourceGroups: ["rg-*"] })] },
  ])("nothing is claimed or sent, because $because", async ({ rules }) => {
    const world = await worldWith(...rules);
    world.apply(resourceGroup());
    await world.run();
    await expectUntouched(world, resourceGroup());
    expect(world.get(resourceGroup())?.metadata.finalizers ?? []).toEqual([]);
  });

  test("a resource is looked at again by itself, and goes on when a rule allows it", async () => {
    const world = await worldWith(noKinds);
    world.apply(resourceGroup());
    await world.run();
    change(world, ownGroup);
    await world.advance(600_000);
    expect(world.ready(resourceGroup())?.status).toBe("True");
    expect(world.writes()).toEqual({ [`PUT ${groupId}`]: 1 });
  });

  test("a credential is asked for no token when its client is not allowed", async () => {
    const world = await worldWith(rule({ identities: ["app"] }));
    world.cluster.putSecret(namespace, "aso-credential", {
      AZURE_SUBSCRIPTION_ID: subscription,
      AZURE_TENANT_ID: "00000000-0000-0000-0000-000000000022",
      AZURE_CLIENT_ID: "00000000-0000-0000-0000-000000000033",
    });
    world.apply(resourceGroup());
    await world.run();
    await expectUntouched(world, resourceGroup());
    expect(world.ready(resourceGroup())?.message).toContain("team/aso-credential");
    world.cluster.deleteObject("Secret", namespace, "aso-credential");
    await world.advance(600_000);
    expect(world.ready(resourceGroup())?.status).toBe("True");
  });
});

describe("no way leads around the policy:", () => {
  const skip = { [annotations.reconcilePolicy]: "skip" };
  test.each<{ way: string; resource: NewResource }>([
    { way: "an owner by armId", resource: identity({ owner: { armId: theirs } }) },
    { way: "another spelling", resource: identity({ owner: { armId: theirs.toUpperCase() } }) },
    {
      way: "a resource that is only read",
      resource: identity({ owner: { armId: theirs } }, { annotations: skip }),
    },
    {
      way: "an adoption that is only planned",
      resource: identity(
        { owner: { armId: theirs } },
        { annotations: { [annotations.adopt]: "plan" } },
      ),
    },
    { way: "an extension of another's group", resource: roleOn(theirs) },
    { way: "an extension of a subscription", resource: roleOn(`/subscriptions/${subscription}`) },
    {
      way: "an extension of a management group",
      resource: roleOn("/providers/Microsoft.Management/managementGroups/theirs"),
    },
    { way: "a claim that was written by hand", resource: claimedByHand(theirs) },
    {
      way: "an operation that was written by hand",
      resource: claimedByHand(groupId, poller(theirIdentity)),
    },
    {
      way: "an operation whose URL is no text",
      resource: claimedByHand(groupId, poller(`${theirIdentity}%ff`)),
    },
  ])("$way", async ({ resource }) => {
    const world = await worldWith(ownGroup);
    world.arm.inner.put(theirIdentity, { location: "westus3" });
    world.apply(resource);
    await world.run();
    await expectUntouched(world, resource);
    await world.advance(hour);
    await expectUntouched(world, resource);
    world.cluster.delete(refOf(resource));
    await world.advance(hour);
    expect(world.arm.inner.calls.filter(({ path }) => !path.startsWith(groupId))).toEqual([]);
    expect(world.ownership.table.dump()).not.toContain("theirs");
  });

  test("an owner that stands in for another one by child-resource-id-override", async () => {
    const world = await worldWith(ownGroup);
    world.arm.inner.put(groupId);
    const override = { [annotations.childResourceIdOverride]: theirIdentity };
    const role = {
      ...roleOn(""),
      spec: {
        ...roleOn("").spec,
        owner: { group: "managedidentity.azure.com", kind: "UserAssignedIdentity", name: "mi" },
      },
    };
    world.apply(identity({ owner: { armId: groupId } }, { annotations: override }), role);
    await world.run();
    await world.advance(60_000);
    expect(world.ready(role)).toMatchObject({ reason: "PolicyDenied" });
    expect(world.calls("PUT", /theirs/)).toEqual([]);
  });

  test("an owner or a resource-id that is edited after the claim", async () => {
    const world = await worldWith(ownGroup);
    world.arm.inner.put(groupId);
    const network = virtualNetwork({ owner: { armId: groupId } });
    world.apply(network);
    await world.run();
    expect(world.ready(network)?.status).toBe("True");
    world.edit(network, { spec: { owner: { armId: theirs } } });
    await world.run();
    expect(world.ready(network)?.reason).toBe("PolicyDenied");
    world.edit(network, {
      metadata: {
        annotations: { [annotations.resourceId]: networkId.replace(groupId, theirs) },
      },
    });
    world.cluster.delete(refOf(network));
    await world.advance(hour);
    expect(world.arm.inner.calls.filter(({ path }) => path.includes("theirs"))).toEqual([]);
    expect(world.writes()).toEqual({ [`PUT ${networkId}`]: 1 });
  });
});

describe("a policy that gets narrower", () => {
  async function narrowed(): Promise<World> {
    const world = await worldWith(ownGroup);
    world.apply(resourceGroup());
    await world.run();
    change(world, noKinds);
    return world;
  }

  test("stops writes, and tells so at the latest when the sync period is over", async () => {
    const world = await narrowed();
    await world.advance(2 * hour);
    expect(world.ready(resourceGroup())?.reason).toBe("PolicyDenied");
    world.edit(resourceGroup(), { spec: { tags: { a: "b" } } });
    await world.run();
    expect(world.writes()).toEqual({ [`PUT ${groupId}`]: 1 });
  });

  test("refuses a deletion and names the way out, which needs no request to Azure", async () => {
    const world = await narrowed();
    const requests = world.since();
    world.cluster.delete(refOf(resourceGroup()));
    await world.run();
    expect(world.ready(resourceGroup())?.message).toContain("detach-on-delete");
    world.edit(resourceGroup(), {
      metadata: { annotations: { [annotations.reconcilePolicy]: "detach-on-delete" } },
    });
    await world.run();
    expect(world.get(resourceGroup())).toBeUndefined();
    expect(requests()).toEqual([]);
    expect(world.arm.resource(groupId)).toBeDefined();
  });

  test("deletes when it is widened again", async () => {
    const world = await narrowed();
    world.cluster.delete(refOf(resourceGroup()));
    await world.run();
    change(world, ownGroup);
    await world.advance(600_000);
    expect(world.writes()).toEqual({ [`PUT ${groupId}`]: 1, [`DELETE ${groupId}`]: 1 });
  });

  test("loses no operation that runs: it goes on when the policy allows it", async () => {
    const world = await World.create({
      settings: { accessPolicy: [ownGroup] },
      operations: {
        "Microsoft.Network/virtualNetworks": { put: { via: "asyncOperation", polls: 2 } },
      },
    });
    world.arm.inner.put(groupId);
    const network = virtualNetwork({ owner: { armId: groupId } });
    world.apply(network);
    await world.run();
    expect(world.ready(network)?.reason).toBe("Reconciling");
    change(world, noKinds);
    const requests = world.since();
    await world.advance(300_000);
    expect(requests()).toEqual([]);
    expect(world.ready(network)?.reason).toBe("PolicyDenied");
    change(world, ownGroup);
    await world.advance(hour);
    expect(world.ready(network)?.status).toBe("True");
    expect(world.writes()).toEqual({ [`PUT ${networkId}`]: 1 });
  });
});

/** An identity that looks as if it was claimed. */
function claimedByHand(owner: string, more: Readonly<Record<string, string>> = {}): NewResource {
  return identity(
    { owner: { armId: owner } },
    {
      finalizers: [finalizer],
      annotations: {
        [annotations.operatorNamespace]: operatorNamespace,
        [annotations.resourceId]: theirIdentity.replace(theirs, owner),
        ...more,
      },
    },
  );
}

/** Annotations of a running create that is followed by the resource's own body. */
function poller(path: string): Readonly<Record<string, string>> {
  const { id, token } = writeResumeToken({
    protocol: "body",
    method: "PUT",
    pollUrl: `https://management.azure.com${path}?api-version=1`,
    state: "InProgress",
  });
  return { [annotations.pollerResumeId]: id, [annotations.pollerResumeToken]: token };
}
