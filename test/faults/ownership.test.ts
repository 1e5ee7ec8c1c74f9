import { describe, expect } from "vitest";
import { annotations } from "../../src/core/resource/names.ts";
import type { Arm } from "../../src/ports/arm.ts";
import { armError } from "../doubles/in-memory-arm.ts";
import { intercept } from "../doubles/intercept.ts";
import { groupId, refOf, resourceGroup, subscription } from "../unit/controller/samples.ts";
import type { World, WorldOptions } from "../unit/controller/world.ts";
import { type Scenario, testMatrix } from "./matrix.ts";

const active = resourceGroup({ tags: { from: "one" } });
const passive = resourceGroup({ tags: { from: "two" } });
const squatter = resourceGroup(
  { tags: { from: "squatter" } },
  { namespace: "squat", annotations: { [annotations.credentialFrom]: "fake" } },
);

/** The id is the second one's, who wrote once; nobody else thinks that it is theirs. */
async function expectOwner(world: World, story: string, cluster: string): Promise<void> {
  const owned = await world.ownership.get(groupId);
  expect(owned?.holder, story).toMatchObject({ cluster, namespace: "team" });
  expect(world.arm.resource(groupId)?.["tags"], story).toEqual({ from: "two" });
  expect(world.ready(passive, world.clusters[cluster])?.status, story).toBe("True");
  expect(world.calls("DELETE"), story).toEqual([]);
}

const only = /^ownership\.|^arm\.|^ledger\.(save|remove) /;

const aHandOver: Scenario = {
  only,
  options: { clusters: ["one", "two"] },
  // A wake-up that died with its process is made up for by the slow retry.
  azureMs: 180_000,
  prepare: async (world) => {
    world.clusters["one"]?.create(active);
    await world.run();
    world.clusters["two"]?.create(passive);
    await world.run();
    expect(world.ready(passive, world.clusters["two"])?.reason).toBe("AzureResourceInUse");
  },
  change: (world) => {
    world.clusters["one"]?.edit(refOf(active), {
      metadata: { annotations: { [annotations.reconcilePolicy]: "skip" } },
    });
  },
  check: async (world, story) => {
    await expectOwner(world, story, "two");
    expect((await world.row(active))?.memory.heldEpoch, story).toBeUndefined();
    expect(world.writes(), story).toEqual({ [`PUT ${groupId}`]: 2 });
  },
};

const refusal = armError(403, "AuthorizationFailed", "The client has no rights.");
const letsOneIn: WorldOptions["wrap"] = (engine) => ({
  ...engine,
  arm: intercept<Arm>(engine.arm, {
    send: async (request, credential, signal) =>
      credential.source === "squat/fake" ? refusal : engine.arm.send(request, credential, signal),
  }),
});

const aTakeOver: Scenario = {
  only,
  options: { wrap: letsOneIn },
  azureMs: 300_000,
  prepare: async (world) => {
    world.cluster.putSecret("squat", "fake", {
      AZURE_SUBSCRIPTION_ID: subscription,
      AZURE_TENANT_ID: "00000000-0000-0000-0000-000000000022",
      AZURE_CLIENT_ID: "00000000-0000-0000-0000-000000000666",
      AZURE_CLIENT_SECRET: "canary-client-secret",
    });
    world.apply(squatter);
    await world.run();
  },
  change: (world) => world.apply(passive),
  check: async (world, story) => {
    await expectOwner(world, story, "one");
    expect(world.ready(squatter)?.status, story).toBe("False");
    expect(world.writes(), story).toEqual({ [`PUT ${groupId}`]: 1 });
  },
};

describe("the hand-over of an ARM id between two clusters", () => testMatrix(aHandOver));

describe("the take-over of an ARM id that Azure never let its holder write", () =>
  testMatrix(aTakeOver));
