import { describe, expect, test } from "vitest";
import {
  groupId,
  networkId,
  refOf,
  resourceGroup,
  routeTable,
  securityGroup,
  securityGroupId,
  subnet,
  subnetId,
  virtualNetwork,
} from "./samples.ts";
import { hour, World } from "./world.ts";

const chain = [resourceGroup(), virtualNetwork(), subnet()];

async function settled(): Promise<World> {
  const world = await World.create();
  world.apply(...chain);
  await world.run();
  return world;
}

describe("when nothing changed", () => {
  test("a restart sends nothing to Azure", async () => {
    const world = await settled();
    const calls = world.since();
    world.restart();
    await world.run();
    await world.advance(60_000);
    expect(calls()).toEqual([]);
  });

  test("a scan finds nothing to do: no message, no write to the cluster", async () => {
    const world = await settled();
    const handled = world.handled;
    const before = world.cluster.store.version;
    await world.run();
    expect(world.handled).toBe(handled);
    expect(world.cluster.store.version).toBe(before);
  });

  test("a sync period costs no write and leaves the resources as they are", async () => {
    const world = await settled();
    const before = world.cluster.store.version;
    const calls = world.since();
    await world.advance(3 * hour);
    expect(calls().filter(({ method }) => method !== "GET")).toEqual([]);
    expect(world.cluster.store.version).toBe(before);
  });

  test("a sync period of 200 resources of a type costs at most 3 requests", async () => {
    const world = await World.create();
    const tables = Array.from({ length: 200 }, (_, at) => routeTable(`table-${at}`));
    world.apply(resourceGroup(), ...tables);
    await world.run();
    await world.advance(120_000);
    expect(tables.filter((one) => world.ready(one)?.status !== "True")).toHaveLength(0);
    const calls = world.since();
    await world.advance(1.25 * hour - 120_000);
    const lists = calls().filter(({ path }) => /\/routeTables$/i.test(path));
    expect(calls().filter(({ method }) => method !== "GET")).toEqual([]);
    expect(lists.length).toBeGreaterThan(0);
    expect(calls().filter(({ path }) => /routeTables/i.test(path)).length).toBeLessThanOrEqual(3);
    expect(lists[0]?.path).toBe(
      "/subscriptions/00000000-0000-0000-0000-000000000001/providers/Microsoft.Network/routeTables",
    );
  });

  test("without a sync period nothing is ever read", async () => {
    const world = await World.create({ settings: { syncPeriodMs: "never" } });
    world.apply(...chain);
    await world.run();
    const calls = world.since();
    await world.advance(50 * hour);
    expect(calls()).toEqual([]);
  });
});

describe("drift", () => {
  test("of a tag is put back by one PUT, with an event that names the path", async () => {
    const world = await settled();
    world.arm.inner.mutate(networkId, { tags: { owner: "somebody" } });
    const calls = world.since();
    await world.advance(2 * hour);
    expect(
      calls()
        .filter(({ method }) => method === "PUT")
        .map(({ path }) => path),
    ).toEqual([networkId]);
    expect(world.arm.resource(networkId)?.["tags"]).toEqual({ team: "platform" });
    const told = world.events().filter((event) => event.includes("DriftCorrected"));
    expect(told).toEqual([expect.stringContaining("/tags")]);
    expect(world.arm.resource(subnetId)).toBeDefined();
    await world.advance(3 * hour);
    expect(calls().filter(({ method }) => method === "PUT")).toHaveLength(1);
  });

  test("of a resource that was deleted in Azure creates it again", async () => {
    const world = await settled();
    world.arm.inner.remove(subnetId);
    const calls = world.since();
    await world.advance(2 * hour);
    expect(
      calls()
        .filter(({ method }) => method === "PUT")
        .map(({ path }) => path),
    ).toEqual([subnetId]);
  });

  test("in a list alone is confirmed by a GET before anything is written", async () => {
    const world = await settled();
    for (let n = 0; n < 3; n++)
      world.arm.inner.answerNext(
        { method: "GET", path: /(virtualNetworks|resourcegroups)$/i },
        { kind: "response", status: 200, headers: {}, text: '{"value":[]}' },
      );
    const calls = world.since();
    await world.advance(1.25 * hour);
    expect(calls().filter(({ method }) => method === "PUT")).toEqual([]);
    expect(
      calls().filter(({ method, path }) => method === "GET" && path === networkId).length,
    ).toBeGreaterThan(0);
  });

  test("that comes back every time is put back every time", async () => {
    const world = await settled();
    for (let n = 0; n < 3; n++) {
      world.arm.inner.mutate(networkId, { tags: { owner: "somebody" } });
      await world.advance(1.25 * hour);
    }
    expect(world.calls("PUT", networkId)).toHaveLength(4);
  });

  test("of a value that the provider normalised at our PUT is none, and a later change of it is", async () => {
    const world = await World.create();
    world.arm.inner.answerNext({ method: "PUT", path: /networkSecurityGroups/ }, (call) => {
      world.arm.inner.put(call.path, { ...call.body, tags: { team: "a" } });
      return { kind: "response", status: 200, headers: {}, text: "{}" };
    });
    world.apply(resourceGroup(), securityGroup({ tags: { team: "A" } }));
    await world.run();
    await world.advance(3 * hour);
    expect(world.ready(securityGroup())?.status).toBe("True");
    expect(world.calls("PUT", securityGroupId)).toHaveLength(1);
    world.arm.inner.mutate(securityGroupId, { tags: { team: "b" } });
    await world.advance(1.5 * hour);
    expect(world.calls("PUT", securityGroupId)).toHaveLength(2);
  });
});

