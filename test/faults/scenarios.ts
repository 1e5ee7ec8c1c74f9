import { expect } from "vitest";
import { annotations } from "../../src/core/resource/names.ts";
import type { NewResource } from "../doubles/in-memory-cluster.ts";
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
} from "../unit/controller/samples.ts";
import type { World, WorldOptions } from "../unit/controller/world.ts";
import type { Scenario } from "./matrix.ts";

const withExport = identity({
  operatorSpec: { configMaps: { principalId: { name: "ids", key: "principal" } } },
});
const all: readonly NewResource[] = [resourceGroup(), virtualNetwork(), subnet(), withExport];
const plan = { via: "asyncOperation", polls: 1, retryAfterSeconds: 5 } as const;
const options: WorldOptions = {
  operations: {
    "Microsoft.Network/virtualNetworks": { put: plan, delete: { ...plan, via: "location" } },
    "Microsoft.Network/virtualNetworks/subnets": { put: { via: "body", polls: 1 } },
  },
};

async function created(world: World): Promise<void> {
  world.apply(...all);
  await world.run();
  await world.advance(60_000);
  for (const one of all) expect(world.ready(one)?.status).toBe("True");
}

function expectReady(world: World, story: string): void {
  for (const one of all) {
    const label = `${story}: ${one.kind}`;
    expect(world.ready(one), label).toMatchObject({ status: "True", reason: "Succeeded" });
    expect(world.annotation(one, annotations.pollerResumeToken), label).toBeUndefined();
    const generation = world.get(one)?.metadata.generation;
    expect(world.ready(one)?.observedGeneration, label).toBe(generation);
  }
  expect(world.cluster.exported("ConfigMap", "team", "ids"), story).toBeDefined();
}

/** Nothing runs, nothing is overdue, and nothing is marked as unsure. */
async function expectQuiet(world: World, story: string): Promise<void> {
  for (const one of all) {
    const row = await world.row(one);
    if (row === undefined) continue;
    expect(row, story).toMatchObject({ state: "idle", dirty: false });
    expect(row.due, story).toBeGreaterThan(world.time);
    expect(row.memory.inFlight, story).toBeUndefined();
    expect(row.memory.uncertain ?? false, story).toBe(false);
  }
}

export const aCreate: Scenario = {
  options,
  azureMs: 30_000,
  prepare: async () => undefined,
  change: (world) => world.apply(...all),
  check: async (world, story) => {
    expectReady(world, story);
    await expectQuiet(world, story);
    expect(world.writes(), story).toEqual({
      [`PUT ${groupId}`]: 1,
      [`PUT ${networkId}`]: 1,
      [`PUT ${subnetId}`]: 1,
      [`PUT ${identityId}`]: 1,
    });
  },
};

export const anUpdate: Scenario = {
  options,
  azureMs: 30_000,
  prepare: created,
  change: (world) => {
    world.edit(virtualNetwork(), { spec: { tags: { team: "network" } } });
    world.edit(withExport, { spec: { tags: { a: "b" } } });
  },
  check: async (world, story) => {
    expectReady(world, story);
    await expectQuiet(world, story);
    expect(world.arm.resource(networkId)?.["tags"], story).toEqual({ team: "network" });
    expect(world.arm.resource(subnetId), story).toBeDefined();
    expect(world.writes(), story).toEqual({
      [`PUT ${groupId}`]: 1,
      [`PUT ${networkId}`]: 2,
      [`PUT ${subnetId}`]: 1,
      [`PUT ${identityId}`]: 2,
    });
  },
};

export const aDelete: Scenario = {
  options,
  azureMs: 30_000,
  prepare: created,
  change: (world) => {
    world.cluster.delete(refOf(virtualNetwork()));
    world.cluster.delete(refOf(withExport));
  },
  check: async (world, story) => {
    for (const gone of [virtualNetwork(), withExport]) {
      expect(world.get(gone), story).toBeUndefined();
      expect(await world.row(gone), story).toBeUndefined();
    }
    expect(world.arm.resource(networkId), story).toBeUndefined();
    expect(world.arm.resource(groupId), story).toBeDefined();
    const deletes = world.calls("DELETE").map(({ path }) => path);
    expect(new Set(deletes), story).toEqual(new Set([networkId, identityId]));
    // A DELETE may be repeated while Azure still shows the resource: it says nothing new.
    expect(deletes.length, story).toBeLessThanOrEqual(4);
    expect(world.calls("PUT", identityId), story).toHaveLength(1);
  },
};

const stated = { annotations: { [annotations.adopt]: "plan" } };
const planned = identity({ tags: { a: "b" } }, stated);
const notThere = [virtualNetwork({}, stated), subnet({}, stated)] as const;

/** Of three resources that state `adopt: plan` one exists in Azure: it is left alone, the others are created and are ours. */
export const aPlan: Scenario = {
  options,
  azureMs: 30_000,
  prepare: async (world) => {
    world.apply(resourceGroup());
    await world.run();
    world.arm.inner.put(identityId, { location: "westus3" });
  },
  change: (world) => world.apply(planned, ...notThere),
  check: async (world, story) => {
    expect(world.ready(planned), story).toMatchObject({ reason: "AdoptionPlanned" });
    expect(world.get(planned)?.metadata.finalizers ?? [], story).toEqual([]);
    for (const one of notThere) expect(world.ready(one)?.status, story).toBe("True");
    const writes = { [`PUT ${groupId}`]: 1, [`PUT ${networkId}`]: 1, [`PUT ${subnetId}`]: 1 };
    expect(world.writes(), story).toEqual(writes);
    world.loseLedger();
    for (const one of [planned, ...notThere.toReversed()]) {
      world.cluster.delete(refOf(one));
      await world.advance(20_000);
      expect(world.get(one), story).toBeUndefined();
    }
    expect(world.writes(), story).toEqual({
      ...writes,
      [`DELETE ${subnetId}`]: 1,
      [`DELETE ${networkId}`]: 1,
    });
    expect(world.arm.inner.resource(identityId), story).toBeDefined();
  },
};
