import { describe, expect, test } from "vitest";
import { annotations, finalizer, labels } from "../../../src/core/resource/names.ts";
import { armError, type LroPlan } from "../../doubles/in-memory-arm.ts";
import type { NewResource } from "../../doubles/in-memory-cluster.ts";
import {
  flexibleServer,
  groupId,
  networkId,
  refOf,
  resourceGroup,
  securityGroup,
  securityGroupId,
  serverId,
  subnet,
  subnetId,
  virtualNetwork,
} from "./samples.ts";
import { hour, World, type WorldOptions } from "./world.ts";

const plan = { [annotations.adopt]: "plan" };
const planned = virtualNetwork({}, { annotations: plan });
/** What somebody made in Azure before anybody wrote a manifest. */
const existing = {
  location: "westus3",
  tags: { team: "somebody", cost: "42" },
  properties: {
    addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
    dhcpOptions: { dnsServers: ["10.0.0.4"] },
    enableDdosProtection: false,
  },
};
const asWanted = { ...existing, tags: { team: "platform" } };

async function withNetwork(
  found: typeof existing | typeof asWanted = existing,
  resource: NewResource = planned,
  options: WorldOptions = {},
): Promise<World> {
  const world = await World.create(options);
  world.arm.inner.put(groupId, { location: "westus3" });
  world.arm.inner.put(networkId, found);
  world.apply(resourceGroup(), resource);
  await world.run();
  return world;
}

function annotate(
  world: World,
  noted: Readonly<Record<string, string | null>>,
  resource: NewResource = planned,
): void {
  world.edit(resource, { metadata: { annotations: { ...noted } } });
}

function writesTo(world: World, id: string): readonly string[] {
  return Object.keys(world.writes()).filter((write) => write.endsWith(id));
}

function told(world: World, reason: string): readonly string[] {
  return world.events().filter((event) => event.split(" ")[1] === reason);
}

