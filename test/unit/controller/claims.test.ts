import { describe, expect, test } from "vitest";
import { annotations, finalizer, pollerIds } from "../../../src/core/resource/names.ts";
import {
  groupId,
  identity,
  identityId,
  networkId,
  refOf,
  resourceGroup,
  subnet,
  subnetId,
  virtualNetwork,
} from "./samples.ts";
import { hour, operatorNamespace, World } from "./world.ts";

const chain = [resourceGroup(), virtualNetwork(), subnet()];

async function settled(): Promise<World> {
  const world = await World.create();
  world.apply(...chain);
  await world.run();
  return world;
}

describe("two resources that name one ARM id", () => {
  test("in two namespaces: the first keeps it, both are told, and nothing fights", async () => {
    const world = await World.create();
    const rival = resourceGroup({ tags: { mine: "too" } }, { namespace: "other" });
    world.apply(resourceGroup());
    await world.run();
    world.apply(rival);
    await world.run();
    await world.advance(2 * hour);
    expect(world.ready(resourceGroup())?.status).toBe("True");
    expect(world.ready(rival)).toMatchObject({
      reason: "AzureResourceInUse",
      severity: "Warning",
      status: "False",
    });
    expect(world.ready(rival)?.message).toContain("team/rg of cluster one");
    const told = world.cluster.events.filter(({ namespace }) => namespace === "team");
    expect(told).toContainEqual(
      expect.objectContaining({ type: "Warning", message: expect.stringContaining("other/rg") }),
    );
    expect(world.calls("PUT", groupId)).toHaveLength(1);
    expect(world.get(rival)?.metadata.finalizers).toBeUndefined();
  });

  test("in two clusters: told on both sides, each in its own cluster", async () => {
    const world = await World.create({ clusters: ["one", "two"] });
    const [one, two] = [world.clusters["one"], world.clusters["two"]];
    one?.create(resourceGroup());
    await world.run();
    two?.create(resourceGroup({ tags: { mine: "too" } }));
    await world.run();
    await world.advance(hour);
    expect(world.ready(resourceGroup(), one)?.status).toBe("True");
    expect(world.ready(resourceGroup(), two)?.message).toContain("of cluster one");
    expect(one?.events).toContainEqual(
      expect.objectContaining({ type: "Warning", message: expect.stringContaining("cluster two") }),
    );
    expect(world.calls("PUT", groupId)).toHaveLength(1);
  });

  test("are told once per conflict and not at every try", async () => {
    const world = await World.create();
    world.apply(resourceGroup());
    await world.run();
    world.apply(resourceGroup({}, { namespace: "other" }));
    await world.run();
    const events = world.cluster.calls.filter((call) => call.startsWith("recordEvent")).length;
    await world.advance(hour);
    const later = world.cluster.calls.filter((call) => call.startsWith("recordEvent")).length;
    expect(later).toBe(events);
  });

  test("are one when the first is deleted: the second takes over by itself", async () => {
    const world = await World.create();
    const rival = identity({ azureName: "mi" }, { name: "rival" });
    world.apply(resourceGroup(), identity());
    await world.run();
    world.apply(rival);
    await world.run();
    expect(world.ready(rival)?.reason).toBe("AzureResourceInUse");
    world.cluster.delete(refOf(identity()));
    await world.run();
    await world.advance(600_000);
    expect(world.ready(rival)?.status).toBe("True");
  });

  test("delete nothing when the loser is deleted", async () => {
    const world = await World.create();
    const rival = identity({ azureName: "mi" }, { name: "rival" });
    world.apply(resourceGroup(), identity());
    await world.run();
    world.apply(rival);
    await world.run();
    world.cluster.delete(refOf(rival));
    await world.run();
    expect(world.get(rival)).toBeUndefined();
    expect(world.calls("DELETE")).toEqual([]);
    expect(world.arm.resource(identityId)).toBeDefined();
  });
});

