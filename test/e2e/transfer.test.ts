import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registerTransfer } from "../../src/cli/transfer/transfer.ts";
import { runCommand } from "../unit/rbac/run-command.ts";
import { resourceGroup, storageAccount, virtualNetwork } from "./world/kinds.ts";
import type { Space } from "./world/space.ts";
import { atRest, startWorld, type World, type WorldCluster } from "./world/world.ts";

let world: World;
let one: WorldCluster;
let two: WorldCluster;
let source: Space;
let target: Space;

beforeAll(async () => {
  world = await startWorld({ clusters: ["one", "two"], controllers: true });
  const [first, second] = world.clusters;
  if (first === undefined || second === undefined) throw new Error("two clusters are needed");
  [one, two] = [first, second];
  source = await one.space("team");
  target = await two.space("team");
}, 150_000);

afterAll(async () => {
  await world?.stop();
});

async function transfer(...args: readonly string[]) {
  const outcome = await runCommand(registerTransfer, ["transfer", "--timeout", "60", ...args]);
  expect(outcome.err).toBe("");
  expect(outcome.code).toBe(0);
}

/** PUTs and DELETEs that Azure saw so far. */
function writes(): number {
  return world.arm.journal().filter(({ method }) => method === "PUT" || method === "DELETE").length;
}

describe("aso-functions transfer", { timeout: 120_000 }, () => {
  it("moves a namespace to another cluster of the app, and its exports, without one write to Azure", async () => {
    await source.create(
      resourceGroup("moving"),
      virtualNetwork("moving-net", "moving"),
      storageAccount("movingaccount", "moving", {
        operatorSpec: { secrets: { key1: { name: "account-keys", key: "key1" } } },
      }),
    );
    for (const [kind, name] of all) await source.ready(kind, name);
    await atRest(world);
    const before = writes();
    const [from, to] = [await one.plane.kubeconfig(), await two.plane.kubeconfig()];
    await transfer("--from", from, "--namespace", "team", "--to", to, "--yes");
    for (const [kind, name] of all) {
      expect(await source.get(kind, name)).toBeUndefined();
      const found = await target.until(
        kind,
        name,
        (ready, { metadata }) =>
          ready?.status === "True" && metadata.annotations?.[accepted] !== undefined,
      );
      expect(found.metadata.annotations?.[operator]).toBe("aso-functions");
      expect(found.metadata.finalizers).toHaveLength(1);
    }
    await atRest(world);
    expect(writes()).toBe(before);
    expect(await target.data("secrets", "account-keys")).toMatchObject({
      key1: expect.stringMatching(/./),
    });
    // What is moved is managed: an edit arrives with one PUT.
    await target.patch("VirtualNetwork", "moving-net", { spec: { tags: { moved: "yes" } } });
    await target.ready("VirtualNetwork", "moving-net");
    expect(writes()).toBe(before + 1);
  });

  it("gives a namespace away and takes it back without one write to Azure", async () => {
    const before = writes();
    const from = ["--from", await two.plane.kubeconfig(), "--namespace", "team", "--yes"];
    await transfer(...from, "--to-operator", "azureserviceoperator-system");
    await transfer(...from, "--to-operator", "aso-functions");
    for (const [kind, name] of all)
      await target.until(
        kind,
        name,
        (_, { metadata }) => metadata.annotations?.[accepted] !== undefined,
      );
    await atRest(world);
    expect(writes()).toBe(before);
  });
});

const accepted = "aso-functions/accepted-goal";
const operator = "serviceoperator.azure.com/operator-namespace";
const all = [
  ["ResourceGroup", "moving"],
  ["VirtualNetwork", "moving-net"],
  ["StorageAccount", "movingaccount"],
] as const;