describe("adopt: plan", () => {
  test("shows what the first PUT would change, by one GET and without any trace of a claim", async () => {
    const world = await withNetwork();
    expect(world.calls("GET", networkId)).toHaveLength(1);
    expect(writesTo(world, networkId)).toEqual([]);
    expect(world.ready(planned)).toMatchObject({
      status: "False",
      severity: "Warning",
      reason: "AdoptionPlanned",
      observedGeneration: 1,
    });
    const message = world.ready(planned)?.message ?? "";
    expect(message).toContain('/tags/team "somebody" -> "platform", /tags/cost "42" -> none');
    expect(message).toContain("a PUT may reset it: /properties/dhcpOptions. Nothing was written");
    expect(message).toContain('Set the annotation aso-functions/adopt to "adopt"');
    expect(told(world, "AdoptionPlanned")).toEqual([`Normal AdoptionPlanned vnet: ${message}`]);
    expect(JSON.parse(world.annotation(planned, annotations.adoptionPlan) ?? "")).toEqual({
      id: networkId,
      changes: [
        { path: "/tags/team", from: "somebody", to: "platform" },
        { path: "/tags/cost", from: "42" },
      ],
      unstated: ["/properties/dhcpOptions"],
    });
    const { metadata } = world.get(planned) ?? {};
    expect(metadata?.finalizers ?? []).toEqual([]);
    expect(world.annotation(planned, annotations.resourceId)).toBeUndefined();
    expect(world.annotation(planned, annotations.latestReconciledGeneration)).toBeUndefined();
    expect(world.errors()).toEqual([]);
  });

  test("stays a plan however long, follows Azure once a sync period, and tells only what is new", async () => {
    const world = await withNetwork();
    const calls = world.since();
    await world.advance(4 * hour);
    const reads = calls().filter(({ path }) => path === networkId).length;
    expect(reads).toBeGreaterThanOrEqual(3);
    expect(reads).toBeLessThanOrEqual(6);
    expect(told(world, "AdoptionPlanned")).toHaveLength(1);
    world.arm.inner.mutate(networkId, { tags: { team: "platform" } });
    await world.advance(2 * hour);
    expect(world.ready(planned)?.message).toContain(': /tags/cost "42" -> none. Not');
    expect(told(world, "AdoptionPlanned")).toHaveLength(2);
    expect(writesTo(world, networkId)).toEqual([]);
  });

  test("compares again on reconcile-at and acknowledges it", async () => {
    const world = await withNetwork();
    annotate(world, { [annotations.reconcileAt]: "now" });
    await world.run();
    expect(world.calls("GET", networkId)).toHaveLength(2);
    expect(world.annotation(planned, annotations.reconciledAt)).toBe("now");
  });

  test("follows an edit of the resource", async () => {
    const world = await withNetwork();
    world.edit(planned, { spec: { tags: { team: "somebody", cost: "42" } } });
    await world.run();
    expect(world.ready(planned)).toMatchObject({
      observedGeneration: 2,
      message: expect.stringContaining("would change nothing"),
    });
    expect(writesTo(world, networkId)).toEqual([]);
  });

  test("of what does not exist creates it as usual", async () => {
    const world = await World.create();
    const group = resourceGroup({}, { annotations: plan });
    world.apply(group, planned);
    await world.run();
    expect(world.ready(planned)?.status).toBe("True");
    expect(world.writes()).toEqual({ [`PUT ${groupId}`]: 1, [`PUT ${networkId}`]: 1 });
    await world.advance(3 * hour);
    expect(world.ready(planned)?.status).toBe("True");
    expect(world.calls("PUT")).toHaveLength(2);
  });

  test("plans a whole tree at once: children do not wait for an owner that is only planned", async () => {
    const world = await World.create();
    world.arm.inner.put(groupId, { location: "westus3" });
    world.arm.inner.put(networkId, existing);
    world.arm.inner.put(subnetId, { properties: { addressPrefix: "10.0.9.0/24" } });
    const reference = { group: "network.azure.com", kind: "NetworkSecurityGroup", name: "nsg" };
    world.arm.inner.put(securityGroupId, { location: "westus3" });
    const guarded = subnet({ networkSecurityGroup: { reference } }, { annotations: plan });
    const tree = [
      guarded,
      planned,
      securityGroup({}, { annotations: plan }),
      resourceGroup({}, { annotations: plan }),
    ];
    world.apply(...tree);
    await world.run();
    for (const one of tree) expect(world.ready(one)?.reason).toBe("AdoptionPlanned");
    expect(world.ready(guarded)?.message).toContain(
      '/properties/addressPrefix "10.0.9.0/24" -> "10.0.1.0/24", /properties/networkSecurityGroup none',
    );
    expect(world.writes()).toEqual({});
    for (const one of tree) annotate(world, { [annotations.adopt]: "adopt" }, one);
    await world.run();
    for (const one of tree) expect(world.ready(one)?.status).toBe("True");
  });

  test("never shows a secret, neither Azure's nor the cluster's", async () => {
    const world = await World.create();
    world.cluster.putSecret("team", "database", { password: "canary-password" });
    world.arm.inner.put(groupId, { location: "westus3" });
    world.arm.inner.put(serverId, {
      location: "westus3",
      properties: { administratorLogin: "canary-password", version: "13" },
    });
    const server = flexibleServer({}, { annotations: plan });
    world.apply(resourceGroup(), server);
    await world.run();
    expect(world.ready(server)?.reason).toBe("AdoptionPlanned");
    expect(world.ready(server)?.message).toContain(
      "/properties/administratorLoginPassword none -> (secret)",
    );
    expect(JSON.stringify([world.get(server), world.events(), world.log])).not.toContain("canary");
  });

  test.each(["Plan", "yes", "skip"])(
    "that is misspelt as %s is told, and means plan",
    async (word) => {
      const wrong = virtualNetwork({}, { annotations: { [annotations.adopt]: word } });
      const world = await withNetwork(existing, wrong);
      expect(world.ready(wrong)?.reason).toBe("AdoptionPlanned");
      expect(told(world, "InvalidAdopt")).toEqual([
        expect.stringContaining(`"${word}" is no value`),
      ]);
      await world.advance(2 * hour);
      expect(told(world, "InvalidAdopt")).toHaveLength(1);
      expect(writesTo(world, networkId)).toEqual([]);
    },
  );

  test("says nothing of Azure while Azure cannot be read", async () => {
    const world = await World.create();
    world.arm.inner.put(groupId, { location: "westus3" });
    world.arm.inner.put(networkId, existing);
    world.arm.inner.answerNext(
      { method: "GET", path: /virtualNetworks/ },
      armError(403, "AuthorizationFailed", "no right to read"),
    );
    world.apply(resourceGroup(), planned);
    await world.run();
    expect(world.ready(planned)).toMatchObject({ severity: "Warning", reason: "Failed" });
    expect(world.ready(planned)?.message).toContain("AuthorizationFailed");
    await world.advance(60_000);
    expect(world.ready(planned)?.reason).toBe("AdoptionPlanned");
    expect(writesTo(world, networkId)).toEqual([]);
  });

  test("holds nobody else back: an id that is only planned is free", async () => {
    const world = await withNetwork();
    const second = virtualNetwork({ azureName: "vnet" }, { name: "second" });
    world.apply(second);
    await world.run();
    expect(world.ready(second)?.status).toBe("True");
    annotate(world, { [annotations.adopt]: "adopt" });
    await world.run();
    expect(world.ready(planned)?.reason).toBe("AzureResourceInUse");
    expect(world.calls("PUT", networkId)).toHaveLength(1);
  });
});

