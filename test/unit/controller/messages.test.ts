import { describe, expect, test } from "vitest";
import { fleet } from "../../../src/controller/fleet.ts";
import { OperatorError } from "../../../src/core/errors.ts";
import type { Cluster } from "../../../src/ports/cluster.ts";
import type { WakeMessage } from "../../../src/ports/work-queue.ts";
import { engineRuntime } from "../../../src/runtime/engine-runtime.ts";
import { intercept } from "../../doubles/intercept.ts";
import { groupId, identity, refOf, resourceGroup, routeTable } from "./samples.ts";
import { World } from "./world.ts";

async function settled(): Promise<World> {
  const world = await World.create();
  world.apply(resourceGroup());
  await world.run();
  return world;
}

async function messageFor(world: World, change: Partial<WakeMessage> = {}): Promise<WakeMessage> {
  const row = await world.row(resourceGroup());
  if (row === undefined) throw new Error("there is no row");
  return { v: 1, ...row.key, uid: row.seen.uid, wake: row.wake, traceparent: "", ...change };
}

describe("a message", () => {
  test("of another wake is dropped without reading the cluster", async () => {
    const world = await settled();
    const { wake } = await messageFor(world);
    const calls = world.cluster.calls.length;
    for (const other of [wake - 1, wake + 1, 0])
      await world.handle(await messageFor(world, { wake: other }));
    expect(world.cluster.calls).toHaveLength(calls);
    expect(world.queue.reconcile).toEqual([]);
  });

  test("about a resource that has no row is dropped", async () => {
    const world = await settled();
    await world.handle(await messageFor(world, { name: "nobody" }));
    expect(world.errors()).toEqual([]);
  });

  test("that is delivered twice does its work once", async () => {
    const world = await World.create();
    world.apply(resourceGroup());
    const messages: WakeMessage[] = [];
    await world.run();
    messages.push(...world.sent);
    for (const message of messages) await world.handle(message);
    expect(world.calls("PUT", groupId)).toHaveLength(1);
  });

  test("that is lost is sent again by the sweep", async () => {
    const world = await World.create();
    world.apply(resourceGroup());
    const send = world.queue.sendReconcile.bind(world.queue);
    world.queue.sendReconcile = async () => undefined;
    await world.run();
    expect(world.calls("PUT")).toEqual([]);
    world.queue.sendReconcile = send;
    await world.advance(61_000);
    expect(world.ready(resourceGroup())?.status).toBe("True");
  });
});

describe("a poisoned message", () => {
  test("brings its row back with back-off and is told only the second time", async () => {
    const world = await settled();
    world.edit(resourceGroup(), { spec: { tags: { a: "b" } } });
    world.queue.sendReconcile = async (messages) => void world.sent.push(...messages);
    for (const round of [1, 2]) {
      const sent = world.sent.length;
      await world.advance(60_000);
      const message = world.sent.slice(sent).at(-1);
      if (message === undefined) throw new Error(`round ${round} sent nothing`);
      await world.poison(message);
      const row = await world.row(resourceGroup());
      expect(row?.memory.poisoned).toBe(round);
      expect(row?.due).toBeGreaterThan(world.time);
      const told = world.ready(resourceGroup())?.message?.includes("again and again") ?? false;
      expect(told).toBe(round === 2);
    }
  });

  test("of another wake changes nothing", async () => {
    const world = await settled();
    const before = await world.row(resourceGroup());
    await world.poison(await messageFor(world, { wake: 0 }));
    expect(await world.row(resourceGroup())).toEqual(before);
  });

  test("never throws, whatever fails", async () => {
    const world = await settled();
    world.ledger.poisoned = async () => {
      throw new Error("storage is away");
    };
    await world.poison(await messageFor(world));
    expect(world.errors()).toHaveLength(1);
  });

  test("is forgotten once the resource is well again", async () => {
    const world = await settled();
    await world.poison(await messageFor(world));
    await world.advance(300_000);
    expect(world.ready(resourceGroup())?.status).toBe("True");
    expect((await world.row(resourceGroup()))?.memory.poisoned ?? 0).toBe(0);
  });
});

