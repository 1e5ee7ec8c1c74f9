import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStorage } from "../../src/adapters/storage/storage-account.ts";
import { TableLedger } from "../../src/adapters/storage/table-ledger.ts";
import type { ArmHandle } from "../../src/sandbox/arm/types.ts";
import {
  identity,
  kinds,
  type ResourceManifest,
  resourceGroup,
  storageAccount,
  subnet,
  virtualNetwork,
} from "./world/kinds.ts";
import type { Space } from "./world/space.ts";
import { armId, startWorld, type World } from "./world/world.ts";

/** The moments are the same in every run. */
const random = seededRandom(20_240_311);

/** What a moment may look at to find out when it has come. */
type Scene = {
  readonly arm: ArmHandle;
  readonly space: Space;
  readonly group: string;
  /** Journal entries before this one are older than the scene. */
  readonly mark: number;
};

type Moment = {
  readonly because: string;
  readonly prepare?: (scene: Scene) => void;
  readonly come: (scene: Scene) => Promise<boolean>;
};

const takenMs = 4_000;

/** ARM has done what a PUT asked for, and its answer is still on the way. */
function putTaken(what: string, path: (group: string) => string): Moment {
  return {
    because: `between ARM's effect and its answer: ${what}`,
    prepare: ({ arm, group }) =>
      arm.inject({ path: `${path(group)}$`, method: "PUT", delayMs: takenMs }),
    come: async ({ arm, group }) => (arm.stats().putPerId[armId(path(group))] ?? 0) > 0,
  };
}

/** ARM has answered a request of this kind; what it said is not recorded yet. */
function answered(what: string, kind: string, path: (group: string) => string): Moment {
  return {
    because: `between ARM's answer and its record: ${what}`,
    come: async ({ arm, group, mark }) =>
      arm
        .journal(mark)
        .some(
          (entry) =>
            entry.kind === kind &&
            (kind === "poll" ? pollsOf(entry.url) : entry.url.split("?")[0]?.toLowerCase()) ===
              (kind === "poll" ? path(group).toLowerCase() : armId(path(group))),
        ),
  };
}

/** Polls name their provider, not their resource. */
function pollsOf(url: string): string {
  return /providers\/([^/]+)/i.exec(url)?.[1]?.toLowerCase() ?? "";
}

/** At a moment that nobody chose. */
function anywhen(number: number): Moment {
  const at = Math.round(random() * 3_500);
  let started = 0;
  return {
    because: `after ${at} ms (${number})`,
    prepare: () => {
      started = Date.now();
    },
    come: async () => Date.now() - started >= at,
  };
}

const net = (group: string): string => `${group}/providers/Microsoft.Network/virtualNetworks/net`;
const account = (group: string): string =>
  `${group}/providers/Microsoft.Storage/storageAccounts/${group}sa`;
const mi = (group: string): string =>
  `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi`;

const moments: readonly Moment[] = [
  putTaken("a resource group", (group) => group),
  putTaken("an identity, done at once", mi),
  putTaken("a network with an operation by URL", net),
  putTaken("a subnet", (group) => `${net(group)}/subnets/subnet`),
  putTaken("an account with an operation by Location", account),
  answered("the PUT of a resource group", "PUT", (group) => group),
  answered("the PUT of a network", "PUT", net),
  answered("the PUT of an identity", "PUT", mi),
  answered("the PUT of an account", "PUT", account),
  answered("the GET after the PUT of an identity", "GET", mi),
  answered("the GET after the PUT of a network", "GET", net),
  answered("a poll of a network", "poll", () => "microsoft.network"),
  answered("a poll of an account", "poll", () => "microsoft.storage"),
  {
    because: "after the claim, before anything is sent",
    come: async ({ space }) => {
      const found = await space.get("UserAssignedIdentity", "mi");
      return found?.metadata.annotations?.["serviceoperator.azure.com/resource-id"] !== undefined;
    },
  },
  {
    because: "after an export, before Ready",
    come: async ({ space }) => (await space.data("configmaps", "ids")) !== undefined,
  },
  ...[1, 2, 3, 4, 5].map(anywhen),
];

