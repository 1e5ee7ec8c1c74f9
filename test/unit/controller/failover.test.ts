import { beforeEach, describe, expect, it } from "vitest";
import { failoverText } from "../../../src/cli/ownership.ts";
import { runCommand } from "../../../src/controller/commands/run-command.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { annotations } from "../../../src/core/resource/names.ts";
import type { Ledger } from "../../../src/ports/ledger.ts";
import type { NewResource } from "../../doubles/in-memory-cluster.ts";
import { intercept } from "../../doubles/intercept.ts";
import { groupId, networkId, refOf, resourceGroup, virtualNetwork } from "./samples.ts";
import { hour, World } from "./world.ts";

const all = [resourceGroup(), virtualNetwork()];
const skip = { [annotations.reconcilePolicy]: "skip" };
const nameOf = (cluster: string, kind: string, name: string): string =>
  `${cluster}/team/${kind}/${name}`;
const group = (cluster: string): string =>
  nameOf(cluster, "ResourceGroup.resources.azure.com", "rg");
const network = (cluster: string): string =>
  nameOf(cluster, "VirtualNetwork.network.azure.com", "vnet");

let world: World;

const send = (command: string, args: JsonObject) =>
  runCommand(world.engine, JSON.stringify({ command, args }), world.logger);

async function holders(): Promise<readonly (string | undefined)[]> {
  const ids = [groupId, networkId].map((id) => world.ownership.get(id));
  return (await Promise.all(ids)).map((owned) => owned?.holder.cluster);
}

function createIn(cluster: string, resources: readonly NewResource[]): void {
  for (const one of resources) world.clusters[cluster]?.create(one);
}

function readyIn(cluster: string): readonly (string | undefined)[] {
  return all.map((one) => world.ready(one, world.clusters[cluster])?.reason);
}

beforeEach(async () => {
  world = await World.create({ clusters: ["one", "two"] });
  createIn("one", all);
  await world.run();
  await world.advance(hour);
});

/** Cluster two has the same resources, and they wait. */
async function standby(): Promise<void> {
  createIn("two", all);
  await world.run();
  // The network waits for its owner to be claimed, and that waits for its id.
  expect(readyIn("two")[0]).toBe("AzureResourceInUse");
}

