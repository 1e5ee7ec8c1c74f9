import { describe, expect, test } from "vitest";
import { conditionsOf } from "../../../src/core/resource/conditions.ts";
import { annotations } from "../../../src/core/resource/names.ts";
import type { Condition } from "../../../src/core/resource/types.ts";
import { armError } from "../../doubles/in-memory-arm.ts";
import { networkId, resourceGroup, virtualNetwork } from "./samples.ts";
import { hour, World } from "./world.ts";

async function settled(noted: Readonly<Record<string, string>> = {}): Promise<World> {
  const world = await World.create();
  world.apply(resourceGroup(), virtualNetwork({}, { annotations: noted }));
  await world.run();
  await world.advance(60_000);
  expect(world.ready(virtualNetwork())?.status).toBe("True");
  return world;
}

function annotate(world: World, noted: Readonly<Record<string, string | null>>): void {
  world.edit(virtualNetwork(), { metadata: { annotations: { ...noted } } });
}

function drifted(world: World): Condition | undefined {
  return conditionsOf(world.get(virtualNetwork())?.status).find(({ type }) => type === "Drifted");
}

const changedTags = { tags: { owner: "somebody" } };

describe("reconcile-at", () => {
  test("compares with Azure now, by one GET, and acknowledges it", async () => {
    const world = await settled();
    const calls = world.since();
    annotate(world, { [annotations.reconcileAt]: "now" });
    await world.run();
    expect(calls().map(({ method, path }) => `${method} ${path}`)).toEqual([`GET ${networkId}`]);
    expect(world.annotation(virtualNetwork(), annotations.reconciledAt)).toBe("now");
    await world.advance(60_000);
    expect(calls()).toHaveLength(1);
  });

  test("puts back what it finds changed", async () => {
    const world = await settled();
    world.arm.inner.mutate(networkId, changedTags);
    const calls = world.since();
    annotate(world, { [annotations.reconcileAt]: "1" });
    await world.advance(60_000);
    expect(calls().filter(({ method }) => method === "PUT")).toHaveLength(1);
    expect(world.annotation(virtualNetwork(), annotations.reconciledAt)).toBe("1");
  });

  test("is not acknowledged before Azure answered", async () => {
    const world = await settled();
    world.arm.inner.answerNext(
      { method: "GET", path: /virtualNetworks\/vnet$/ },
      { kind: "unanswered", sent: true, message: "ECONNRESET" },
    );
    annotate(world, { [annotations.reconcileAt]: "2" });
    await world.run();
    expect(world.annotation(virtualNetwork(), annotations.reconciledAt)).toBeUndefined();
    await world.advance(60_000);
    expect(world.annotation(virtualNetwork(), annotations.reconciledAt)).toBe("2");
  });

  test("reads a resource that is only watched as well", async () => {
    const world = await settled();
    annotate(world, { [annotations.reconcilePolicy]: "skip" });
    await world.run();
    const calls = world.since();
    annotate(world, { [annotations.reconcileAt]: "3" });
    await world.run();
    expect(calls().map(({ method }) => method)).toEqual(["GET"]);
    expect(world.annotation(virtualNetwork(), annotations.reconciledAt)).toBe("3");
  });
});

describe("reconcile-at, however it is used:", () => {
  test("every new value is one comparison, the same value again is none", async () => {
    const world = await settled();
    const calls = world.since();
    for (const value of ["1", "2", "2", "2026-01-01T00:00:00Z"]) {
      annotate(world, { [annotations.reconcileAt]: value });
      await world.run();
      expect(world.annotation(virtualNetwork(), annotations.reconciledAt)).toBe(value);
    }
    expect(calls().map(({ method }) => method)).toEqual(["GET", "GET", "GET"]);
  });

  test("a value that came with the manifest is acknowledged by the creation itself", async () => {
    const world = await settled({ [annotations.reconcileAt]: "first" });
    expect(world.annotation(virtualNetwork(), annotations.reconciledAt)).toBe("first");
    expect(world.calls("PUT", networkId)).toHaveLength(1);
    expect(world.getsAfterPut(networkId)).toBe(1);
  });

  test("it does not wait for the back-off of a resource that fails", async () => {
    const world = await settled();
    const refusal = armError(409, "SkuNotAvailable", "not here");
    world.arm.inner.answerNext({ method: "PUT", path: /virtualNetworks/ }, refusal);
    world.edit(virtualNetwork(), { spec: { tags: { a: "b" } } });
    await world.run();
    expect(world.ready(virtualNetwork())?.reason).toBe("SkuNotAvailable");
    annotate(world, { [annotations.reconcileAt]: "now" });
    await world.run();
    expect(world.ready(virtualNetwork())?.status).toBe("True");
    expect(world.annotation(virtualNetwork(), annotations.reconciledAt)).toBe("now");
  });

  test("without a sync period it is the way to see drift", async () => {
    const world = await settled({ [annotations.syncPeriod]: "never" });
    world.arm.inner.mutate(networkId, changedTags);
    await world.advance(50 * hour);
    expect(world.calls("PUT", networkId)).toHaveLength(1);
    annotate(world, { [annotations.reconcileAt]: "now" });
    await world.run();
    expect(world.calls("PUT", networkId)).toHaveLength(2);
  });
});