describe("consent", () => {
  test.each([
    ["adopt: adopt", "adopt"],
    ["taking the annotation away", null],
  ])("by %s is one PUT, and the resource is managed like any other", async (_how, value) => {
    const world = await withNetwork();
    annotate(world, { [annotations.adopt]: value });
    await world.run();
    expect(world.ready(planned)?.status).toBe("True");
    expect(world.calls("PUT", networkId)).toHaveLength(1);
    expect(world.arm.resource(networkId)?.["tags"]).toEqual({ team: "platform" });
    expect(world.annotation(planned, annotations.adoptionPlan)).toBeUndefined();
    expect(world.get(planned)?.metadata.finalizers).toEqual([finalizer]);
    world.cluster.delete(refOf(planned));
    await world.run();
    expect(world.calls("DELETE", networkId)).toHaveLength(1);
  });

  test("costs no PUT when nothing would change, and drift is corrected from then on", async () => {
    const world = await withNetwork(asWanted);
    expect(world.ready(planned)?.message).toContain("would change nothing");
    annotate(world, { [annotations.adopt]: "adopt" });
    await world.run();
    expect(world.ready(planned)?.status).toBe("True");
    expect(writesTo(world, networkId)).toEqual([]);
    world.arm.inner.mutate(networkId, { tags: { team: "somebody" } });
    await world.advance(2 * hour);
    expect(world.calls("PUT", networkId)).toHaveLength(1);
  });

  test("costs a PUT when there is a secret to set: Azure does not show whether it would change", async () => {
    const world = await World.create();
    world.cluster.putSecret("team", "database", { password: "canary-password" });
    world.apply(resourceGroup(), flexibleServer());
    await world.run();
    world.cluster.edit(refOf(flexibleServer()), { metadata: { finalizers: [] } });
    world.cluster.delete(refOf(flexibleServer()));
    await world.run();
    const server = flexibleServer({}, { annotations: { [annotations.adopt]: "adopt" } });
    world.apply(server);
    await world.run();
    expect(world.ready(server)?.status).toBe("True");
    expect(world.calls("PUT", serverId)).toHaveLength(2);
  });

  test("that was given by a manifest from the start adopts at once", async () => {
    const world = await withNetwork(
      existing,
      virtualNetwork({}, { annotations: { [annotations.adopt]: "adopt" } }),
    );
    expect(world.ready(planned)?.status).toBe("True");
    expect(world.calls("PUT", networkId)).toHaveLength(1);
    expect(told(world, "AdoptionPlanned")).toEqual([]);
  });

  test("given once is kept: plan stated afterwards changes nothing, even without the ledger", async () => {
    const world = await withNetwork();
    annotate(world, { [annotations.adopt]: "adopt" });
    await world.run();
    annotate(world, { [annotations.adopt]: "plan" });
    await world.run();
    expect(world.ready(planned)?.status).toBe("True");
    world.loseLedger();
    world.edit(planned, { spec: { tags: { team: "network" } } });
    await world.run();
    expect(world.ready(planned)?.status).toBe("True");
    expect(world.arm.resource(networkId)?.["tags"]).toEqual({ team: "network" });
    world.cluster.delete(refOf(planned));
    await world.run();
    expect(world.calls("DELETE", networkId)).toHaveLength(1);
  });
});

