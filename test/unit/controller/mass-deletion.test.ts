import { describe, expect, test } from "vitest";
import { runCommand } from "../../../src/controller/commands/run-command.ts";
import { dispatchDue } from "../../../src/controller/dispatch.ts";
import type { EngineSettings } from "../../../src/controller/engine.ts";
import { fleet } from "../../../src/controller/fleet.ts";
import { fleetPage } from "../../../src/controller/fleet-page.ts";
import { scan } from "../../../src/controller/scan/scan.ts";
import { OperatorError } from "../../../src/core/errors.ts";
import { annotations } from "../../../src/core/resource/names.ts";
import type { Deletions } from "../../../src/ports/deletions.ts";
import { armError } from "../../doubles/in-memory-arm.ts";
import type { NewResource } from "../../doubles/in-memory-cluster.ts";
import { intercept } from "../../doubles/intercept.ts";
import { groupId, refOf, resourceGroup, routeTable } from "./samples.ts";
import { hour, World } from "./world.ts";

const windowMs = 600_000;
const atMost = (max: number): Partial<EngineSettings> => ({
  deletions: { max, percent: "never", windowMs },
});
const tables = (count: number): readonly NewResource[] =>
  Array.from({ length: count }, (_, index) => routeTable(`table-${index}`));

async function settled(count: number, settings: Partial<EngineSettings>): Promise<World> {
  const world = await World.create({ settings });
  world.apply(resourceGroup(), ...tables(count));
  await world.run();
  await world.advance(60_000);
  for (const one of tables(count)) expect(world.ready(one)?.status).toBe("True");
  return world;
}

function remove(world: World, resources: readonly NewResource[]): void {
  for (const one of resources) world.cluster.delete(refOf(one));
}

const waiting = (world: World, resources: readonly NewResource[]): readonly NewResource[] =>
  resources.filter((one) => world.ready(one)?.reason === "DeletionPaused");

async function command(world: World, name: string): Promise<unknown> {
  const text = JSON.stringify({ command: name, args: { cluster: "one" } });
  const answer = await runCommand(world.engine, text, world.logger);
  return answer.kind === "done" ? answer.result : answer;
}

/** Confirms as an operator does, and lets the messages run that it sent; nothing else wakes anybody. */
async function confirm(world: World): Promise<unknown> {
  const result = await command(world, "confirm-deletions");
  await world.drain();
  return result;
}

