import { describe, expect, test } from "vitest";
import type { Engine } from "../../../src/controller/engine.ts";
import { listResources } from "../../../src/controller/list-cache.ts";
import { OperatorError } from "../../../src/core/errors.ts";
import { annotations } from "../../../src/core/resource/names.ts";
import type { Cluster } from "../../../src/ports/cluster.ts";
import { priorities } from "../../../src/ports/ledger.ts";
import { intercept } from "../../doubles/intercept.ts";
import { groupId, refOf, resourceGroup, routeTable, virtualNetwork } from "./samples.ts";
import { World } from "./world.ts";

/** The engine with its clusters changed, and a timer that moves the world's clock. */
function changed(
  world: World,
  change: (cluster: Cluster) => Partial<Cluster>,
  more: Partial<Engine> = {},
): Engine {
  const { engine } = world;
  const get = async (name: string): Promise<Cluster> => {
    const cluster = await engine.clusters.get(name);
    return intercept<Cluster>(cluster, change(cluster));
  };
  return { ...engine, clusters: { get }, ...more };
}

function watching(world: World): Partial<Engine> {
  const { registry } = world.engine;
  return {
    registry: {
      bindUid: (name, uid) => registry.bindUid(name, uid),
      list: async () => (await registry.list()).map((one) => ({ ...one, scanMode: "watch" })),
      setPaused: (name, paused) => registry.setPaused(name, paused),
    },
    timer: {
      every: () => () => undefined,
      sleep: async (ms) => {
        // Everybody else gets as far as they can before time goes on.
        await new Promise((resolve) => setImmediate(resolve));
        world.time += ms;
      },
    },
  };
}

const answered = new OperatorError("ClusterAnswered", "the conversion webhook failed", {
  status: 500,
});
const forbidden = new OperatorError("ClusterUnauthorized", "forbidden", { status: 403 });
const refused = new OperatorError("ClusterUnauthorized", "not accepted", { status: 401 });

describe("a kind that cannot be listed", () => {
  test.each([
    { because: "its conversion webhook fails", error: answered },
    { because: "the role leaves its group out", error: forbidden },
  ])("stops no other kind, is told, and loses no row when $because", async ({ error }) => {
    const world = await World.create();
    world.apply(resourceGroup(), routeTable("a"));
    await world.run();
    const handled = world.handled;
    world.engine = changed(world, (cluster) => ({
      listMetadata: async (kind, signal) => {
        if (kind.kind === "RouteTable") throw error;
        return cluster.listMetadata(kind, signal);
      },
    }));
    world.apply(virtualNetwork());
    await world.run();
    expect(world.ready(virtualNetwork())?.status).toBe("True");
    expect(world.sent.slice(handled).filter(({ kind }) => kind === "RouteTable")).toEqual([]);
    expect((await world.checkpoints.read("one"))?.problem).toContain(
      "1 kind cannot be listed: network.azure.com/RouteTable: ",
    );
    world.restart();
    await world.run();
    expect((await world.checkpoints.read("one"))?.problem).toBe("");
  });

  test("ends the scan when the credential itself is refused", async () => {
    const world = await World.create();
    world.engine = changed(world, () => ({
      listMetadata: async () => {
        throw refused;
      },
    }));
    await world.run();
    expect((await world.checkpoints.read("one"))?.problem).toBe(
      "ClusterUnauthorized: not accepted",
    );
  });

  test("a watch that is refused ends no scan, and its kind is listed instead", async () => {
    const world = await World.create({ settings: { scanMs: 590_000, pollMs: 100 } });
    world.apply(resourceGroup());
    world.engine = changed(
      world,
      (cluster) => ({
        watchMetadata: (kind, version, seconds, signal) => {
          if (kind.kind === "ResourceGroup") throw forbidden;
          return cluster.watchMetadata(kind, version, seconds, signal);
        },
      }),
      watching(world),
    );
    await world.run();
    const lists = world.cluster.calls.filter((call) => call === "listMetadata ResourceGroup");
    expect(lists.length).toBeGreaterThan(3);
    expect(world.log.some(({ message }) => message === "the scan of a cluster failed")).toBe(false);
  });
});

describe("what Namespaces say for their resources", () => {
  const account = { [annotations.serviceAccount]: "azure" };

  async function followed(says: Readonly<Record<string, string>>): Promise<World> {
    const world = await World.create();
    world.apply(resourceGroup(), virtualNetwork());
    world.cluster.putNamespace("team", says);
    world.engine = changed(world, () => ({}), watching(world));
    await world.run();
    return world;
  }

  async function listsOf(world: World): Promise<number> {
    const before = world.cluster.calls.length;
    await world.run();
    const calls = world.cluster.calls.slice(before);
    return calls.filter((call) => call.startsWith("listMetadata")).length;
  }

  test("costs no list of everything with every scan", async () => {
    const silent = await listsOf(await followed({}));
    expect(await listsOf(await followed(account))).toBe(silent);
  });

  test("counts also when it is taken back between two scans", async () => {
    const world = await followed(account);
    await world.run();
    expect(world.ready(virtualNetwork())?.status).toBe("True");
    const handled = world.handled;
    await world.run();
    expect(world.handled).toBe(handled);
    world.cluster.putNamespace("team", { other: "" });
    await world.run();
    expect(world.handled).toBe(handled + 2);
  });
});