describe("an edit", () => {
  test("is one PUT, and Ready follows the generation", async () => {
    const world = await settled();
    const calls = world.since();
    world.edit(virtualNetwork(), { spec: { tags: { team: "network" } } });
    await world.run();
    expect(
      calls()
        .filter(({ method }) => method === "PUT")
        .map(({ path }) => path),
    ).toEqual([networkId]);
    expect(world.ready(virtualNetwork())).toMatchObject({ status: "True", observedGeneration: 2 });
  });

  test("of a network keeps its subnets", async () => {
    const world = await settled();
    world.edit(virtualNetwork(), { spec: { tags: { team: "network" } } });
    await world.run();
    expect(world.arm.resource(subnetId)).toBeDefined();
    expect(world.calls("PUT", subnetId)).toHaveLength(1);
  });

  test("of a subnet is no PUT of the network, and adding one is none either", async () => {
    const world = await settled();
    const second = subnet({ addressPrefix: "10.0.2.0/24" }, { name: "second" });
    world.edit(subnet(), { spec: { addressPrefix: "10.0.3.0/24" } });
    world.apply(second);
    await world.run();
    await world.advance(3 * hour);
    expect(world.ready(second)?.status).toBe("True");
    expect(world.calls("PUT", networkId)).toHaveLength(1);
    expect(world.calls("PUT", subnetId)).toHaveLength(2);
  });

  test("that Azure does not see costs no PUT", async () => {
    const world = await settled();
    world.edit(resourceGroup(), { spec: { operatorSpec: { configMapExpressions: [] } } });
    await world.run();
    expect(world.ready(resourceGroup())).toMatchObject({ status: "True", observedGeneration: 2 });
    expect(world.calls("PUT", groupId)).toHaveLength(1);
  });

  test("that comes while the resource is worked on is not lost", async () => {
    const world = await settled();
    world.arm.inner.answerNext({ method: "PUT", path: /virtualNetworks\/vnet$/ }, () => {
      world.edit(virtualNetwork(), { spec: { tags: { team: "third" } } });
      return undefined;
    });
    world.edit(virtualNetwork(), { spec: { tags: { team: "second" } } });
    await world.run();
    await world.run();
    expect(world.arm.resource(networkId)?.["tags"]).toEqual({ team: "third" });
    expect(world.ready(virtualNetwork())).toMatchObject({ status: "True", observedGeneration: 3 });
    expect(world.calls("PUT", networkId)).toHaveLength(3);
  });

  test("of a status by somebody else is no reason to do anything", async () => {
    const world = await settled();
    const handled = world.handled;
    world.cluster.edit(refOf(virtualNetwork()), { metadata: { labels: { a: "b" } } });
    await world.run();
    expect(world.handled).toBe(handled);
  });
});