describe("a mass deletion", () => {
  test("stops at the limit, tells on every resource that waits, and time alone does not move it", async () => {
    const world = await settled(10, atMost(4));
    remove(world, tables(10));
    await world.run();
    expect(world.calls("DELETE")).toHaveLength(4);
    const stuck = waiting(world, tables(10));
    expect(stuck).toHaveLength(6);
    for (const one of stuck)
      expect(world.ready(one)).toMatchObject({
        status: "False",
        severity: "Warning",
        message: expect.stringContaining(
          'cluster "one" are paused since 2026-01-01T00:01:00Z: 5 of its 11 resources were to be deleted in Azure within 10 minutes',
        ),
      });
    await world.advance(30 * hour);
    expect(world.calls("DELETE")).toHaveLength(4);
    expect(waiting(world, tables(10))).toHaveLength(6);
    const told = world
      .events()
      .filter((event) => event.includes("aso-functions deletions confirm one"));
    expect(told).toHaveLength(6);
    expect(world.errors()).toEqual([]);
  });

  test("goes on at once when it is confirmed, each with one DELETE", async () => {
    const world = await settled(10, atMost(4));
    remove(world, tables(10));
    await world.advance(3 * hour);
    expect(await confirm(world)).toMatchObject({ cluster: "one", confirmed: 6 });
    for (const one of tables(10)) expect(world.get(one)).toBeUndefined();
    expect(Object.values(world.writes()).every((count) => count === 1)).toBe(true);
    expect(world.calls("DELETE")).toHaveLength(10);
  });

  test("is stopped although all its workers come at once", async () => {
    const world = await settled(12, atMost(4));
    remove(world, tables(12));
    await world.invoke(async (engine) => {
      await scan(engine, { v: 1, cluster: "one", traceparent: "" }, world.logger, "");
      await dispatchDue(engine, "one", "");
    });
    const messages = world.queue.take("reconcile").map(({ message }) => message);
    expect(messages).toHaveLength(12);
    await Promise.all(messages.map((message) => world.handle(message)));
    await world.drain();
    expect(world.calls("DELETE").length).toBeLessThanOrEqual(4);
    expect(world.calls("DELETE").length + waiting(world, tables(12)).length).toBe(12);
  });

  test("counts a resource once however often it is tried", async () => {
    const world = await settled(2, atMost(1));
    for (let n = 0; n < 20; n++)
      world.arm.inner.answerNext({ method: "DELETE" }, armError(409, "InUse", "in use"));
    remove(world, [routeTable("table-0")]);
    await world.advance(2 * windowMs);
    expect(world.get(routeTable("table-0"))).toBeDefined();
    remove(world, [routeTable("table-1")]);
    await world.advance(3 * hour);
    for (const one of tables(2)) expect(world.get(one)).toBeUndefined();
    expect(world.calls("DELETE")).toHaveLength(22);
  });

  test("that is spread over time is none", async () => {
    const world = await settled(6, atMost(2));
    for (const one of tables(6)) {
      remove(world, [one]);
      await world.advance(windowMs / 2 + 60_000);
    }
    expect(world.calls("DELETE")).toHaveLength(6);
  });

  test("is not what policies let go of, nor what Azure does not have any more", async () => {
    const world = await settled(8, atMost(2));
    const [detached, gone, deleted] = [
      tables(8).slice(0, 3),
      tables(8).slice(3, 6),
      tables(8).slice(6),
    ];
    for (const one of detached)
      world.edit(one, {
        metadata: { annotations: { [annotations.reconcilePolicy]: "detach-on-delete" } },
      });
    for (const { metadata } of gone)
      world.arm.inner.remove(`${groupId}/providers/Microsoft.Network/routeTables/${metadata.name}`);
    remove(world, tables(8));
    await world.run();
    for (const one of tables(8)) expect(world.get(one)).toBeUndefined();
    expect(world.calls("DELETE")).toHaveLength(deleted.length);
  });

  test("is also the deletion of one owner that takes the others along", async () => {
    const world = await settled(6, atMost(6));
    remove(world, [resourceGroup()]);
    await world.advance(2 * hour);
    expect(world.ready(resourceGroup())).toMatchObject({
      reason: "DeletionPaused",
      message: expect.stringContaining("7 of its 7 resources"),
    });
    expect(world.calls("DELETE")).toEqual([]);
    await confirm(world);
    expect(world.get(resourceGroup())).toBeUndefined();
    expect(world.calls("DELETE")).toHaveLength(1);
  });

  test("counts owner and children that go together once each", async () => {
    const world = await settled(6, atMost(7));
    remove(world, [resourceGroup(), ...tables(6)]);
    await world.advance(hour);
    for (const one of [resourceGroup(), ...tables(6)]) expect(world.get(one)).toBeUndefined();
  });

  test("is not sent while its count cannot be stored", async () => {
    const world = await settled(1, {});
    const { deletions } = world.engine;
    const read = async () => {
      throw new OperatorError("StorageAnswered", "the table is busy");
    };
    world.engine = { ...world.engine, deletions: intercept<Deletions>(deletions, { read }) };
    remove(world, tables(1));
    await world.run();
    expect(world.calls("DELETE")).toEqual([]);
    expect(world.ready(routeTable("table-0"))?.message).toContain("the table is busy");
    world.engine = { ...world.engine, deletions };
    await world.advance(60_000);
    expect(world.get(routeTable("table-0"))).toBeUndefined();
  });

  test("of a small cluster goes through by default", async () => {
    const world = await settled(19, {});
    remove(world, [resourceGroup(), ...tables(19)]);
    await world.advance(hour);
    for (const one of [resourceGroup(), ...tables(19)]) expect(world.get(one)).toBeUndefined();
  });

  test("of a greater one waits by default", async () => {
    const world = await settled(20, {});
    remove(world, [resourceGroup(), ...tables(20)]);
    await world.advance(hour);
    expect(waiting(world, [resourceGroup(), ...tables(20)]).length).toBeGreaterThan(0);
  });
});

