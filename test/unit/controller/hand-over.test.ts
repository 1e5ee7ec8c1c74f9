import { describe, expect, test } from "vitest";
import { loadGroup } from "../../../src/catalog/index.ts";
import { resolveKindVersion } from "../../../src/core/convert/kind-version.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { annotations, finalizer, pollerIds } from "../../../src/core/resource/names.ts";
import type { CustomResource } from "../../../src/core/resource/types.ts";
import {
  type AnnotationPatch,
  detachPatch,
  holdPatch,
  releasePatch,
} from "../../../src/transfer/hold.ts";
import { targetObject, targetStatus } from "../../../src/transfer/target-object.ts";
import type { InMemoryCluster, NewResource } from "../../doubles/in-memory-cluster.ts";
import {
  flexibleServer,
  groupId,
  namespace,
  networkId,
  refOf,
  resourceGroup,
  routeTable,
  serverId,
  subnet,
  subscription,
  virtualNetwork,
} from "./samples.ts";
import { hour, operatorNamespace, World } from "./world.ts";

const aso = "azureserviceoperator-system";
const chain = [resourceGroup(), virtualNetwork(), subnet()];

function annotate(cluster: InMemoryCluster, resource: NewResource, patch: AnnotationPatch): void {
  cluster.edit(refOf(resource), { metadata: { annotations: { ...patch } } });
}

function read(cluster: InMemoryCluster, resource: NewResource): CustomResource {
  const found = cluster.resource(refOf(resource));
  if (found === undefined) throw new Error(`${resource.metadata.name} is gone`);
  return { ...found, apiVersion: resource.apiVersion };
}

/** What `aso-functions transfer --to-operator` writes, with a scan between the two writes. */
async function handOver(
  world: World,
  resources: readonly NewResource[],
  operator: string,
): Promise<void> {
  for (const one of resources) annotate(world.cluster, one, holdPatch(read(world.cluster, one)));
  await world.run();
  for (const one of resources)
    annotate(world.cluster, one, releasePatch(read(world.cluster, one), operator));
  await world.run();
}

async function settled(resources: readonly NewResource[]): Promise<World> {
  const world = await World.create();
  await settle(world, resources);
  return world;
}

async function settle(world: World, resources: readonly NewResource[]): Promise<void> {
  world.apply(...resources);
  await later(world, 12);
  for (const one of resources) expect(world.ready(one)?.status).toBe("True");
}

/** So many looks at everything, ten seconds apart: as `advance`, without a stop at each of a thousand due times. */
async function later(world: World, turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    await world.run();
    world.time += 10_000;
  }
  await world.run();
}

const many = (count: number, part: number): readonly NewResource[] => [
  resourceGroup(),
  ...Array.from({ length: count }, (_, at) => routeTable(`table-${part}-${at}`)),
];

function methods(calls: readonly { readonly method: string }[]): ReadonlySet<string> {
  return new Set(calls.map(({ method }) => method));
}

/** A world's doubles slow down with the square of what is in it. */
describe.each(Array.from({ length: 10 }, (_, at) => at + 1))(
  "1,000 Ready resources, tenth %i",
  (tenth) => {
    const resources = many(100, tenth);

    test("of ASO are taken over with one GET each, without PUT or DELETE", async () => {
      const world = await settled(resources);
      // ASO's traces, and none of ours.
      for (const one of resources)
        annotate(world.cluster, one, {
          [annotations.operatorNamespace]: aso,
          [annotations.acceptedGoal]: null,
          [annotations.originalVersion]: null,
        });
      world.loseLedger();
      await world.run();
      const calls = world.since();
      await handOver(world, resources, operatorNamespace);
      await later(world, 12);
      expect(calls()).toHaveLength(resources.length);
      expect(methods(calls())).toEqual(new Set(["GET"]));
      for (const one of resources) {
        expect(world.ready(one)?.status).toBe("True");
        expect(world.annotation(one, annotations.acceptedGoal)).toMatch(/^[0-9a-f]{32}$/);
      }
    });

    test("move to another cluster of the same app without PUT or DELETE", async () => {
      const world = await World.create({ clusters: ["one", "two"] });
      const { one: source, two: target } = world.clusters;
      if (source === undefined || target === undefined) throw new Error("two clusters are needed");
      await settle(world, resources);
      const calls = world.since();
      await copyHeld(source, target, resources);
      await world.run();
      expect(target.events).toEqual([]);
      for (const one of resources.toReversed()) source.delete(refOf(one));
      await world.run();
      expect(resources.filter((one) => source.resource(refOf(one)) !== undefined)).toEqual([]);
      for (const one of resources)
        annotate(target, one, releasePatch(read(target, one), undefined));
      await later(world, 12);
      expect(methods(calls())).toEqual(new Set(["GET"]));
      for (const one of resources) {
        expect(world.ready(one, target)?.status).toBe("True");
        const { annotations: noted, finalizers } = read(target, one).metadata;
        expect(noted?.[annotations.operatorNamespace]).toBe(operatorNamespace);
        expect(noted).not.toHaveProperty([annotations.reconcilePolicy]);
        expect(finalizers).toEqual([finalizer]);
      }
      expect(world.errors()).toEqual([]);
    });
  },
);