describe("the deletion of a resource that is only planned", () => {
  test("is over at once and sends nothing to Azure", async () => {
    const world = await withNetwork();
    const calls = world.since();
    world.cluster.delete(refOf(planned));
    expect(world.get(planned)).toBeUndefined();
    await world.advance(2 * hour);
    expect(calls().filter(({ path }) => path === networkId)).toEqual([]);
    expect(world.arm.inner.resource(networkId)).toBeDefined();
    expect(await world.row(planned)).toBeUndefined();
  });

  test("sends no DELETE where it was written with another one's finalizer, id and marks", async () => {
    const copied = virtualNetwork(
      {},
      {
        finalizers: [finalizer],
        annotations: {
          ...plan,
          [annotations.resourceId]: networkId,
          [annotations.acceptedGoal]: "0123456789abcdef0123456789abcdef",
          [annotations.latestReconciledGeneration]: "1",
          [annotations.operatorNamespace]: "aso-functions",
          [annotations.adopted]: "uid-of-another-object",
        },
      },
    );
    const world = await withNetwork(existing, copied);
    await world.advance(60_000);
    expect(world.ready(copied)?.reason).toBe("AdoptionPlanned");
    world.cluster.delete(refOf(copied));
    await world.run();
    expect(world.get(copied)).toBeUndefined();
    expect(writesTo(world, networkId)).toEqual([]);
    expect(told(world, "NotAdopted")).toHaveLength(1);
  });

  test("sends no DELETE after an import with skip, nor does it end with a PUT", async () => {
    const skipped = virtualNetwork({}, { annotations: { [annotations.reconcilePolicy]: "skip" } });
    const world = await withNetwork(existing, skipped);
    expect(world.ready(skipped)?.status).toBe("True");
    annotate(world, { [annotations.reconcilePolicy]: "manage", ...plan });
    await world.run();
    expect(world.ready(skipped)?.reason).toBe("AdoptionPlanned");
    world.cluster.delete(refOf(skipped));
    await world.run();
    expect(world.get(skipped)).toBeUndefined();
    expect(writesTo(world, networkId)).toEqual([]);
    expect(world.arm.inner.resource(networkId)).toBeDefined();
  });

  test("sends no DELETE when the ledger was lost, or Azure cannot be read", async () => {
    const world = await withNetwork();
    world.loseLedger();
    world.edit(planned, { metadata: { finalizers: [finalizer] } });
    world.arm.inner.answerNext(
      { method: "GET", path: /virtualNetworks/ },
      armError(500, "Oops", ""),
    );
    world.cluster.delete(refOf(planned));
    await world.advance(hour);
    expect(world.get(planned)).toBeUndefined();
    expect(writesTo(world, networkId)).toEqual([]);
  });

  test("takes nothing along that a planned owner would have owned", async () => {
    const world = await withNetwork();
    world.arm.inner.put(subnetId, { properties: { addressPrefix: "10.0.1.0/24" } });
    const child = subnet({}, { annotations: plan });
    world.apply(child);
    await world.run();
    world.cluster.delete(refOf(planned));
    world.cluster.delete(refOf(child));
    await world.run();
    expect(world.calls("DELETE")).toEqual([]);
    expect(world.arm.inner.ids()).toContain(subnetId.toLowerCase());
  });
});