describe("while deletions are paused", () => {
  test("everything but deletions goes on", async () => {
    const world = await settled(4, atMost(1));
    remove(world, tables(3));
    await world.run();
    world.edit(routeTable("table-3"), { spec: { tags: { name: "edited" } } });
    await world.run();
    expect(world.ready(routeTable("table-3"))?.status).toBe("True");
    expect(world.calls("PUT", /table-3$/)).toHaveLength(2);
  });

  test("a policy that lets go needs no confirmation", async () => {
    const world = await settled(3, atMost(1));
    remove(world, tables(3));
    await world.run();
    world.cluster.putNamespace("team", { [annotations.reconcilePolicy]: "detach-on-delete" });
    await world.advance(2 * hour);
    for (const one of tables(3)) expect(world.get(one)).toBeUndefined();
    expect(world.calls("DELETE")).toHaveLength(1);
  });

  test("a new process waits as well, and so does another deletion that comes later", async () => {
    const world = await settled(4, atMost(1));
    remove(world, tables(3));
    await world.run();
    world.restart();
    remove(world, [routeTable("table-3")]);
    await world.advance(5 * hour);
    expect(waiting(world, tables(4))).toHaveLength(3);
    expect(world.calls("DELETE")).toHaveLength(1);
  });

  test("fleet and list tell what waits, until it is confirmed", async () => {
    const world = await settled(3, atMost(1));
    remove(world, tables(3));
    await world.run();
    const paused = await fleet(world.engine);
    expect(paused.clusters[0]).toMatchObject({
      deletionsPaused: {
        deleting: 2,
        resources: 4,
        confirm: "aso-functions deletions confirm one",
      },
      states: { DeletionPaused: 2 },
    });
    expect(fleetPage(paused)).toContain("<code>aso-functions deletions confirm one</code>");
    expect(await command(world, "list-deletions")).toMatchObject({
      cluster: "one",
      pause: { deleting: 2, resources: 4 },
      waiting: 2,
      resources: [
        {
          resource: "RouteTable.network.azure.com team/table-1",
          armId: expect.stringMatching(/table-1$/),
        },
        {
          resource: "RouteTable.network.azure.com team/table-2",
          armId: expect.stringMatching(/table-2$/),
        },
      ],
    });
    await confirm(world);
    const after = await fleet(world.engine);
    expect(after.clusters[0]).not.toHaveProperty("deletionsPaused");
    expect(fleetPage(after)).not.toContain("paused");
    expect(await command(world, "list-deletions")).toEqual({
      cluster: "one",
      confirmedUntil: expect.any(String),
      waiting: 0,
      resources: [],
    });
  });
});

describe("a confirmation", () => {
  test("given before announces a tear-down, for the window only", async () => {
    const world = await settled(8, atMost(1));
    await confirm(world);
    remove(world, tables(4));
    await world.run();
    expect(world.calls("DELETE")).toHaveLength(4);
    await world.advance(windowMs + 1000);
    remove(world, tables(8).slice(4));
    await world.run();
    expect(world.calls("DELETE")).toHaveLength(5);
    expect(waiting(world, tables(8))).toHaveLength(3);
  });

  test("holds for what waited, however long Azure refuses it", async () => {
    const world = await settled(3, atMost(1));
    remove(world, tables(3));
    await world.run();
    for (let n = 0; n < 12; n++)
      world.arm.inner.answerNext({ method: "DELETE" }, armError(409, "InUse", "in use"));
    await confirm(world);
    await world.advance(3 * hour);
    for (const one of tables(3)) expect(world.get(one)).toBeUndefined();
  });

  test("of a paused cluster is kept: everything goes as soon as the cluster is resumed", async () => {
    const world = await settled(3, atMost(1));
    remove(world, tables(3));
    await world.run();
    await command(world, "pause");
    await confirm(world);
    await command(world, "resume");
    await world.run();
    for (const one of tables(3)) expect(world.get(one)).toBeUndefined();
  });

  test("of one cluster is none of another's", async () => {
    const world = await World.create({ clusters: ["one", "two"], settings: atMost(1) });
    await world.engine.deletions.pause("two", { at: 1, deleting: 2, resources: 3 }, undefined);
    await confirm(world);
    const { clusters } = await fleet(world.engine);
    expect(clusters.map(({ name, deletionsPaused }) => [name, deletionsPaused?.deleting])).toEqual([
      ["one", undefined],
      ["two", 2],
    ]);
  });
});

describe("the breaker costs storage", () => {
  test("nothing in a steady state, nor when it is off", async () => {
    const world = await settled(3, { deletions: { max: "never", percent: "never", windowMs } });
    await world.advance(3 * hour);
    remove(world, tables(3));
    await world.run();
    expect(world.calls("DELETE")).toHaveLength(3);
    expect(world.deletions.table.requests).toBe(0);
  });

  test("three requests for a deletion, none for its retries", async () => {
    const world = await settled(3, atMost(5));
    expect(world.deletions.table.requests).toBe(0);
    world.arm.inner.answerNext({ method: "DELETE" }, armError(409, "InUse", "in use"));
    remove(world, [routeTable("table-0")]);
    await world.advance(60_000);
    expect(world.calls("DELETE")).toHaveLength(2);
    expect(world.deletions.table.requests).toBe(3);
  });
});