describe("a cluster that cannot be reached", () => {
  function unreachable(cluster: Cluster): Cluster {
    const refuse = async (): Promise<never> => {
      throw new OperatorError("ClusterUnreachable", 'Cluster "two" does not answer: ECONNREFUSED');
    };
    return intercept<Cluster>(cluster, {
      uid: refuse,
      get: refuse,
      look: refuse,
      listMetadata: refuse,
      listNamespaces: refuse,
      servedKinds: refuse,
      namespace: refuse,
    });
  }

  test("delays nothing of another, is named on the fleet page, and goes on where it was", async () => {
    const world = await World.create({ clusters: ["one", "two"] });
    world.clusters["two"]?.create(identity({ owner: { armId: groupId } }));
    await world.run();
    const { engine } = world;
    const clusters = engine.clusters;
    world.engine = {
      ...engine,
      clusters: {
        get: async (name) =>
          name === "two" ? unreachable(await clusters.get(name)) : clusters.get(name),
      },
    };
    world.clusters["one"]?.create(resourceGroup());
    await world.run();
    expect(world.ready(resourceGroup())?.status).toBe("True");
    const page = await fleet(world.engine);
    expect(page.clusters.find(({ name }) => name === "two")?.problem).toContain(
      "ClusterUnreachable",
    );
    expect(page.clusters.find(({ name }) => name === "one")?.problem).toBeUndefined();
    world.engine = engine;
    await world.advance(300_000);
    expect(world.ready(identity(), world.clusters["two"])?.status).toBe("True");
    expect((await fleet(engine)).clusters.every(({ problem }) => problem === undefined)).toBe(true);
  });

  test("keeps the back-off of its rows bounded and loses none of them", async () => {
    const world = await World.create();
    world.apply(resourceGroup(), routeTable("a"), routeTable("b"));
    const { engine } = world;
    const { clusters } = engine;
    await world.invoke(async () => undefined);
    await world.run();
    world.edit(routeTable("a"), { spec: { tags: { changed: "yes" } } });
    const down = {
      ...engine,
      clusters: { get: async (name: string) => unreachable(await clusters.get(name)) },
    };
    world.engine = down;
    await world.advance(3_600_000);
    world.engine = engine;
    await world.advance(181_000);
    expect(world.ready(routeTable("a"))).toMatchObject({ status: "True", observedGeneration: 2 });
  });
});

test("two names for one cluster are refused, and the first keeps working", async () => {
  const world = await World.create({ clusters: ["one", "two"] });
  const { engine } = world;
  const { clusters } = engine;
  world.engine = {
    ...engine,
    clusters: {
      get: async (name) =>
        intercept<Cluster>(await clusters.get(name), { uid: async () => "same" }),
    },
  };
  world.clusters["one"]?.create(resourceGroup());
  world.clusters["two"]?.create(resourceGroup());
  await world.run();
  expect(world.ready(resourceGroup(), world.clusters["one"])?.status).toBe("True");
  expect(world.ready(resourceGroup(), world.clusters["two"])).toBeUndefined();
  const page = await fleet(world.engine);
  expect(page.clusters.find(({ name }) => name === "two")?.problem).toContain(
    'same cluster as "one"',
  );
});

test("a resource that a message names is read afresh, whatever the message says", async () => {
  const world = await settled();
  world.cluster.edit(refOf(resourceGroup()), { spec: { tags: { a: "b" } } });
  world.time += 10;
  await world.run();
  expect(world.calls("PUT", groupId).at(-1)?.body).toMatchObject({ tags: { a: "b" } });
});

test("a poisoned message that is none of ours is told on the fleet page for a day, and disturbs nothing", async () => {
  const world = await settled();
  const app = engineRuntime(world.engine, async () => undefined);
  const invocation = { log: world.logger, id: "1", functionName: "reconcile-poison" };

  await app.poison("reconcile", { hello: "secret-value" }, invocation);
  await app.poison("scan", "no object", invocation);

  const page = (await app.fleet("text/html", invocation)).body;
  expect(page).toContain("queue reconcile");
  expect(page).toContain("queue scan");
  expect(page).not.toContain("secret-value");
  world.time += 86_400_001;
  expect((await fleet(world.engine)).notices).toEqual([]);
  expect((await world.row(resourceGroup()))?.memory.poisoned ?? 0).toBe(0);
});
