import fc from "fast-check";
import { expect, test } from "vitest";
import { annotations } from "../../src/core/resource/names.ts";
import {
  networkId,
  refOf,
  resourceGroup,
  subnet,
  subnetId,
  virtualNetwork,
} from "../unit/controller/samples.ts";
import { hour, World } from "../unit/controller/world.ts";

/** What can happen to a world; `deleted` counts what users deleted on purpose. */
type Step = (world: World, state: { deleted: number; tag: string }) => Promise<void> | void;

const steps: Readonly<Record<string, Step>> = {
  "edit the network": (world, state) => {
    state.tag = `${state.tag}x`.slice(-9);
    world.edit(virtualNetwork(), { spec: { tags: { team: state.tag } } });
  },
  "edit the subnet": (world) => {
    const range = world.get(subnet())?.metadata.generation ?? 1;
    if (world.get(subnet()) !== undefined)
      world.edit(subnet(), { spec: { addressPrefix: `10.0.${range + 1}.0/24` } });
  },
  // What changes between our PUT and the read after it cannot be told from a value that Azure normalised.
  "change the network in Azure": (world) => {
    const running = world.annotation(virtualNetwork(), annotations.pollerResumeToken);
    if (world.ready(virtualNetwork())?.status === "True" && running === undefined)
      world.arm.inner.mutate(networkId, { tags: { team: "somebody" } });
  },
  "delete the subnet in Azure": (world) => {
    if (world.annotation(subnet(), annotations.pollerResumeToken) === undefined)
      world.arm.inner.remove(subnetId);
  },
  "delete the subnet": (world, state) => {
    if (world.get(subnet()) === undefined) return;
    state.deleted += 1;
    world.cluster.delete(refOf(subnet()));
  },
  "create the subnet": (world) => {
    if (world.get(subnet()) === undefined) world.apply(subnet());
  },
  "replace the network": (world) => {
    const { annotations: noted = {} } = world.get(virtualNetwork())?.metadata ?? {};
    const wiped = Object.fromEntries(Object.keys(noted).map((name) => [name, null]));
    world.cluster.edit(refOf(virtualNetwork()), {
      metadata: { finalizers: [], annotations: wiped },
    });
  },
  "skip the network": (world) => policy(world, "skip"),
  "manage the network": (world) => policy(world, "manage"),
  "lose the ledger": (world) => world.loseLedger(),
  restart: (world) => void world.restart(),
  run: (world) => world.run(),
  "wait a little": (world) => world.advance(7000),
  "wait a while": (world) => world.advance(40 * 60_000),
};

function policy(world: World, value: string): void {
  world.cluster.edit(refOf(virtualNetwork()), {
    metadata: { annotations: { [annotations.reconcilePolicy]: value } },
  });
}

const plan = { via: "asyncOperation", polls: 1, retryAfterSeconds: 10 } as const;

test("whatever happens, all comes to what the resources say, nothing else is deleted, and then it is quiet", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...Object.keys(steps)), { minLength: 1, maxLength: 12 }),
      async (names) => {
        const world = await World.create({
          operations: {
            "Microsoft.Network/virtualNetworks": { put: plan },
            "Microsoft.Network/virtualNetworks/subnets": { put: plan, delete: plan },
          },
        });
        const state = { deleted: 0, tag: "platform" };
        world.apply(resourceGroup(), virtualNetwork(), subnet());
        for (const name of names) await steps[name]?.(world, state);
        policy(world, "manage");
        await world.run();
        await world.advance(3 * hour);

        for (const one of [resourceGroup(), virtualNetwork(), subnet()]) {
          const found = world.get(one);
          if (found === undefined) continue;
          const told = JSON.stringify(world.ready(one));
          expect(world.ready(one)?.status, `${one.kind}: ${told}`).toBe("True");
          expect(world.ready(one)?.observedGeneration).toBe(found.metadata.generation);
        }
        expect(world.arm.resource(networkId)?.["tags"]).toEqual({ team: state.tag });
        const wanted = world.get(subnet())?.spec?.["addressPrefix"];
        expect(world.arm.resource(subnetId)?.["properties"]).toEqual(
          wanted === undefined ? undefined : expect.objectContaining({ addressPrefix: wanted }),
        );
        for (const { path } of world.calls("DELETE")) expect(path).toBe(subnetId);
        if (state.deleted === 0) expect(world.calls("DELETE")).toEqual([]);

        const calls = world.since();
        await world.advance(2 * hour);
        expect(calls().filter(({ method }) => method !== "GET")).toEqual([]);
        expect(world.errors()).toEqual([]);
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);
