import { beforeEach, describe, expect, test } from "vitest";
import { annotations, finalizer } from "../../../src/core/resource/names.ts";
import type { Cluster } from "../../../src/ports/cluster.ts";
import { armError } from "../../doubles/in-memory-arm.ts";
import type { InMemoryCluster } from "../../doubles/in-memory-cluster.ts";
import { InMemoryRegistry } from "../../doubles/in-memory-registry.ts";
import { intercept } from "../../doubles/intercept.ts";
import {
  flexibleServer,
  groupId,
  namespace,
  refOf,
  resourceGroup,
  serverId,
  subscription,
} from "./samples.ts";
import { hour, World } from "./world.ts";

const minute = 60_000;
const active = resourceGroup({ tags: { from: "one" } });
const passive = resourceGroup({ tags: { from: "two" } });
const skipped = resourceGroup(
  { tags: { from: "two" } },
  { annotations: { [annotations.reconcilePolicy]: "skip" } },
);

let world: World;
let one: InMemoryCluster;
let two: InMemoryCluster;

/** Cluster one holds the group, and all its permissions to write are over. */
beforeEach(async () => {
  world = await World.create({ clusters: ["one", "two"] });
  const { one: first, two: second } = world.clusters;
  if (first === undefined || second === undefined) throw new Error("two clusters are needed");
  one = first;
  two = second;
  one.create(active);
  await world.run();
  await world.advance(hour);
});

async function waiting(): Promise<void> {
  two.create(passive);
  await world.run();
  expect(world.ready(passive, two)?.reason).toBe("AzureResourceInUse");
}

async function holder(): Promise<string | undefined> {
  return (await world.ownership.get(groupId))?.holder.cluster;
}

/** All annotations and the finalizer stay; only what is named changes. */
function annotate(cluster: InMemoryCluster, found: Readonly<Record<string, string | null>>): void {
  cluster.edit(refOf(active), { metadata: { annotations: found } });
}

/** Takes cluster one's resource away without its finalizer: nobody of ours sees it go. */
function vanish(): void {
  one.edit(refOf(active), { metadata: { finalizers: [] } });
  one.delete(refOf(active));
}

function pauseOne(): Promise<unknown> {
  return world.engine.registry.setPaused("one", true);
}

