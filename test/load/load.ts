/**
 * Load: `npm run test:load -- --crs 500 [--per-function] [--throttle] [--timeout SECONDS] [--json]`. Twenty kinds of dependencies per group in the
 * embedded world; ends with 1 unless all become Ready with one PUT and at most one GET after it each, no poll before its Retry-After,
 * nothing poisoned and nothing overdue. `--throttle`: ARM keeps the limits that it publishes.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Fleet } from "../../src/controller/fleet.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { CustomResource } from "../../src/core/resource/types.ts";
import type { LroRule } from "../../src/sandbox/arm/types.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/start-sandbox.ts";
import { kinds, type ResourceManifest } from "../e2e/world/kinds.ts";
import { appRoot } from "../e2e/world/roots.ts";
import { readyOf } from "../e2e/world/space.ts";
import { readsAfterPut, usedCrds } from "../e2e/world/world.ts";
import { type ApiClient, createApiClient } from "../envtest/api-client.ts";
import { groupSize, mixedGroup, passwordSecret } from "./mix.ts";
import { usageOfAll } from "./process-usage.ts";

const { values: options } = parseArgs({
  options: {
    crs: { type: "string", default: "500" },
    "per-function": { type: "boolean", default: false },
    throttle: { type: "boolean", default: false },
    timeout: { type: "string", default: "300" },
    json: { type: "boolean", default: false },
  },
});

/** One process for each, as Flex Consumption scales them; the fleet page first, because it is asked. */
const perFunction = [
  "fleet",
  "command",
  "watch",
  "sweep",
  "scan",
  "reconcile",
  "operation",
  "scan-poison",
  "reconcile-poison",
  "operation-poison",
].map((name) => [name]);

/** Shapes and durations as the types have them, Retry-After where they send it. */
const durations: readonly LroRule[] = [
  { type: "virtualNetworks$", seconds: 3 },
  { type: "subnets$", seconds: 2 },
  { type: "publicIPAddresses$", seconds: 2 },
  { type: "storageAccounts$", seconds: 4, shape: "location", retryAfter: 2 },
  { type: "flexibleServers$", seconds: 3 },
  { type: ".", seconds: 1 },
];

const namespace = "load";
const writers = 20;

type Figures = Readonly<Record<string, number | boolean>>;

const sandbox = await startSandbox({
  root: appRoot,
  durations,
  settings: {},
  ...(options["per-function"] ? { processes: perFunction } : {}),
  onLine: (line) => {
    if (line.event === "ended" && line.error !== undefined)
      console.error(`${line.function} failed: ${line.error}`);
    if (line.event === "log" && line.level === "error") console.error(line.message);
  },
});
try {
  const { figures, failures } = await run(sandbox, Math.ceil(Number(options.crs) / groupSize));
  if (options.json) console.log(JSON.stringify({ figures, failures }, undefined, 2));
  else
    for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(36)} ${value}`);
  for (const failure of failures) console.error(`FAILED: ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
} finally {
  await sandbox.stop();
}

async function run(
  world: Sandbox,
  groups: number,
): Promise<{ readonly figures: Figures; readonly failures: readonly string[] }> {
  const { arm, api } = world;
  if (arm === undefined || api === undefined) throw new Error("the embedded world is needed");
  if (options.throttle) arm.set({ throttle: true });
  for (const crd of await usedCrds()) api.apply(structuredClone(crd) as unknown as JsonObject);
  const ca = readFileSync(world.caPath, "utf8");
  const client = createApiClient({ url: api.url, ca, token: api.token });
  await client.must("POST", "/api/v1/namespaces", { body: { metadata: { name: namespace } } });
  await client.must("POST", `/api/v1/namespaces/${namespace}/secrets`, {
    body: { metadata: { name: passwordSecret }, stringData: { password: "load-Password-1" } },
  });
  const manifests = Array.from({ length: groups }, (_, number) => mixedGroup(number)).flat();
  const started = Date.now();
  await applyAll(client, manifests);
  const applied = Date.now();
  const ready = await untilReady(client, manifests.length, Number(options.timeout) * 1000);
  const readyAt = Date.now();
  const fleet = await untilAtRest(world);
  client.close();
  const pids = world.hosts.map(({ pid }) => pid);
  const figures = {
    resources: manifests.length,
    ready,
    applySeconds: (applied - started) / 1000,
    readySeconds: (readyAt - started) / 1000,
    ...armFigures(world, manifests.length),
    poisoned: Object.entries(fleet.queues)
      .filter(([name]) => name.endsWith("-poison"))
      .reduce((sum, [, length]) => sum + length, 0),
    overdue: fleet.clusters.reduce((sum, cluster) => sum + cluster.overdue, 0),
    outstanding: fleet.clusters.reduce((sum, cluster) => sum + cluster.outstanding, 0),
    processes: pids.length,
    ...usageOfAll(pids),
  };
  return { figures, failures: judge(figures) };
}