describe("what was created although a plan is stated", () => {
  const slow: LroPlan = { via: "asyncOperation", polls: 3, retryAfterSeconds: 20 };
  const failing: LroPlan = { ...slow, polls: 1, error: { code: "Conflict", message: "no" } };

  async function creating(put: LroPlan): Promise<World> {
    const world = await World.create({
      operations: { "Microsoft.Network/virtualNetworks": { put } },
    });
    world.apply(resourceGroup(), planned);
    await world.run();
    expect(world.calls("PUT", networkId)).toHaveLength(1);
    return world;
  }

  test("is deleted when its resource is, as any other", async () => {
    const world = await World.create();
    world.apply(resourceGroup(), planned);
    await world.run();
    world.loseLedger();
    await world.run();
    world.cluster.delete(refOf(planned));
    await world.run();
    expect(world.calls("DELETE", networkId)).toHaveLength(1);
    expect(world.get(planned)).toBeUndefined();
  });

  test("is deleted also in the middle of its creation, and without the ledger", async () => {
    const world = await creating(slow);
    world.loseLedger();
    world.cluster.delete(refOf(planned));
    await world.advance(hour);
    expect(world.calls("DELETE", networkId)).toHaveLength(1);
    expect(world.arm.inner.resource(networkId)).toBeUndefined();
  });

  test("is tried again when its operation failed, and not taken for somebody else's", async () => {
    const world = await creating(failing);
    await world.advance(10 * 60_000);
    expect(world.calls("PUT", networkId).length).toBeGreaterThan(1);
    expect(told(world, "AdoptionPlanned")).toEqual([]);
  });

  test("is a plan when its PUT was refused and somebody else made it then", async () => {
    const world = await World.create();
    world.arm.inner.answerNext(
      { method: "PUT", path: /virtualNetworks/ },
      armError(403, "RequestDisallowedByPolicy", "by hand only"),
    );
    world.apply(resourceGroup(), planned);
    await world.run();
    expect(world.ready(planned)?.reason).toBe("RequestDisallowedByPolicy");
    world.arm.inner.put(networkId, existing);
    await world.advance(10 * 60_000);
    expect(world.ready(planned)?.reason).toBe("AdoptionPlanned");
    expect(world.calls("PUT", networkId)).toHaveLength(1);
    world.cluster.delete(refOf(planned));
    await world.run();
    expect(world.calls("DELETE")).toEqual([]);
    expect(world.get(planned)).toBeUndefined();
  });

  test("is looked up and kept when the answer to its PUT was lost", async () => {
    const world = await World.create();
    world.arm.inner.answerNext({ method: "PUT", path: /virtualNetworks/ }, (call) => {
      world.arm.inner.put(call.path, call.body);
      return { kind: "unanswered", sent: true, message: "ECONNRESET" };
    });
    world.apply(resourceGroup(), planned);
    await world.advance(60_000);
    expect(world.ready(planned)?.status).toBe("True");
    expect(world.calls("PUT", networkId)).toHaveLength(1);
    world.cluster.delete(refOf(planned));
    await world.run();
    expect(world.calls("DELETE", networkId)).toHaveLength(1);
  });
});

/** aso-features.md 3.3. */
describe("without the annotation an existing resource is adopted as ASO does it", () => {
  const plain = virtualNetwork();

  test("by one PUT that overwrites what is stated, and the deletion deletes it", async () => {
    const world = await withNetwork(existing, plain);
    expect(world.ready(plain)?.status).toBe("True");
    expect(world.calls("PUT", networkId)).toHaveLength(1);
    expect(world.arm.resource(networkId)?.["tags"]).toEqual({ team: "platform" });
    world.cluster.delete(refOf(plain));
    await world.run();
    expect(world.arm.inner.resource(networkId)).toBeUndefined();
  });

  test("safely with detach-on-delete: managed, and never deleted", async () => {
    const kept = virtualNetwork(
      {},
      { annotations: { [annotations.reconcilePolicy]: "detach-on-delete" } },
    );
    const world = await withNetwork(existing, kept);
    world.edit(kept, { spec: { tags: { team: "network" } } });
    await world.run();
    expect(world.calls("PUT", networkId)).toHaveLength(2);
    world.cluster.delete(refOf(kept));
    await world.run();
    expect(world.get(kept)).toBeUndefined();
    expect(world.arm.resource(networkId)?.["tags"]).toEqual({ team: "network" });
  });
});