describe("a resource that waits for an ARM id", () => {
  test("is woken in its own cluster the moment the holder lets go", async () => {
    await waiting();
    one.delete(refOf(active));
    const before = world.time;

    await world.run();

    expect(world.time).toBe(before);
    expect(world.ready(passive, two)?.status).toBe("True");
    expect(world.arm.resource(groupId)?.["tags"]).toEqual({ from: "two" });
  });

  test("writes nothing that is there already when the holder lets go", async () => {
    two.create(active);
    await world.run();
    annotate(one, { [annotations.reconcilePolicy]: "detach-on-delete" });
    one.delete(refOf(active));

    await world.run();

    expect(world.ready(active, two)?.status).toBe("True");
    expect(world.writes()).toEqual({ [`PUT ${groupId}`]: 1 });
  });

  test("sets its own password, which Azure does not show", async () => {
    for (const [cluster, password] of [
      [one, "canary-1"],
      [two, "canary-2"],
    ] as const)
      cluster.putSecret(namespace, "database", { password });
    one.create(flexibleServer());
    await world.run();
    const server = flexibleServer({ owner: { armId: groupId } });
    two.create(server);
    await world.run();
    expect(world.ready(server, two)?.reason).toBe("AzureResourceInUse");
    one.edit(refOf(server), {
      metadata: { annotations: { [annotations.reconcilePolicy]: "detach-on-delete" } },
    });
    one.delete(refOf(server));

    await world.run();

    expect(world.ready(server, two)?.status).toBe("True");
    expect(world.arm.inner.resource(serverId)).toMatchObject({
      properties: { administratorLoginPassword: "canary-2" },
    });
  });

  test("takes what is there without a write when it is as wanted", async () => {
    two.create(active);
    await world.run();
    await pauseOne();
    vanish();

    await world.advance(10 * minute);

    expect(world.ready(active, two)?.status).toBe("True");
    expect(world.writes()).toEqual({ [`PUT ${groupId}`]: 1 });
  });

  test.each([
    ["does not exist any more", vanish],
    [
      "was made anew under its name",
      () => {
        vanish();
        one.create(active);
      },
    ],
    ["stands for another id", () => annotate(one, { [annotations.resourceId]: `${groupId}2` })],
    [
      "is another operator's",
      () => annotate(one, { [annotations.operatorNamespace]: "aso-system" }),
    ],
    ["has the policy skip", () => annotate(one, { [annotations.reconcilePolicy]: "skip" })],
  ])("takes over from a holder of a paused cluster that %s", async (_what, change) => {
    await waiting();
    await pauseOne();
    change();

    await world.advance(10 * minute);

    expect(world.ready(passive, two)?.status).toBe("True");
    expect(await world.ownership.get(groupId)).toMatchObject({
      holder: { cluster: "two" },
      epoch: 2,
    });
    expect(world.writes()).toEqual({ [`PUT ${groupId}`]: 2 });
  });

  test.each<[string, Partial<Cluster>]>([
    ["does not answer", { look: () => Promise.reject(new Error("ECONNREFUSED")) }],
    ["does not serve the kind", { look: async () => "unserved" }],
  ])("goes on waiting while the holder's cluster %s", async (_what, broken) => {
    await waiting();
    await pauseOne();
    const { clusters } = world.engine;
    world.engine = {
      ...world.engine,
      clusters: {
        get: async (name) => {
          const cluster = await clusters.get(name);
          return name === "one" ? intercept(cluster, broken) : cluster;
        },
      },
    };
    vanish();

    await world.advance(3 * hour);

    expect(await holder()).toBe("one");
    expect(world.ready(passive, two)?.reason).toBe("AzureResourceInUse");
  });

  test("takes over when the holder's cluster is not registered for ten minutes", async () => {
    await waiting();
    const entries = await world.engine.registry.list();
    const registry = new InMemoryRegistry(entries.filter(({ name }) => name !== "one"));
    world.engine = { ...world.engine, registry };
    const work = async (ms: number): Promise<void> => {
      for (const until = world.time + ms; world.time < until; world.time += minute)
        await world.sweep();
    };

    await work(8 * minute);
    expect(await holder()).toBe("one");
    await work(8 * minute);

    expect(await holder()).toBe("two");
    expect(world.ready(passive, two)?.status).toBe("True");
  });

  test("asks the holder's cluster once and Azure not at all per try", async () => {
    await waiting();
    await pauseOne();
    const mark = one.calls.length;
    const calls = world.since();
    const { handled } = world;

    await world.advance(hour);

    const tries = world.handled - handled;
    expect(tries).toBeGreaterThan(10);
    expect(one.calls.length - mark).toBeLessThanOrEqual(tries);
    expect(calls()).toEqual([]);
  });
});

describe("policy skip", () => {
  test("on the passive side is no conflict: it follows what the active side does", async () => {
    two.create(skipped);

    await world.run();

    expect(world.ready(skipped, two)?.status).toBe("True");
    expect(two.resource(refOf(skipped))?.metadata.finalizers).toEqual([finalizer]);
    expect(one.events.filter(({ message }) => message.includes("cluster two"))).toEqual([]);
    expect(await world.ownership.get(groupId)).toMatchObject({
      holder: { cluster: "one" },
      waiting: [],
    });
  });

  test("set on the active side and taken from the passive one moves the id, with no write in between", async () => {
    two.create(skipped);
    await world.run();
    annotate(one, { [annotations.reconcilePolicy]: "skip" });
    await world.run();
    expect(await holder()).toBeUndefined();

    annotate(two, { [annotations.reconcilePolicy]: null });
    await world.run();

    expect(await holder()).toBe("two");
    expect(world.ready(active, one)?.status).toBe("True");
    expect(world.ready(skipped, two)?.status).toBe("True");
    expect(world.arm.resource(groupId)?.["tags"]).toEqual({ from: "two" });
  });

  test("that is deleted on the passive side deletes nothing", async () => {
    two.create(skipped);
    await world.run();
    two.delete(refOf(skipped));
    await world.run();

    expect(two.resource(refOf(skipped))).toBeUndefined();
    expect(await holder()).toBe("one");
    expect(world.calls("DELETE")).toEqual([]);
  });
});