describe("a kind that is not served", () => {
  test("rests with everything it knows, and goes on when it is served again", async () => {
    const world = await World.create();
    world.apply(resourceGroup());
    await world.run();
    const before = await world.row(resourceGroup());
    world.edit(resourceGroup(), { spec: { tags: { now: "changed" } } });
    const { kinds } = world.cluster;
    await world.invoke(async (engine) => {
      const seen = { uid: before?.seen.uid ?? "", fingerprint: "changed" };
      const key = { cluster: "one", ...refOf(resourceGroup()) };
      await engine.ledger.observe("one", [{ key, seen }], priorities.edit, world.time);
    });
    world.cluster.kinds = kinds.filter(({ kind }) => kind !== "ResourceGroup");
    await world.run();
    const row = await world.row(resourceGroup());
    expect(row?.memory).toMatchObject({ state: "KindNotServed", armId: before?.memory.armId });
    expect(row?.due).toBe(world.time + 600_000);
    world.cluster.kinds = kinds;
    await world.advance(600_000);
    expect(world.ready(resourceGroup())).toMatchObject({ status: "True", observedGeneration: 2 });
    expect(world.calls("PUT", groupId)).toHaveLength(2);
  });

  test("is no longer watched, nor listed at once again and again", async () => {
    const world = await World.create({ settings: { scanMs: 10_000, pollMs: 5000 } });
    world.apply(resourceGroup());
    const gone = async function* (): AsyncIterable<{ type: "expired" }> {
      yield { type: "expired" };
    };
    let watches = 0;
    world.engine = changed(
      world,
      (cluster) => ({
        watchMetadata: (kind, version, seconds, signal) => {
          if (kind.kind !== "ResourceGroup")
            return cluster.watchMetadata(kind, version, seconds, signal);
          watches += 1;
          world.cluster.kinds = world.cluster.kinds.filter((one) => one.kind !== kind.kind);
          return gone();
        },
      }),
      watching(world),
    );
    await world.run();
    expect(watches).toBe(1);
  });

  test("a watch that always ends at once is opened about once a second", async () => {
    const world = await World.create({ settings: { scanMs: 10_000, pollMs: 5000 } });
    world.apply(resourceGroup());
    world.engine = changed(world, () => ({}), watching(world));
    await world.run();
    const opened = world.cluster.calls.filter((call) => call === "watchMetadata ResourceGroup");
    expect(opened.length).toBeLessThanOrEqual(12);
  });
});

describe("a scan", () => {
  test("leaves the pause that ARM asked for alone, however long", async () => {
    const world = await World.create({ settings: { syncPeriodMs: 60_000 } });
    world.apply(resourceGroup());
    const { arm } = world.engine;
    world.engine = {
      ...world.engine,
      arm: {
        ...arm,
        send: async (request, credential, signal) => {
          if (request.method !== "PUT") return arm.send(request, credential, signal);
          puts += 1;
          return { kind: "response", status: 429, headers: { "retry-after": "600" }, text: "{}" };
        },
      },
    };
    let puts = 0;
    for (let minute = 0; minute < 9; minute++) {
      await world.run();
      world.time += 60_000;
    }
    expect(puts).toBe(1);
  });

  test("renews its lease while it lists, and writes nothing once that is lost", async () => {
    const world = await World.create();
    world.apply(resourceGroup());
    const renewals: (() => void)[] = [];
    const { checkpoints } = world;
    let lists = 0;
    const engine = changed(
      world,
      (cluster) => ({
        listMetadata: async (kind, signal) => {
          world.time += 20_000;
          for (const renew of renewals) renew();
          await new Promise((resolve) => setImmediate(resolve));
          lists += 1;
          if (lists === 3) {
            expect(await checkpoints.running("one", world.time)).toBe(true);
            await checkpoints.acquire("one", world.time + 1_000_000, 30_000);
            for (const renew of renewals) renew();
            await new Promise((resolve) => setImmediate(resolve));
          }
          return cluster.listMetadata(kind, signal);
        },
      }),
      {
        timer: {
          every: (_, action) => {
            renewals.push(action);
            return () => undefined;
          },
          sleep: async () => undefined,
        },
      },
    );
    world.engine = engine;
    await world.run();
    expect(await checkpoints.read("one")).toBeUndefined();
    expect(world.log.map(({ message }) => message)).toContain(
      "the lease of a scan was lost; the scan stops",
    );
  });
});

describe("a shared list", () => {
  const page = JSON.stringify({ value: [{ id: "/A" }] });

  test.each([
    { because: "its text is no JSON", answer: async () => "<html>" },
    { because: "ARM refused it", answer: async () => undefined },
  ])("is not kept when $because", async ({ answer }) => {
    const { engine } = await World.create();
    expect(await listResources(engine, "list", answer)).toBeUndefined();
    expect((await listResources(engine, "list", async () => page))?.has("/a")).toBe(true);
  });

  test("does not depend on the time of the caller that came first", async () => {
    const { engine } = await World.create();
    let reads = 0;
    const { promise, reject } = Promise.withResolvers<string>();
    const first = listResources(engine, "list", () => promise);
    const others = [1, 2, 3].map(() =>
      listResources(engine, "list", async () => {
        reads += 1;
        return page;
      }),
    );
    reject(new Error("aborted"));
    await expect(first).rejects.toThrow("aborted");
    for (const list of await Promise.all(others)) expect(list?.has("/a")).toBe(true);
    expect(reads).toBe(1);
  });
});