describe("fail-over", () => {
  it("pauses one cluster, moves what the other waits for, and is over at once", async () => {
    createIn(
      "two",
      all.map((one) => ({ ...one, metadata: { ...one.metadata, annotations: skip } })),
    );
    await world.run();
    expect(readyIn("two")).toEqual(["Succeeded", "Succeeded"]);
    const before = world.time;

    const answer = await send("failover", { from: "one", to: "two" });

    expect(answer).toEqual({
      kind: "done",
      result: {
        from: "one",
        to: "two",
        dryRun: false,
        paused: true,
        ids: [
          { armId: networkId, resource: network("two"), outcome: "moved" },
          { armId: groupId, resource: group("two"), outcome: "moved" },
        ],
      },
    });
    expect(await holders()).toEqual(["two", "two"]);
    expect((await world.engine.registry.list()).map(({ paused }) => paused)).toEqual([true, false]);
    for (const one of all)
      world.clusters["two"]?.edit(refOf(one), {
        metadata: { annotations: { [annotations.reconcilePolicy]: null } },
        spec: { tags: { by: "two" } },
      });
    await world.run();
    await world.run();
    expect(world.time).toBe(before);
    expect(readyIn("two")).toEqual(["Succeeded", "Succeeded"]);
    expect(world.arm.resource(networkId)?.["tags"]).toEqual({ by: "two", team: "platform" });
  });

  it("of a namespace stays where it was moved although the policy there is skip for the moment", async () => {
    const passive = all.map((one) => ({
      ...one,
      metadata: { ...one.metadata, annotations: skip },
    }));
    createIn("two", passive);
    await world.run();

    await send("failover", { from: "one", to: "two", namespace: "team" });
    await world.run();

    expect(await holders()).toEqual(["two", "two"]);
    expect(readyIn("one")).toEqual(["AzureResourceInUse", "AzureResourceInUse"]);
    for (const one of all)
      world.clusters["two"]?.edit(refOf(one), {
        metadata: { annotations: { [annotations.reconcilePolicy]: null } },
        spec: { tags: { by: "two" } },
      });
    await world.run();
    expect(readyIn("two")).toEqual(["Succeeded", "Succeeded"]);
    expect(world.arm.resource(groupId)?.["tags"]).toEqual({ by: "two" });
  });

  it("wakes what waits, and costs no write where Azure is as wanted", async () => {
    await standby();
    await send("failover", { from: "one", to: "two" });
    await world.run();

    expect(readyIn("two")).toEqual(["Succeeded", "Succeeded"]);
    expect(world.writes()).toEqual({ [`PUT ${groupId}`]: 1, [`PUT ${networkId}`]: 1 });
    const again = await send("failover", { from: "one", to: "two" });
    expect(again).toMatchObject({
      result: { ids: [{ outcome: "movedBefore" }, { outcome: "movedBefore" }] },
    });
  });

  it("leaves an id whose resource stands for another one, or is not there, in the other cluster", async () => {
    createIn("two", [resourceGroup({ azureName: "another" })]);
    await world.run();

    const answer = await send("failover", { from: "one", to: "two" });

    expect(answer).toMatchObject({ result: { ids: [{ outcome: "left" }, { outcome: "left" }] } });
    expect(await holders()).toEqual(["one", "one"]);
  });

  it("is told on the first cluster's resources when it is resumed, and taken back the same way", async () => {
    await standby();
    await send("failover", { from: "one", to: "two" });
    await world.run();

    await send("resume", { cluster: "one" });
    await world.run();
    expect(readyIn("one")[0]).toBe("AzureResourceInUse");
    await send("failover", { from: "two", to: "one" });
    await world.run();

    expect((await holders())[0]).toBe("one");
    expect(readyIn("one")[0]).toBe("Succeeded");
    expect(world.calls("PUT", groupId)).toHaveLength(1);
  });

  it("only shows what it would do in a dry run", async () => {
    await standby();

    const answer = await send("failover", { from: "one", to: "two", dryRun: true });

    expect(answer).toMatchObject({
      result: { dryRun: true, paused: false, ids: [{ outcome: "moved" }, { outcome: "moved" }] },
    });
    expect(await holders()).toEqual(["one", "one"]);
    expect((await world.engine.registry.list()).map(({ paused }) => paused)).toEqual([
      false,
      false,
    ]);
  });

  it.each([
    ["an empty namespace", { namespace: "" }, '"namespace" is to be the name of one'],
    [
      "a namespace that is no text",
      { namespace: ["team"] },
      '"namespace" is to be the name of one',
    ],
    ["a dry run that is neither yes nor no", { dryRun: "true" }, '"dryRun" is to be true or false'],
    ["one cluster twice", { to: "one" }, "name two clusters that are not the same"],
  ])("refuses %s, and pauses and moves nothing", async (_what, wrong, reason) => {
    await standby();

    const answer = await send("failover", { from: "one", to: "two", ...wrong });

    expect(answer).toEqual({ kind: "refused", reason: expect.stringContaining(reason) });
    expect((await world.engine.registry.list()).some(({ paused }) => paused)).toBe(false);
    expect(await holders()).toEqual(["one", "one"]);
  });

  it("of one namespace leaves the others, and pauses nothing", async () => {
    await standby();

    const none = await send("failover", { from: "one", to: "two", namespace: "other" });
    expect(none).toMatchObject({ result: { paused: false, ids: [] } });
    await send("failover", { from: "one", to: "two", namespace: "team" });
    await world.run();

    expect((await holders())[0]).toBe("two");
    expect((await world.engine.registry.list()).map(({ paused }) => paused)).toEqual([
      false,
      false,
    ]);
    expect(readyIn("one")[0]).toBe("AzureResourceInUse");
  });

  it("goes on where a command was cut off between a move and the wake-ups", async () => {
    await standby();
    const { engine } = world;
    const observe = () => Promise.reject(new Error("cut off"));
    world.engine = { ...engine, ledger: intercept<Ledger>(engine.ledger, { observe }) };
    await expect(send("failover", { from: "one", to: "two" })).rejects.toThrow("cut off");
    expect(await holders()).toContain("two");
    world.engine = engine;

    await send("failover", { from: "one", to: "two" });
    await world.run();

    expect(readyIn("two")[0]).toBe("Succeeded");
  });

  it.each<[string, JsonObject, RegExp]>([
    ["without clusters", { from: "one" }, /"from" and "to"/],
    ["to the same cluster", { from: "one", to: "one" }, /two clusters/],
    ["to an unknown cluster", { from: "one", to: "x" }, /No cluster "x".*one, two/],
    ["from an unknown cluster", { from: "x", to: "one" }, /No cluster "x"/],
  ])("%s is refused and changes nothing", async (_what, args, reason) => {
    const answer = await send("failover", args);

    expect(answer).toEqual({ kind: "refused", reason: expect.stringMatching(reason) });
    expect((await world.engine.registry.list()).every(({ paused }) => !paused)).toBe(true);
  });

  it("to a paused cluster is refused", async () => {
    await send("pause", { cluster: "two" });

    const answer = await send("failover", { from: "one", to: "two" });

    expect(answer).toMatchObject({ kind: "refused", reason: expect.stringContaining("Resume it") });
    expect(await holders()).toEqual(["one", "one"]);
  });

  it("is printed one line per id, with a sum", () => {
    const text = failoverText({
      from: "one",
      to: "two",
      dryRun: false,
      paused: true,
      ids: [
        { armId: "/a", resource: group("two"), outcome: "moved" },
        { armId: "/b", resource: network("one"), outcome: "left", why: "nobody waits" },
      ],
    });

    expect(text.split("\n")).toEqual([
      `/a moved to ${group("two")}`,
      `/b stays with ${network("one")}: nobody waits`,
      "one is paused. one → two: 1 moved, 0 moved before, 1 left",
    ]);
  });
});