describe("kubectl replace", () => {
  test("that wipes finalizer and annotations costs no PUT, and the claim is put back", async () => {
    const world = await settled();
    for (const one of chain) {
      const found = world.get(one)?.metadata;
      const wiped = (names: Readonly<Record<string, string>> | undefined) =>
        Object.fromEntries(Object.keys(names ?? {}).map((name) => [name, null]));
      world.cluster.edit(refOf(one), {
        metadata: {
          finalizers: [],
          annotations: wiped(found?.annotations),
          labels: wiped(found?.labels),
          ownerReferences: [],
        },
      });
    }
    // A child that comes first finds its owner without an id, and tries again a second later.
    await world.advance(5000);
    for (const [at, one] of chain.entries()) {
      const found = world.get(one)?.metadata;
      expect(found?.finalizers).toEqual([finalizer]);
      expect(found?.annotations).toMatchObject({
        [annotations.operatorNamespace]: operatorNamespace,
        [annotations.resourceId]: [groupId, networkId, subnetId][at],
        [annotations.acceptedGoal]: expect.stringMatching(/^[0-9a-f]{32}$/),
      });
      expect(found?.ownerReferences ?? []).toHaveLength(at === 0 ? 0 : 1);
      expect(world.ready(one)?.status).toBe("True");
    }
    await world.advance(2 * hour);
    expect(new Set(Object.values(world.writes()))).toEqual(new Set([1]));
  });

  test("together with an edit is one PUT", async () => {
    const world = await settled();
    world.cluster.edit(refOf(virtualNetwork()), {
      metadata: { finalizers: [], annotations: { [annotations.resourceId]: null } },
      spec: { tags: { team: "network" } },
    });
    await world.run();
    await world.run();
    expect(world.calls("PUT", networkId)).toHaveLength(2);
    expect(world.get(virtualNetwork())?.metadata.finalizers).toEqual([finalizer]);
  });
});

describe("a resource of another operator", () => {
  const foreign = resourceGroup(
    {},
    { annotations: { [annotations.operatorNamespace]: "aso-system" } },
  );

  test("is left untouched but for one event", async () => {
    const world = await World.create();
    world.apply(foreign);
    const before = world.get(foreign);
    await world.run();
    await world.advance(3 * hour);
    expect(world.get(foreign)).toEqual(before);
    expect(world.arm.inner.calls).toEqual([]);
    expect(world.events()).toEqual([expect.stringContaining("Warning Overlap rg")]);
  });

  test("that was ours is let alone from then on, however long", async () => {
    const world = await settled();
    world.cluster.edit(refOf(resourceGroup()), {
      metadata: { annotations: { [annotations.operatorNamespace]: "aso-system" } },
    });
    await world.run();
    const calls = world.since();
    await world.advance(5 * hour);
    expect(calls().filter(({ path }) => path === groupId)).toEqual([]);
  });

  test("is taken over when the annotation goes", async () => {
    const world = await World.create();
    world.apply(foreign);
    await world.run();
    world.cluster.edit(refOf(foreign), {
      metadata: { annotations: { [annotations.operatorNamespace]: null } },
    });
    await world.run();
    expect(world.ready(foreign)?.status).toBe("True");
  });
});

describe("a lost ledger", () => {
  test("costs no write: the annotations are exact", async () => {
    const world = await settled();
    const calls = world.since();
    world.loseLedger();
    await world.run();
    await world.advance(2 * hour);
    expect(calls().filter(({ method }) => method !== "GET")).toEqual([]);
    for (const one of chain) expect(world.ready(one)?.status).toBe("True");
  });

  test("does not hide drift of the time without it", async () => {
    const world = await settled();
    world.loseLedger();
    world.arm.inner.mutate(networkId, { tags: { team: "somebody" } });
    await world.run();
    await world.advance(2 * hour);
    expect(world.calls("PUT", networkId)).toHaveLength(2);
  });
});

