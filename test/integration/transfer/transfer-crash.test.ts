import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadKubeconfig } from "../../../src/cli/kubeconfig.ts";
import { ClusterObjects } from "../../../src/cli/transfer/cluster-objects.ts";
import { readNamespace } from "../../../src/cli/transfer/read-namespace.ts";
import { openSide, readTransfer, type Side } from "../../../src/cli/transfer/read-transfer.ts";
import { runHandOver } from "../../../src/cli/transfer/run-hand-over.ts";
import { runTransfer } from "../../../src/cli/transfer/run-transfer.ts";
import { annotations, transferHold } from "../../../src/core/resource/names.ts";
import { planHandOver } from "../../../src/transfer/plan-hand-over.ts";
import { isBlocked } from "../../../src/transfer/show-transfer.ts";
import { aChain, networkId, operators, TransferWorld } from "./transfer-world.ts";

let world: TransferWorld;

beforeEach(async () => {
  world = await TransferWorld.start();
  await aChain(world.one);
});

afterEach(() => world?.stop());

const everything = { kinds: [], names: [], labels: undefined };
const writes = [
  "annotate",
  "create",
  "replace",
  "replaceStatus",
  "delete",
  "createObject",
] as const;

class Killed extends Error {}

/** A process that dies at its write number `at`, before or after the server has taken it. */
class Process {
  readonly #at: number;
  readonly #when: "before" | "after";
  count = 0;

  constructor(at = Number.POSITIVE_INFINITY, when: "before" | "after" = "before") {
    this.#at = at;
    this.#when = when;
  }

  side(kubeconfig: string): Promise<Side> {
    const config = loadKubeconfig(kubeconfig, undefined);
    if (typeof config === "string") throw new Error(config);
    const objects = new ClusterObjects(config);
    const dying = new Proxy(objects, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name, target);
        if (typeof method !== "function") return method;
        const isWrite = writes.some((one) => one === name);
        return (...args: readonly unknown[]) =>
          isWrite ? this.#write(() => method.apply(target, args)) : method.apply(target, args);
      },
    });
    return openSide(dying, "team");
  }

  async #write(work: () => Promise<unknown>): Promise<unknown> {
    this.count += 1;
    const mine = this.count;
    if (mine > this.#at || (mine === this.#at && this.#when === "before")) throw new Killed();
    const done = await work();
    world.judge();
    if (mine === this.#at) throw new Killed();
    return done;
  }

  async transfer(): Promise<void> {
    const [from, to] = [
      await this.side(world.one.kubeconfig),
      await this.side(world.two.kubeconfig),
    ];
    const plan = await readTransfer(from, to, everything, true);
    expect(isBlocked(plan.moves), JSON.stringify(plan.moves.map(({ blocks }) => blocks))).toBe(
      false,
    );
    const pause = async (): Promise<void> => {
      await turn();
      await world.operate();
    };
    const waiting = { pause, patienceMs: 60_000, say: () => undefined };
    await runTransfer({ ...waiting, from, to, plan, operator: operators.next });
  }

  async handOver(): Promise<void> {
    const side = await this.side(world.one.kubeconfig);
    const { found, kinds } = await readNamespace(side.objects, "team", everything);
    const plurals = new Map(kinds.map(({ group, kind, plural }) => [`${kind}.${group}`, plural]));
    const moves = planHandOver(found, operators.next);
    expect(isBlocked(moves)).toBe(false);
    await runHandOver(side, { moves, plurals }, operators.next);
  }
}

/** How many writes an undisturbed transfer of the chain makes: a patch, a copy, its status, a deletion and a release for each. */
const writesOfTransfer = 15;
const writesOfHandOver = 6;

const points = (count: number) =>
  Array.from({ length: count }, (_, at) => at + 1).flatMap((at) =>
    (["before", "after"] as const).map((when) => [when, at] as const),
  );

