import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "./world/eventually.ts";
import { resourceGroup } from "./world/kinds.ts";
import { armId, startWorld, subscription, type World, writesTo } from "./world/world.ts";

const cli = path.resolve(import.meta.dirname, "../../dist/cli/main.mjs");
const names = ["del-a", "del-b", "del-c", "del-d", "del-e"];

let world: World;

beforeAll(async () => {
  world = await startWorld({ settings: { ASO_FUNCTIONS_DELETIONS_MAX: "2" } });
}, 120_000);

afterAll(() => world?.stop());

/** Runs the command line as an operator does. */
async function operator(...args: readonly string[]): Promise<string> {
  const app = new URL(world.sandbox.fleetUrl).origin;
  const { stdout } = await promisify(execFile)(process.execPath, [cli, ...args, "--app", app]);
  return stdout;
}

const deletes = (): number =>
  names.filter((name) => writesTo(world.arm, armId(name)).includes("DELETE")).length;

describe("deletion", { timeout: 90_000 }, () => {
  it("of a namespace whose credential Secret went first is done by the workload identity it named", async () => {
    const space = await world.cluster.space("leaving");
    await space.secret("aso-credential", {
      AZURE_SUBSCRIPTION_ID: subscription,
      AZURE_TENANT_ID: "00000000-0000-0000-0000-000000000002",
      AZURE_CLIENT_ID: "leaving-client",
    });
    await space.create(resourceGroup("leaving-rg"));
    await space.ready("ResourceGroup", "leaving-rg");
    const { api } = world.cluster.plane;
    await api.must("DELETE", "/api/v1/namespaces/leaving");
    await api.must("DELETE", "/api/v1/namespaces/leaving/secrets/aso-credential");
    await space.delete("ResourceGroup", "leaving-rg");
    await space.gone("ResourceGroup", "leaving-rg");
    const writers = world.arm.journal().filter(({ method }) => method === "DELETE");
    expect(new Set(writers.map(({ principal }) => principal))).toEqual(
      new Set(["00000000-0000-0000-0000-000000000002/leaving-client"]),
    );
  });

  it("of too much waits on the resources until an operator confirms it, and then goes on at once", async () => {
    const space = await world.cluster.space("mass");
    await space.create(...names.map((name) => resourceGroup(name)));
    for (const name of names) await space.ready("ResourceGroup", name);
    for (const name of names) await space.delete("ResourceGroup", name);
    const waiting = async (): Promise<readonly string[]> => {
      const { clusters } = await world.fleet();
      return (clusters[0]?.attention ?? [])
        .filter(({ state }) => state === "DeletionPaused")
        .map(({ resource }) => resource);
    };
    await eventually("the rest waits", async () => (await waiting()).length + deletes() === 5);
    expect(deletes()).toBeLessThanOrEqual(2);
    const [first = ""] = await waiting();
    const condition = await space.reason(
      "ResourceGroup",
      first.split("/").at(-1) ?? "",
      "DeletionPaused",
    );
    expect(condition.message).toContain("aso-functions deletions confirm one");
    const listed = await operator("deletions", "list", "one");
    expect(listed).toMatch(/^one: paused since .* resources were to be deleted; [345] wait\n/);
    expect(listed).toContain("ResourceGroup.resources.azure.com mass/del-");
    expect(await operator("deletions", "confirm", "one")).toMatch(/^one: [345] deletions go on;/);
    for (const name of names) await space.gone("ResourceGroup", name, 20);
    for (const name of names) expect(writesTo(world.arm, armId(name))).toEqual(["PUT", "DELETE"]);
    expect(await operator("deletions", "list", "one")).toMatch(
      /^one: confirmed until .*; 0 wait\n$/,
    );
  });
});