describe("Ready resources", () => {
  test("go to ASO without a request, and are let alone from then on", async () => {
    const resources = many(100, 1);
    const world = await settled(resources);
    const calls = world.since();
    await handOver(world, resources, aso);
    const before = resources.map((one) => world.get(one));
    world.time += 2 * hour;
    await later(world, 3);
    expect(calls()).toEqual([]);
    expect(resources.map((one) => world.get(one))).toEqual(before);
    for (const one of resources) {
      expect(world.annotation(one, annotations.operatorNamespace)).toBe(aso);
      expect(world.annotation(one, annotations.acceptedGoal)).toBeUndefined();
      expect(world.get(one)?.metadata.finalizers).toEqual([finalizer]);
    }
  });
});

/** What `aso-functions transfer` does before it deletes the sources. */
async function copyHeld(
  source: InMemoryCluster,
  target: InMemoryCluster,
  resources: readonly NewResource[],
): Promise<void> {
  const place = (cluster: string) => ({ cluster, namespace, policy: "" });
  for (const one of resources) {
    const [group = "", version = ""] = one.apiVersion.split("/");
    const catalog = await loadGroup(group);
    const known = catalog && resolveKindVersion(catalog, one.kind, version);
    annotate(source, one, detachPatch(read(source, one), ""));
    const found = { resource: read(source, one), version: known, selected: true };
    target.create(targetObject(found, place("one"), place("two")) as unknown as NewResource);
    target.edit(refOf(one), { status: targetStatus(found.resource, 1) });
  }
}

describe("an operation in the middle", () => {
  const running = { via: "asyncOperation", polls: 3, retryAfterSeconds: 10 } as const;
  const operations = { "Microsoft.Network/virtualNetworks": { put: running } };

  async function inTheMiddle(): Promise<World> {
    const world = await World.create({ operations });
    world.apply(resourceGroup(), virtualNetwork());
    await world.run();
    expect(world.annotation(virtualNetwork(), annotations.pollerResumeToken)).toBeDefined();
    return world;
  }

  test("goes to ASO with a token that it reads, and is not polled from here on", async () => {
    const world = await inTheMiddle();
    const token = world.annotation(virtualNetwork(), annotations.pollerResumeToken) ?? "";
    const calls = world.since();
    await handOver(world, [virtualNetwork()], aso);
    await world.advance(hour);
    expect(calls().filter(({ path }) => /virtualNetworks|operations/i.test(path))).toEqual([]);
    expect(world.annotation(virtualNetwork(), annotations.pollerResumeId)).toBe(pollerIds.create);
    expect(world.annotation(virtualNetwork(), annotations.pollerResumeToken)).toBe(token);
    expect(JSON.parse(token)).toMatchObject({
      type: "GenericResource",
      token: { asyncURL: expect.stringContaining("https://") },
    });
  });

  test("comes back from ASO with another token, and is followed to its end without a PUT", async () => {
    const world = await inTheMiddle();
    await handOver(world, [virtualNetwork()], aso);
    // ASO finished that operation and began one of its own.
    const url = `https://management.azure.com${networkId}?api-version=2024-03-01`;
    world.edit(virtualNetwork(), {
      metadata: {
        annotations: {
          [annotations.pollerResumeToken]: JSON.stringify({
            type: "GenericResource",
            token: { type: "body", pollURL: url, state: "InProgress" },
          }),
        },
      },
    });
    const calls = world.since();
    await handOver(world, [virtualNetwork()], operatorNamespace);
    await world.advance(hour);
    expect(world.ready(virtualNetwork())?.status).toBe("True");
    expect(world.annotation(virtualNetwork(), annotations.pollerResumeToken)).toBeUndefined();
    expect(methods(calls())).toEqual(new Set(["GET"]));
  });
});