describe("drift: detect", () => {
  const detect = { [annotations.drift]: "detect" };

  test("names every path, counts those beyond ten, and shows no value of a secret", async () => {
    const tags = Object.fromEntries(Array.from({ length: 14 }, (_, at) => [`t${at}`, "a"]));
    const world = await World.create();
    world.apply(resourceGroup(), virtualNetwork({ tags }, { annotations: detect }));
    await world.run();
    world.arm.inner.mutate(networkId, {
      tags: Object.fromEntries(Object.keys(tags).map((name) => [name, "b"])),
    });
    await world.advance(2 * hour);
    expect(drifted(world)?.message).toMatch(/: \/tags\/t0, \/tags\/t1, .* and 4 more\./);
  });

  test("follows the drift: a further change is told, an old one is not told again", async () => {
    const world = await settled(detect);
    world.arm.inner.mutate(networkId, changedTags);
    await world.advance(2 * hour);
    const first = drifted(world);
    await world.advance(2 * hour);
    expect(drifted(world)).toEqual(first);
    world.arm.inner.mutate(networkId, { location: "elsewhere" });
    await world.advance(2 * hour);
    expect(drifted(world)?.message).toMatch(/\/location.*\/tags|\/tags.*\/location/);
    expect(world.events().filter((event) => event.includes("DriftDetected"))).toHaveLength(2);
    expect(world.calls("PUT", networkId)).toHaveLength(1);
  });

  test("takes the condition away when the resource is changed to what Azure has", async () => {
    const world = await settled(detect);
    world.arm.inner.mutate(networkId, { tags: { team: "network" } });
    await world.advance(2 * hour);
    expect(drifted(world)?.status).toBe("True");
    world.edit(virtualNetwork(), { spec: { tags: { team: "network" } } });
    await world.run();
    expect(drifted(world)).toBeUndefined();
  });

  test("that is misspelt is told, and writes nothing either", async () => {
    const world = await settled({ [annotations.drift]: "Detect" });
    const told = world.events().filter((event) => event.includes("InvalidDrift"));
    expect(told).toEqual([expect.stringContaining('"Detect" is no value of the annotation')]);
    world.arm.inner.mutate(networkId, changedTags);
    await world.advance(2 * hour);
    expect(drifted(world)?.status).toBe("True");
    expect(world.calls("PUT", networkId)).toHaveLength(1);
  });

  test("correct is the default in words", async () => {
    const world = await settled({ [annotations.drift]: "correct" });
    world.arm.inner.mutate(networkId, changedTags);
    await world.advance(2 * hour);
    expect(world.calls("PUT", networkId)).toHaveLength(2);
    expect(world.events().filter((event) => event.includes("InvalidDrift"))).toEqual([]);
  });

  test("shows what changed, with its paths, and writes nothing", async () => {
    const world = await settled(detect);
    world.arm.inner.mutate(networkId, changedTags);
    const calls = world.since();
    await world.advance(3 * hour);
    expect(calls().filter(({ method }) => method === "PUT")).toEqual([]);
    expect(drifted(world)).toMatchObject({ status: "True", reason: "DriftDetected" });
    expect(drifted(world)?.message).toContain("/tags");
    expect(world.ready(virtualNetwork())?.status).toBe("True");
    expect(world.events().filter((event) => event.includes("DriftDetected"))).toHaveLength(1);
  });

  test("takes the condition away when Azure is as it was", async () => {
    const world = await settled(detect);
    world.arm.inner.mutate(networkId, { location: "elsewhere" });
    await world.advance(2 * hour);
    expect(drifted(world)?.status).toBe("True");
    world.arm.inner.mutate(networkId, { location: "westus3" });
    await world.advance(2 * hour);
    expect(drifted(world)).toBeUndefined();
    expect(world.calls("PUT", networkId)).toHaveLength(1);
  });

  test("puts the drift back as soon as it is taken off", async () => {
    const world = await settled(detect);
    world.arm.inner.mutate(networkId, changedTags);
    await world.advance(2 * hour);
    annotate(world, { [annotations.drift]: null });
    await world.advance(60_000);
    expect(world.calls("PUT", networkId)).toHaveLength(2);
    expect(world.arm.resource(networkId)?.["tags"]).toEqual({ team: "platform" });
    expect(drifted(world)).toBeUndefined();
  });

  test("tells of a resource that is gone, and does not create it", async () => {
    const world = await settled(detect);
    world.arm.inner.remove(networkId);
    await world.advance(3 * hour);
    expect(drifted(world)?.message).toContain("does not exist");
    expect(world.calls("PUT", networkId)).toHaveLength(1);
  });

  test("sends what the user changes all the same", async () => {
    const world = await settled(detect);
    world.edit(virtualNetwork(), { spec: { tags: { team: "network" } } });
    await world.advance(60_000);
    expect(world.arm.resource(networkId)?.["tags"]).toEqual({ team: "network" });
  });

  test("writes nothing for a resource that was taken over and differs", async () => {
    const world = await settled(detect);
    world.arm.inner.mutate(networkId, { location: "elsewhere" });
    world.loseLedger();
    annotate(world, { [annotations.acceptedGoal]: null });
    await world.advance(hour);
    expect(world.calls("PUT", networkId)).toHaveLength(1);
    expect(drifted(world)?.message).toContain("/location");
  });
});