describe("ownership of one id", () => {
  it("is shown with who waits", async () => {
    await standby();

    expect(await send("show-ownership", { armId: groupId.toUpperCase() })).toEqual({
      kind: "done",
      result: {
        armId: groupId,
        holder: group("one"),
        epoch: 1,
        isFirm: true,
        since: "2026-01-01T00:00:00.000Z",
        waiting: [group("two")],
      },
    });
    expect(await send("show-ownership", { armId: `${groupId}/` })).toMatchObject({
      result: { holder: group("one") },
    });
    const unknown = `${groupId}2`;
    expect(await send("show-ownership", { armId: unknown })).toEqual({
      kind: "done",
      result: { armId: unknown },
    });
  });

  it("is moved to who waits, and both say so", async () => {
    await standby();

    const answer = await send("move-ownership", { armId: groupId, to: group("two") });
    await world.run();

    expect(answer).toMatchObject({ kind: "done", result: { from: group("one") } });
    expect(readyIn("two")[0]).toBe("Succeeded");
    expect(readyIn("one")[0]).toBe("AzureResourceInUse");
    const again = await send("move-ownership", { armId: groupId, to: group("two") });
    expect(again).toMatchObject({ kind: "done" });
    expect((await world.ownership.get(groupId))?.epoch).toBe(2);
  });

  it.each<[string, JsonObject, RegExp]>([
    ["without an id", { to: "x" }, /"armId" and "to"/],
    ["to what is no name", { armId: groupId, to: "two/rg" }, /names no resource/],
    ["of an id that nobody holds", { armId: `${groupId}2`, to: group("two") }, /Nobody holds/],
    ["to a resource that is not there", { armId: groupId, to: group("two") }, /does not wait/],
    ["to a resource of another id", { armId: groupId, to: network("one") }, /does not wait/],
  ])("is not moved %s", async (_what, args, reason) => {
    const answer = await send("move-ownership", args);

    expect(answer).toEqual({ kind: "refused", reason: expect.stringMatching(reason) });
    expect(await holders()).toEqual(["one", "one"]);
  });
});