describe("a resource that comes back from another operator", () => {
  test("after it was changed there costs no PUT", async () => {
    const world = await settled(chain);
    await handOver(world, chain, aso);
    world.edit(virtualNetwork(), { spec: { tags: { by: "aso" } } });
    world.arm.inner.mutate(networkId, { tags: { by: "aso" } });
    readyAs(world, virtualNetwork(), 2);
    const calls = world.since();
    await handOver(world, chain, operatorNamespace);
    await world.advance(hour);
    expect(methods(calls())).toEqual(new Set(["GET"]));
    expect(world.ready(virtualNetwork())).toMatchObject({ status: "True", observedGeneration: 2 });
  });

  test("is compared afresh: what the row knew before says nothing", async () => {
    const world = await settled(chain);
    await handOver(world, chain, aso);
    const row = await world.row(virtualNetwork());
    expect(row?.memory).toMatchObject({ armId: networkId, state: "Overlap" });
    expect(row?.memory.goalHash).toBeUndefined();
    expect(row?.memory.projectionHash).toBeUndefined();
    world.arm.inner.mutate(networkId, { tags: { team: "somebody" } });
    await handOver(world, chain, operatorNamespace);
    expect(world.calls("PUT", networkId)).toHaveLength(2);
  });

  test("tells of no overlap while it is held, and of one when another operator has it", async () => {
    const world = await settled(chain);
    annotate(world.cluster, virtualNetwork(), holdPatch(read(world.cluster, virtualNetwork())));
    await world.run();
    expect(world.events().filter((one) => one.includes("Overlap"))).toEqual([]);
    await handOver(world, [virtualNetwork()], aso);
    expect(world.events().filter((one) => one.includes("Overlap"))).toEqual([
      expect.stringContaining(`Operators in ${aso} and ${operatorNamespace} are both configured`),
    ]);
  });
});

describe("a resource that was taken over", () => {
  /** The traces of ASO, on a world in which Azure has everything already. */
  async function fromAso(resources: readonly NewResource[]): Promise<World> {
    const world = await settled(resources);
    for (const one of resources)
      annotate(world.cluster, one, {
        [annotations.acceptedGoal]: null,
        [annotations.operatorNamespace]: null,
      });
    world.loseLedger();
    return world;
  }

  test("costs no PUT either when its credential did not work at first", async () => {
    const world = await fromAso(chain);
    world.cluster.putSecret(namespace, "aso-credential", { AZURE_SUBSCRIPTION_ID: subscription });
    const calls = world.since();
    await world.run();
    for (const one of chain) expect(world.ready(one)?.status).toBe("False");
    world.cluster.deleteObject("Secret", namespace, "aso-credential");
    await world.advance(hour);
    for (const one of chain) expect(world.ready(one)?.status).toBe("True");
    expect(methods(calls())).toEqual(new Set(["GET"]));
  });

  test("is sent when it was edited while something was in the way", async () => {
    const world = await fromAso(chain);
    world.cluster.putSecret(namespace, "aso-credential", { AZURE_SUBSCRIPTION_ID: subscription });
    await world.run();
    world.edit(virtualNetwork({}), {
      metadata: { annotations: { [annotations.drift]: "detect" } },
      spec: { tags: { edited: "meanwhile" } },
    });
    world.cluster.deleteObject("Secret", namespace, "aso-credential");
    await world.advance(hour);
    expect(world.calls("PUT", networkId)).toHaveLength(2);
    expect(world.arm.resource(networkId)).toMatchObject({ tags: { edited: "meanwhile" } });
  });

  test("is not created again in another subscription", async () => {
    const world = await fromAso(chain);
    const other = "00000000-0000-0000-0000-0000000000ff";
    world.cluster.putSecret(namespace, "aso-credential", {
      AZURE_SUBSCRIPTION_ID: other,
      AZURE_TENANT_ID: other,
      AZURE_CLIENT_ID: other,
      AZURE_CLIENT_SECRET: "canary-client-secret",
    });
    const calls = world.since();
    await world.advance(hour);
    expect(methods(calls())).toEqual(new Set());
    expect(world.ready(resourceGroup())).toMatchObject({ severity: "Error", reason: "Failed" });
    expect(world.ready(resourceGroup())?.message).toContain(`claimed as "${groupId}"`);
    expect(world.annotation(resourceGroup(), annotations.resourceId)).toBe(groupId);
  });

  test("with a password costs no PUT: the target's Secret is another one", async () => {
    const world = await World.create();
    world.cluster.putSecret(namespace, "database", { password: "canary" });
    world.apply(resourceGroup(), flexibleServer());
    await world.advance(60_000);
    expect(world.ready(flexibleServer())?.status).toBe("True");
    await handOver(world, [flexibleServer()], aso);
    world.cluster.deleteObject("Secret", namespace, "database");
    world.cluster.putSecret(namespace, "database", { password: "canary" });
    const calls = world.since();
    await handOver(world, [flexibleServer()], operatorNamespace);
    await world.advance(hour);
    expect(world.ready(flexibleServer())?.status).toBe("True");
    expect(calls().filter(({ path, method }) => path === serverId && method === "PUT")).toEqual([]);
  });
});

function readyAs(world: World, resource: NewResource, generation: number): void {
  const [ready] = (world.get(resource)?.status?.["conditions"] ?? []) as JsonObject[];
  world.edit(resource, {
    metadata: { annotations: { [annotations.latestReconciledGeneration]: String(generation) } },
    status: { conditions: [{ ...ready, observedGeneration: generation }] },
  });
}