describe("the host is killed and started again", () => {
  let world: World;
  let ledger: TableLedger;
  /** How often a write to an ARM id was under way when the host was killed. */
  const open = new Map<string, number>();
  const healed: number[] = [];

  beforeAll(async () => {
    // Dead workers are noticed after 5 seconds here, so that twenty deaths fit into a test.
    world = await startWorld({ settings: { ASO_FUNCTIONS_LEASE_SECONDS: "5" } });
    world.arm.set({ expectedDeletes: "^$" });
    const { connectionString } = world.sandbox.azurite;
    ledger = new TableLedger(openStorage({ connectionString }).table("asoledger"));
  }, 120_000);

  afterAll(async () => {
    await world?.stop();
  });

  it.each(moments.map((moment, index) => ({ ...moment, group: `f${index}` })))(
    "$because: everything becomes Ready, nothing is written twice",
    { timeout: 120_000 },
    async ({ prepare, come, group }) => {
      const space = await world.cluster.space(group);
      const scene = { arm: world.arm, space, group, mark: nextEntry(world.arm) };
      const manifests = scenery(group);
      prepare?.(scene);
      await space.create(...manifests);
      const deadline = Date.now() + 20_000;
      while (!(await come(scene)) && Date.now() < deadline) await sleep(3);
      expect(Date.now()).toBeLessThan(deadline);
      await world.sandbox.hosts[0]?.kill();
      world.arm.clearFaults();
      await noteOpenWrites(ledger, world, group, open);
      await world.sandbox.restartHosts();
      healed.push(await heal(world, space, manifests, 60));
    },
  );

  it("an id was written once, and twice only where the write was open when the host died", () => {
    const { putPerId, unexpectedDeletes, deletePerId, childrenLost } = world.arm.stats();
    const tooOften = Object.entries(putPerId).filter(
      ([id, count]) => count > 1 + (open.get(id) ?? 0),
    );
    expect(tooOften).toEqual([]);
    expect(Object.keys(putPerId)).toHaveLength(moments.length * scenery("x").length);
    expect({ unexpectedDeletes, deletePerId, childrenLost }).toEqual({
      unexpectedDeletes: 0,
      deletePerId: {},
      childrenLost: 0,
    });
    const twice = Object.values(putPerId).filter((count) => count > 1).length;
    console.info(
      `20 kills: ${open.size} writes open, ${twice} written twice, healed in ${healed.map((ms) => (ms / 1000).toFixed(0)).join(" ")} s`,
    );
  });

  it("nothing was poisoned", async () => {
    const { queues } = await world.fleet();
    const poisoned = Object.entries(queues).filter(([name]) => name.endsWith("-poison"));
    expect(poisoned.filter(([, length]) => length > 0)).toEqual([]);
  });
});

describe("with the settings that are shipped", () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
  }, 120_000);

  afterAll(async () => {
    await world?.stop();
  });

  it("a killed host has everything Ready within 90 seconds of its restart", {
    timeout: 150_000,
  }, async () => {
    const space = await world.cluster.space("shipped");
    const manifests = scenery("shipped");
    await space.create(...manifests);
    while ((world.arm.stats().putPerId[armId(net("shipped"))] ?? 0) === 0) await sleep(5);
    await world.sandbox.hosts[0]?.kill();
    const unseen = identity("unseen", "shipped");
    await space.create(unseen);
    await world.sandbox.restartHosts();
    const all = [...manifests, unseen];
    await Promise.all(all.map(({ kind, metadata }) => space.ready(kind, metadata.name, 90)));
    const { putPerId, maxPutsPerId } = world.arm.stats();
    expect(Object.keys(putPerId)).toHaveLength(all.length);
    expect(maxPutsPerId).toBe(1);
  });
});

/** A group, an identity that exports, a network with a subnet, an account: every shape of operation. */
function scenery(group: string): readonly ResourceManifest[] {
  return [
    resourceGroup(group),
    identity("mi", group, {
      operatorSpec: { configMaps: { principalId: { name: "ids", key: "principal" } } },
    }),
    virtualNetwork("net", group),
    subnet("subnet", "net", 0),
    storageAccount(`${group}sa`, group),
  ];
}

function nextEntry(arm: ArmHandle): number {
  return (arm.journal().at(-1)?.n ?? -1) + 1;
}

async function noteOpenWrites(
  ledger: TableLedger,
  world: World,
  namespace: string,
  open: Map<string, number>,
): Promise<void> {
  for (const { kind, metadata } of scenery(namespace)) {
    const key = { cluster: world.cluster.name, group: kinds[kind].group, kind, namespace };
    const row = await ledger.get({ ...key, name: metadata.name });
    const id = row?.memory.armId?.toLowerCase();
    if (row?.memory.inFlight === undefined || id === undefined) continue;
    open.set(id, (open.get(id) ?? 0) + 1);
  }
}

/** Waits for Ready while the sweep, which heals, runs every second instead of every fifteen. Returns the milliseconds it took. */
async function heal(
  world: World,
  space: Space,
  manifests: readonly ResourceManifest[],
  seconds: number,
): Promise<number> {
  const started = Date.now();
  let done = false;
  const sweeping = (async () => {
    while (!done) {
      await world.sandbox.hosts[0]?.trigger("sweep");
      await sleep(1_000);
    }
  })();
  try {
    for (const { kind, metadata } of manifests) await space.ready(kind, metadata.name, seconds);
  } finally {
    done = true;
    await sweeping;
  }
  return Date.now() - started;
}

/** Mulberry32: small, and good enough to scatter moments. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