describe("a holder whose id was moved", () => {
  async function moveToTwo(): Promise<void> {
    const owned = await world.ownership.get(groupId);
    const to = owned?.waiting[0];
    if (owned === undefined || to === undefined) throw new Error("nobody waits");
    await world.ownership.move(groupId, owned, to, world.time);
  }

  test("sends no PUT any more: its edit is told that the id is another's", async () => {
    await waiting();
    await moveToTwo();
    one.edit(refOf(active), { spec: { tags: { edited: "one" } } });

    await world.run();

    expect(world.ready(active, one)?.reason).toBe("AzureResourceInUse");
    expect(world.calls("PUT")).toHaveLength(1);
  });

  test("sends no PUT any more to undo drift that it sees later", async () => {
    await waiting();
    await moveToTwo();
    await world.advance(10 * minute);
    expect(world.arm.resource(groupId)?.["tags"]).toEqual({ from: "two" });

    await world.advance(3 * hour);

    expect(world.calls("PUT")).toHaveLength(2);
    expect(world.arm.resource(groupId)?.["tags"]).toEqual({ from: "two" });
    expect(world.ready(active, one)?.reason).toBe("AzureResourceInUse");
  });

  test("is let go without a DELETE when it is deleted", async () => {
    await waiting();
    await moveToTwo();
    one.delete(refOf(active));

    await world.run();

    expect(one.resource(refOf(active))).toBeUndefined();
    expect(world.events(one)).toContainEqual(expect.stringMatching(/^Warning AzureResourceInUse/));
    expect(world.calls("DELETE")).toEqual([]);
    expect(await holder()).toBe("two");
  });

  test("compares before it writes when it gets the id back", async () => {
    await waiting();
    await moveToTwo();
    await world.advance(3 * hour);
    expect(world.ready(active, one)?.reason).toBe("AzureResourceInUse");
    const calls = world.since();
    annotate(two, { [annotations.reconcilePolicy]: "detach-on-delete" });
    two.delete(refOf(passive));

    await world.run();

    expect(world.ready(active, one)?.status).toBe("True");
    expect(await holder()).toBe("one");
    const own = calls().filter(({ path }) => path === groupId);
    expect(own.map(({ method }) => method)).toEqual(["GET", "PUT", "GET"]);
  });

  test("and whose write is under way keeps everybody else from writing until it must be over", async () => {
    await waiting();
    one.edit(refOf(active), { spec: { tags: { edited: "one" } } });
    const answer = { kind: "unanswered", sent: true, message: "it hangs" } as const;
    world.arm.inner.answerNext({ method: "PUT" }, answer);
    await world.run();
    expect(world.calls("PUT")).toHaveLength(2);
    await pauseOne();
    await moveToTwo();

    await world.advance(119_000);
    expect(await holder()).toBe("two");
    expect(world.calls("PUT")).toHaveLength(2);
    await world.advance(4 * minute);

    expect(world.calls("PUT")).toHaveLength(3);
    expect(world.ready(passive, two)?.status).toBe("True");
  });
});