describe("sync-period", () => {
  async function readsIn(hours: number, period: string): Promise<number> {
    const world = await settled({ [annotations.syncPeriod]: period });
    const calls = world.since();
    await world.advance(hours * hour);
    return calls().filter(({ path }) => /virtualNetworks/.test(path)).length;
  }

  test("of a resource wins over the app's", async () => {
    expect(await readsIn(2, "10m")).toBeGreaterThanOrEqual(10);
    expect(await readsIn(4, "24h")).toBe(0);
    expect(await readsIn(4, "never")).toBe(0);
  });

  test.each(["0s", "0", "-5m"])("of %s means never, as ASO's own setting does", async (period) => {
    expect(await readsIn(4, period)).toBe(0);
  });

  test("that is shortened counts from now on, not after the long one", async () => {
    const world = await settled({ [annotations.syncPeriod]: "never" });
    const calls = world.since();
    annotate(world, { [annotations.syncPeriod]: "10m" });
    await world.advance(hour);
    expect(calls().filter(({ path }) => /virtualNetworks/.test(path)).length).toBeGreaterThan(3);
  });

  test.each(["1d", "3600", "-", "1h 30m"])("%s is none", async (period) => {
    const world = await settled({ [annotations.syncPeriod]: period });
    expect(world.events().filter((event) => event.includes("InvalidSyncPeriod"))).toEqual([
      expect.stringContaining(`"${period}" is no sync period`),
    ]);
  });

  test("that is none is told, and the app's applies", async () => {
    const world = await settled({ [annotations.syncPeriod]: "soon" });
    const told = world.events().filter((event) => event.includes("InvalidSyncPeriod"));
    expect(told).toHaveLength(1);
    const calls = world.since();
    await world.advance(2 * hour);
    expect(calls().length).toBeGreaterThan(0);
  });

  test("longer than the app's is no reason for a pass at every scan", async () => {
    const world = await settled({ [annotations.syncPeriod]: "24h" });
    await world.advance(hour);
    const handled = world.handled;
    for (let scans = 0; scans < 5; scans++) await world.run();
    expect(world.handled).toBe(handled);
  });
});