describe("a transfer", () => {
  it(`is ${writesOfTransfer} writes for three resources`, async () => {
    const process = new Process();
    await process.transfer();
    expect(process.count).toBe(writesOfTransfer);
  });

  it.each(points(writesOfTransfer))(
    "that dies %s write %i goes on when it is run again",
    async (when, at) => {
      await expect(new Process(at, when).transfer()).rejects.toThrow(Killed);
      await world.operate();
      // The very last write may be done already: then nothing is left to select.
      if (world.one.resources().length > 0 || world.two.resources().some(isHeldCopy))
        await new Process().transfer();
      expect(world.one.resources()).toEqual([]);
      expect([world.deleted, world.fights]).toEqual([[], []]);
      const copies = world.two.resources();
      expect(copies).toHaveLength(3);
      for (const { metadata, status } of copies) {
        expect(metadata.annotations).toMatchObject({
          [annotations.operatorNamespace]: operators.next,
          [annotations.latestReconciledGeneration]: String(metadata.generation),
        });
        expect(metadata.annotations).not.toHaveProperty([annotations.transfer]);
        expect(metadata.annotations).not.toHaveProperty([annotations.reconcilePolicy]);
        expect(status?.["conditions"]).toMatchObject([
          { status: "True", observedGeneration: metadata.generation },
        ]);
      }
    },
  );

  it("takes an edit of the source along that came after its copy", async () => {
    await expect(new Process(10).transfer()).rejects.toThrow(Killed);
    const network = world.one.get("VirtualNetwork", "vnet");
    expect(network?.metadata.deletionTimestamp).toBeUndefined();
    await world.one.editReady("VirtualNetwork", "vnet", { tags: { late: "edit" } });
    await new Process().transfer();
    expect(world.two.get("VirtualNetwork", "vnet")).toMatchObject({
      spec: { tags: { late: "edit" } },
      metadata: { annotations: { [annotations.resourceId]: networkId } },
      status: { conditions: [{ status: "True" }] },
    });
    expect([world.deleted, world.fights]).toEqual([[], []]);
  });

  it("stops with what it waits for when the source's operator does not run, and loses nothing", async () => {
    world.operatorsRun = false;
    const { code, err } = await world.move("--yes", "--timeout", "3");
    expect(code).toBe(1);
    expect(err).toContain(
      "VirtualNetworksSubnet.network.azure.com/subnet: its operator still holds",
    );
    expect(world.two.resources().every(isHeldCopy)).toBe(true);
    world.operatorsRun = true;
    expect((await world.move("--yes")).code).toBe(0);
    expect(world.one.resources()).toEqual([]);
    expect([world.deleted, world.fights]).toEqual([[], []]);
  });

  it("does not take a source that was made anew meanwhile", async () => {
    await expect(new Process(15).transfer()).rejects.toThrow(Killed);
    await aChain(world.one);
    const { code, out } = await world.move("--yes");
    expect(code).toBe(1);
    expect(out).toContain("at the target");
    expect(world.one.resources()).toHaveLength(3);
  });
});

describe("a hand-over", () => {
  it.each(points(writesOfHandOver))(
    "that dies %s write %i goes on when it is run again",
    async (when, at) => {
      await expect(new Process(at, when).handOver()).rejects.toThrow(Killed);
      await new Process().handOver();
      for (const { metadata } of world.one.resources()) {
        expect(metadata.annotations).toMatchObject({
          [annotations.operatorNamespace]: operators.next,
        });
        expect(metadata.annotations).not.toHaveProperty([annotations.reconcilePolicy]);
        expect(metadata.annotations).not.toHaveProperty([annotations.transfer]);
      }
      expect([world.deleted, world.fights]).toEqual([[], []]);
    },
  );
});

type Resource = ReturnType<TransferWorld["one"]["resources"]>[number];

function isHeldCopy({ metadata }: Resource): boolean {
  return metadata.annotations?.[annotations.operatorNamespace] === transferHold;
}