describe("a claim that Azure never accepted", () => {
  const squatter = resourceGroup(
    { tags: { from: "squatter" } },
    { namespace: "squat", annotations: { [annotations.credentialFrom]: "fake" } },
  );
  const owner = resourceGroup({ tags: { from: "owner" } });

  beforeEach(async () => {
    world = await World.create();
    world.cluster.putSecret("squat", "fake", {
      AZURE_SUBSCRIPTION_ID: subscription,
      AZURE_TENANT_ID: "00000000-0000-0000-0000-000000000022",
      AZURE_CLIENT_ID: "00000000-0000-0000-0000-000000000666",
      AZURE_CLIENT_SECRET: "canary-client-secret",
    });
    const refusal = armError(403, "AuthorizationFailed", "The client has no rights.");
    const send = world.arm.send.bind(world.arm);
    world.arm.send = async (request, credential, signal) =>
      credential.source === "squat/fake" ? refusal : send(request, credential, signal);
    world.apply(squatter);
    await world.run();
    expect(world.ready(squatter)?.message).toContain("no rights");
  });

  test("gives way to the one that Azure lets in, for good", async () => {
    world.apply(owner);
    await world.run();
    expect(world.ready(owner)?.reason).toBe("AzureResourceInUse");

    await world.advance(10 * minute);

    expect(world.ready(owner)?.status).toBe("True");
    expect(world.ready(squatter)?.reason).toBe("AzureResourceInUse");
    await world.advance(2 * hour);
    expect(world.calls("PUT")).toHaveLength(1);
    expect(world.arm.resource(groupId)?.["tags"]).toEqual({ from: "owner" });
  });

  test("does not give way to another one that Azure does not let in either", async () => {
    const second = resourceGroup({}, { ...squatter.metadata, name: "rg2" });
    world.apply({ ...second, spec: { ...second.spec, azureName: "rg" } });

    await world.advance(hour);

    expect(await world.ownership.get(groupId)).toMatchObject({
      holder: { name: "rg" },
      isFirm: false,
    });
  });

  test("is firm with the first answer of Azure, at no request and one transaction more", async () => {
    world = await World.create();
    const mark = world.ownership.table.requests;
    world.apply(owner);
    await world.run();

    expect((await world.ownership.get(groupId))?.isFirm).toBe(true);
    expect(world.ownership.table.requests - 1 - mark).toBe(2);
    const settled = world.ownership.table.requests;
    await world.advance(3 * hour);
    expect(world.ownership.table.requests).toBe(settled);
  });
});

describe("a resource that states adopt: plan", () => {
  const planned = resourceGroup(
    { tags: { from: "one" } },
    { annotations: { [annotations.adopt]: "plan" } },
  );

  /** Azure refuses what cluster one was to create; cluster two takes the id, creates it, and lets go of it. */
  async function createdByOther(): Promise<void> {
    one.delete(refOf(active));
    await world.advance(hour);
    let refuses = true;
    for (let tries = 0; tries < 20; tries++)
      world.arm.inner.answerNext({ method: "PUT" }, ({ body }) =>
        refuses && JSON.stringify(body).includes('"one"')
          ? armError(403, "RequestDisallowedByPolicy", "Not here.")
          : undefined,
      );
    one.create(planned);
    await world.run();
    two.create(passive);
    await world.advance(10 * minute);
    expect(world.ready(passive, two)?.status).toBe("True");
    expect(world.ready(planned, one)?.reason).toBe("AzureResourceInUse");
    refuses = false;
    const detached = { [annotations.reconcilePolicy]: "detach-on-delete" };
    two.edit(refOf(passive), { metadata: { annotations: detached } });
    two.delete(refOf(passive));
    await world.advance(10 * minute);
  }

  test("leaves alone what another one created in between, although its own claim came first", async () => {
    await createdByOther();

    expect(world.ready(planned, one)?.reason).toBe("AdoptionPlanned");
    expect(world.arm.resource(groupId)?.["tags"]).toEqual({ from: "two" });
    one.delete(refOf(planned));
    await world.run();
    expect(one.resource(refOf(planned))).toBeUndefined();
    expect(world.arm.resource(groupId)).toBeDefined();
  });
});