/** What ARM was asked about ids that were read too often, to find the reason. */
function tellReads(arm: NonNullable<Sandbox["arm"]>): void {
  const often = Object.entries(readsAfterPut(arm)).filter(([, reads]) => reads > 1);
  for (const [id] of often.slice(0, 3))
    for (const { t, method, kind, url, status } of arm.journal())
      if (url.toLowerCase().startsWith(`${id}?`))
        console.error(`${new Date(t).toISOString()} ${method} ${kind} ${status} ${url}`);
}

function armFigures(world: Sandbox, resources: number) {
  const stats = world.arm?.stats();
  if (stats === undefined || world.arm === undefined) throw new Error("no ARM");
  const reads = Object.values(readsAfterPut(world.arm));
  tellReads(world.arm);
  return {
    armRequests: stats.total,
    armRequestsPerResource: stats.total / resources,
    idsWritten: stats.distinctPut,
    maxPutsPerId: stats.maxPutsPerId,
    maxGetsAfterPut: Math.max(0, ...reads),
    throttled: stats.throttled,
    polls: stats.polls,
    earlyPolls: stats.earlyPolls,
    childrenLost: stats.childrenLost,
    unexpectedDeletes: Object.keys(stats.deletePerId).length,
  };
}

function judge(figures: Readonly<Record<string, number>>): readonly string[] {
  const wanted: readonly (readonly [string, number])[] = [
    ["ready", figures["resources"] ?? 0],
    ["idsWritten", figures["resources"] ?? 0],
    ["maxPutsPerId", 1],
    ["earlyPolls", 0],
    ["childrenLost", 0],
    ["unexpectedDeletes", 0],
    ["poisoned", 0],
    ["overdue", 0],
    ["outstanding", 0],
  ];
  const failures = wanted
    .filter(([name, value]) => figures[name] !== value)
    .map(([name, value]) => `${name} is ${figures[name]}, not ${value}`);
  const reads = figures["maxGetsAfterPut"] ?? 0;
  return reads > 1 ? [...failures, `maxGetsAfterPut is ${reads}, more than 1`] : failures;
}

async function applyAll(client: ApiClient, manifests: readonly ResourceManifest[]): Promise<void> {
  const rest = [...manifests];
  const write = async (): Promise<void> => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      const { group, version, plural } = kinds[next.kind];
      const path = `/apis/${group}/${version}/namespaces/${namespace}/${plural}`;
      await client.must("POST", path, { body: next });
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
}

/** Looks once a second, and says what it sees, until all are Ready or the time is over. */
async function untilReady(client: ApiClient, count: number, limitMs: number): Promise<number> {
  const started = Date.now();
  let shown = -1;
  for (;;) {
    const found = await readAll(client);
    const ready = found.filter(isReady).length;
    if (ready !== shown && !options.json)
      console.log(`${((Date.now() - started) / 1000).toFixed(0).padStart(4)} s  ${ready}/${count}`);
    shown = ready;
    if (ready === count) return ready;
    if (Date.now() - started > limitMs) {
      for (const one of found.filter((other) => !isReady(other)).slice(0, 10))
        console.error(one.kind, one.metadata.name, JSON.stringify(readyOf(one)));
      return ready;
    }
    await sleep(1_000);
  }
}

function isReady(found: CustomResource): boolean {
  return readyOf(found)?.status === "True";
}

async function readAll(client: ApiClient): Promise<readonly CustomResource[]> {
  const lists = await Promise.all(
    Object.values(kinds).map(async ({ group, version, plural }) => {
      const path = `/apis/${group}/${version}/namespaces/${namespace}/${plural}`;
      const list = (await client.must("GET", path)) as { readonly items: CustomResource[] };
      return list.items;
    }),
  );
  return lists.flat();
}

/** What is Ready may still be released: looks until nothing is in work or due, at most half a minute. */
async function untilAtRest(world: Sandbox): Promise<Fleet> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await fetch(world.fleetUrl, { headers: { accept: "application/json" } });
    const fleet = (await answer.json()) as Fleet;
    const atRest = fleet.clusters.every(
      ({ outstanding, overdue }) => outstanding === 0 && overdue === 0,
    );
    if (atRest || Date.now() > deadline) return fleet;
    await sleep(500);
  }
}
