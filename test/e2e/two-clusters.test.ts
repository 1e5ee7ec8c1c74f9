import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sendCommand } from "../../src/cli/app-client.ts";
import { eventually } from "./world/eventually.ts";
import { resourceGroup } from "./world/kinds.ts";
import type { Space } from "./world/space.ts";
import { armId, startWorld, type World, writesTo } from "./world/world.ts";

let world: World;
let one: Space;
let two: Space;

beforeAll(async () => {
  world = await startWorld({ clusters: ["one", "two"] });
  const [first, other] = world.clusters;
  if (first === undefined || other === undefined) throw new Error("two clusters are needed");
  one = await first.space("team");
  two = await other.space("team");
}, 150_000);

afterAll(async () => {
  resume();
  await world?.stop();
});

function signalTwo(signal: NodeJS.Signals): void {
  const pid = world?.clusters[1]?.plane.pids["kube-apiserver"];
  if (pid !== undefined) process.kill(pid, signal);
}

function resume(): void {
  signalTwo("SIGCONT");
}

describe("two clusters in one host", { timeout: 60_000 }, () => {
  it("are both managed", async () => {
    await one.create(resourceGroup("first"));
    await two.create(resourceGroup("second"));
    await one.ready("ResourceGroup", "first");
    await two.ready("ResourceGroup", "second");
  });

  it("that name one ARM id: the first claimer keeps it, and both are told who the other is", async () => {
    await one.create(resourceGroup("contested", { tags: { from: "one" } }));
    await one.ready("ResourceGroup", "contested");
    await two.create(resourceGroup("contested", { tags: { from: "two" } }));
    const refused = await two.reason("ResourceGroup", "contested", "AzureResourceInUse");
    expect(refused.message).toMatch(/ResourceGroup team\/contested of cluster one/);
    await eventually("the holder is told", async () => {
      const events = await one.events("contested");
      return events.some(({ message }) => message.includes("cluster two"));
    });
    expect(writesTo(world.arm, armId("contested"))).toEqual(["PUT"]);
    expect(world.arm.resource(armId("contested"))).toMatchObject({ tags: { from: "one" } });
    await one.ready("ResourceGroup", "contested");
  });

  it("that name one ARM id: fail-over moves it in one command, and back", async () => {
    const fail = (from: string, to: string) =>
      sendCommand({ app: new URL(world.sandbox.fleetUrl).origin }, "failover", {
        from,
        to,
        namespace: "team",
      });
    const moved = await fail("one", "two");
    expect(moved).toMatchObject({
      ids: expect.arrayContaining([
        expect.objectContaining({
          resource: "two/team/ResourceGroup.resources.azure.com/contested",
          outcome: "moved",
        }),
      ]),
    });
    await two.ready("ResourceGroup", "contested");
    await one.reason("ResourceGroup", "contested", "AzureResourceInUse");
    expect(world.arm.resource(armId("contested"))).toMatchObject({ tags: { from: "two" } });
    await fail("two", "one");
    await one.ready("ResourceGroup", "contested");
    await two.reason("ResourceGroup", "contested", "AzureResourceInUse");
    expect(writesTo(world.arm, armId("contested"))).toEqual(["PUT", "PUT", "PUT"]);
  });

  it("that name one ARM id: the other gets it when the first lets go", async () => {
    const policy = { "serviceoperator.azure.com/reconcile-policy": "detach-on-delete" };
    await one.annotate("ResourceGroup", "contested", policy);
    await one.delete("ResourceGroup", "contested");
    await one.gone("ResourceGroup", "contested");
    await two.ready("ResourceGroup", "contested");
    expect(world.arm.resource(armId("contested"))).toMatchObject({ tags: { from: "two" } });
  });

  it("one of which hangs: nothing of the other is delayed", { timeout: 90_000 }, async () => {
    const before = await editToPut(5, "before");
    signalTwo("SIGSTOP");
    try {
      const during = await editToPut(10, "during");
      expect(Math.max(...during)).toBeLessThan(Math.max(...before, 1_000) * 3);
      await eventually(
        "the fleet page tells",
        async () => {
          const { clusters } = await world.fleet();
          return clusters.find(({ name }) => name === "two")?.problem !== undefined;
        },
        60,
      );
    } finally {
      resume();
    }
  });

  it("and it is managed again when it answers again", { timeout: 90_000 }, async () => {
    await two.patch("ResourceGroup", "second", { spec: { tags: { back: "again" } } });
    const found = await two.ready("ResourceGroup", "second", 80);
    expect(found.status?.["tags"]).toEqual({ back: "again" });
  });
});

/** Milliseconds from an edit in the first cluster to its PUT, a few times. */
async function editToPut(times: number, tag: string): Promise<readonly number[]> {
  const taken: number[] = [];
  for (let count = 0; count < times; count++) {
    const puts = writesTo(world.arm, armId("first")).length;
    const started = Date.now();
    await one.patch("ResourceGroup", "first", { spec: { tags: { [tag]: String(count) } } });
    await eventually("the edit is sent", () => writesTo(world.arm, armId("first")).length > puts);
    taken.push(Date.now() - started);
    await one.ready("ResourceGroup", "first");
  }
  return taken;
}