describe("resources that ASO brought to Ready", () => {
  /** ASO's traces on a resource: its annotations, finalizer and Ready, and none of ours. */
  async function fromAso(): Promise<World> {
    const world = await settled();
    for (const one of chain)
      world.cluster.edit(refOf(one), {
        metadata: {
          annotations: {
            [annotations.acceptedGoal]: null,
            [annotations.originalVersion]: null,
            [annotations.operatorNamespace]: null,
          },
        },
      });
    world.loseLedger();
    return world;
  }

  test("are taken over without a write", async () => {
    const world = await fromAso();
    const calls = world.since();
    await world.run();
    await world.advance(2 * hour);
    expect(calls().filter(({ method }) => method !== "GET")).toEqual([]);
    for (const one of chain) {
      expect(world.ready(one)?.status).toBe("True");
      expect(world.annotation(one, annotations.acceptedGoal)).toMatch(/^[0-9a-f]{32}$/);
    }
  });

  test("in the middle of an operation are followed with ASO's own token", async () => {
    const world = await World.create();
    const url = `https://management.azure.com${networkId}?api-version=2024-03-01`;
    world.apply(resourceGroup());
    await world.run();
    world.arm.inner.put(networkId, {
      location: "westus3",
      tags: { team: "platform" },
      properties: {
        provisioningState: "Succeeded",
        addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
      },
    });
    world.apply(
      virtualNetwork(
        {},
        {
          finalizers: [finalizer],
          annotations: {
            [annotations.resourceId]: networkId,
            [annotations.latestReconciledGeneration]: "1",
            [annotations.pollerResumeId]: pollerIds.create,
            [annotations.pollerResumeToken]: JSON.stringify({
              type: "GenericResource",
              token: { type: "body", pollURL: url, state: "InProgress" },
            }),
          },
        },
      ),
    );
    await world.run();
    expect(world.ready(virtualNetwork())?.status).toBe("True");
    expect(world.annotation(virtualNetwork(), annotations.pollerResumeToken)).toBeUndefined();
    expect(world.calls("PUT", networkId)).toEqual([]);
  });
});

describe("an edited resource-id", () => {
  test("sends nothing, says so, and heals when it is restored", async () => {
    const world = await settled();
    const edit = (id: string): unknown =>
      world.cluster.edit(refOf(virtualNetwork()), {
        metadata: { annotations: { [annotations.resourceId]: id } },
        spec: { tags: { edited: id.slice(-3) } },
      });
    edit(`${networkId}-of-somebody-else`);
    const calls = world.since();
    await world.run();
    expect(calls()).toEqual([]);
    expect(world.ready(virtualNetwork())).toMatchObject({ reason: "Failed", severity: "Error" });
    edit(networkId);
    await world.run();
    expect(world.ready(virtualNetwork())?.status).toBe("True");
    expect(world.calls("PUT", networkId)).toHaveLength(2);
  });

  test("is found even if nothing else changes", async () => {
    const world = await settled();
    world.cluster.edit(refOf(virtualNetwork()), {
      metadata: { annotations: { [annotations.resourceId]: `${networkId}2` } },
    });
    await world.run();
    expect(world.ready(virtualNetwork())?.severity).toBe("Error");
  });

  test("does not help a renamed resource to its new name", async () => {
    const world = await settled();
    world.edit(virtualNetwork(), { spec: { azureName: "renamed" } });
    await world.run();
    expect(world.ready(virtualNetwork())).toMatchObject({ severity: "Error" });
    expect(
      world.arm.resource(`${groupId}/providers/Microsoft.Network/virtualNetworks/renamed`),
    ).toBeUndefined();
    world.edit(virtualNetwork(), { spec: { azureName: "vnet" } });
    await world.run();
    expect(world.ready(virtualNetwork())?.status).toBe("True");
    expect(world.calls("DELETE")).toEqual([]);
  });
});