/** aso-features.md 3.2. */
describe("an import with skip", () => {
  const skip = { [annotations.reconcilePolicy]: "skip" };
  const skipped = virtualNetwork({}, { annotations: skip });

  test("is claimed like any resource and shows what Azure has", async () => {
    const world = await withNetwork(existing, skipped);
    expect(world.ready(skipped)).toMatchObject({ status: "True", reason: "Succeeded" });
    expect(world.get(skipped)?.status).toMatchObject({
      id: networkId,
      tags: { team: "somebody", cost: "42" },
      dhcpOptions: { dnsServers: ["10.0.0.4"] },
    });
    const { metadata } = world.get(skipped) ?? {};
    expect(metadata?.finalizers).toEqual([finalizer]);
    expect(metadata?.annotations?.[annotations.resourceId]).toBe(networkId);
    expect(metadata?.labels).toMatchObject({ [labels.ownerName]: "rg" });
    expect(metadata?.ownerReferences).toMatchObject([{ kind: "ResourceGroup", name: "rg" }]);
    expect(writesTo(world, networkId)).toEqual([]);
  });

  test.each([
    ["WaitingForOwner", subnet({}, { annotations: skip })],
    ["SecretNotFound", flexibleServer({}, { annotations: skip })],
    [
      "ReferenceNotFound",
      subnet(
        {
          owner: { armId: networkId },
          networkSecurityGroup: {
            reference: { group: "network.azure.com", kind: "NetworkSecurityGroup", name: "nsg" },
          },
        },
        { annotations: skip },
      ),
    ],
    [
      "Failed",
      virtualNetwork({}, { annotations: { ...skip, [annotations.credentialFrom]: "no" } }),
    ],
    [
      "SubscriptionMismatch",
      virtualNetwork(
        {
          owner: { armId: "/subscriptions/99999999-0000-0000-0000-000000000000/resourceGroups/rg" },
        },
        { annotations: skip },
      ),
    ],
  ])("needs what a claim needs: %s", async (reason, resource) => {
    const world = await World.create();
    world.apply(resourceGroup());
    await world.run();
    const calls = world.since();
    world.apply(resource);
    await world.run();
    expect(world.ready(resource)?.reason).toBe(reason);
    expect(calls()).toEqual([]);
  });

  test("follows Azure once a sync period and writes nothing", async () => {
    const world = await withNetwork(existing, skipped);
    world.arm.inner.mutate(networkId, { tags: { team: "another" } });
    const calls = world.since();
    await world.advance(4 * hour);
    expect(world.get(skipped)?.status).toMatchObject({ tags: { team: "another" } });
    expect(writesTo(world, networkId)).toEqual([]);
    const reads = calls().filter(({ path }) => path === networkId).length;
    expect(reads).toBeGreaterThanOrEqual(3);
    expect(reads).toBeLessThanOrEqual(6);
  });

  test("is entered and left at once; an edit under it waits for the end of it", async () => {
    const world = await withNetwork(existing, virtualNetwork());
    annotate(world, skip);
    await world.run();
    world.edit(skipped, { spec: { tags: { team: "network" } } });
    await world.run();
    expect(world.ready(skipped)).toMatchObject({ status: "True", observedGeneration: 2 });
    expect(world.calls("PUT", networkId)).toHaveLength(1);
    annotate(world, { [annotations.reconcilePolicy]: null });
    await world.run();
    expect(world.calls("PUT", networkId)).toHaveLength(2);
    expect(world.arm.resource(networkId)?.["tags"]).toEqual({ team: "network" });
  });

  test("a change between manage and detach-on-delete costs no request", async () => {
    const world = await withNetwork(existing, virtualNetwork());
    const calls = world.since();
    for (const value of ["detach-on-delete", "manage", "detach-on-delete"]) {
      annotate(world, { [annotations.reconcilePolicy]: value });
      await world.run();
    }
    expect(calls()).toEqual([]);
  });

  test("protects no child: each follows its own policy", async () => {
    const world = await withNetwork(existing, skipped);
    world.arm.inner.put(subnetId, { properties: { addressPrefix: "10.0.1.0/24" } });
    world.apply(subnet());
    await world.run();
    // What Kubernetes' garbage collector does to the children of a resource that is deleted.
    world.cluster.delete(refOf(skipped));
    await world.run();
    world.cluster.delete(refOf(subnet()));
    await world.run();
    expect(world.writes()).toMatchObject({ [`DELETE ${subnetId}`]: 1 });
    expect(world.calls("DELETE", networkId)).toEqual([]);
  });
});
