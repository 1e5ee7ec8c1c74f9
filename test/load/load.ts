/**
 * `npm run test:load -- [--crs N] [--per-function] [--timeout SECONDS]`: applies N resources to the embedded world and fails unless all
 * become Ready with one PUT each, at most one GET after it, no poll before Retry-After, nothing poisoned and nothing overdue.
 */
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { installCrds } from "../../src/cli/start/install-crds.ts";
import type { Fleet } from "../../src/controller/fleet.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { readyCondition } from "../../src/core/resource/conditions.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/start-sandbox.ts";
import { type LoadResource, mix } from "./mix.ts";
import { processUse } from "./process-use.ts";

const { values } = parseArgs({
  options: {
    crs: { type: "string", default: "500" },
    "per-function": { type: "boolean", default: false },
    timeout: { type: "string", default: "600" },
  },
});

const functions = ["watch", "scan", "reconcile", "operation", "sweep", "fleet"];
const poison = ["scan-poison", "reconcile-poison", "operation-poison"];

const sandbox = await startSandbox({
  root: path.resolve(import.meta.dirname, "../.."),
  ...(values["per-function"]
    ? { processes: [["fleet", ...poison], ...functions.slice(0, -1).map((name) => [name])] }
    : {}),
  onLine: (line) => {
    if (line.event === "log" && line.level === "error") console.log(`app: ${line.message}`);
    if (line.event === "ended" && line.error !== undefined)
      console.log(`${line.function} failed: ${line.error}`);
  },
});
let failures: string[] = ["the run was cut off"];
try {
  failures = await load(sandbox, mix(Number(values.crs)));
} finally {
  await sandbox.stop();
}
for (const failure of failures) console.log(`FAIL ${failure}`);
console.log(failures.length === 0 ? "ok" : `${failures.length} expectations failed`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function load(world: Sandbox, resources: readonly LoadResource[]): Promise<string[]> {
  const { api, arm } = world;
  if (api === undefined || arm === undefined) throw new Error("the load needs the embedded world");
  await installCrds(api, resources);
  const started = Date.now();
  for (const resource of resources) api.apply(structuredClone(resource) as JsonObject);
  const limit = started + Number(values.timeout) * 1000;
  let ready = 0;
  while (ready < resources.length && Date.now() < limit) {
    await sleep(500);
    const now = resources.filter((resource) => isReady(world, resource)).length;
    if (now !== ready) console.log(`${seconds(started)} ${now} of ${resources.length} Ready`);
    ready = now;
  }
  const took = seconds(started);
  await sleep(1000);
  const stats = arm.stats();
  const fleet = await readFleet(world);
  report(world, resources.length, took);
  return expectations(resources.length, ready, stats, fleet);
}

function isReady({ api }: Sandbox, { apiVersion, kind, metadata }: LoadResource): boolean {
  const found = api?.get(apiVersion, kind, metadata.namespace, metadata.name);
  return readyCondition(found?.["status"] as JsonObject | undefined)?.status === "True";
}

function expectations(
  count: number,
  ready: number,
  stats: ReturnType<NonNullable<Sandbox["arm"]>["stats"]>,
  fleet: Fleet,
): string[] {
  const found: string[] = [];
  const expect = (holds: boolean, text: string): void => {
    if (!holds) found.push(text);
  };
  const gets = Object.entries(stats.getPerId).map(
    ([id, number]) => [id, number - (readsBefore(id) ? 1 : 0)] as const,
  );
  const most = Math.max(0, ...gets.map(([, number]) => number));
  const poisoned = Object.entries(fleet.queues).filter(
    ([name, length]) => name.endsWith("-poison") && length > 0,
  );
  expect(ready === count, `${ready} of ${count} are Ready`);
  expect(
    stats.maxPutsPerId === 1 && stats.distinctPut === count,
    `PUTs per id: at most ${stats.maxPutsPerId}, of ${stats.distinctPut} ids`,
  );
  expect(
    most <= 1,
    `GETs after the PUT: ${most} for ${gets
      .filter(([, number]) => number > 1)
      .map(([id]) => id)
      .slice(0, 3)
      .join(", ")}`,
  );
  expect(stats.earlyPolls === 0, `${stats.earlyPolls} polls before Retry-After`);
  expect(stats.childrenLost === 0, `${stats.childrenLost} children lost`);
  expect((stats.byMethod["DELETE"] ?? 0) === 0, "DELETEs were sent");
  expect(poisoned.length === 0, `poisoned: ${JSON.stringify(poisoned)}`);
  for (const cluster of fleet.clusters)
    expect(cluster.overdue === 0, `${cluster.overdue} overdue rows in ${cluster.name}`);
  return found;
}

/** Kinds whose body keeps children read what is there before they write. */
function readsBefore(id: string): boolean {
  return /\/(virtualnetworks|routetables|networksecuritygroups)\/[^/]+$/i.test(id);
}

function report({ arm, hosts }: Sandbox, count: number, took: string): void {
  const stats = arm?.stats();
  const requests = Object.entries(stats?.byMethod ?? {}).filter(([method]) => method !== "AUTH");
  const total = requests.reduce((sum, [, number]) => sum + number, 0);
  console.log(
    `${count} resources Ready after ${took}; ${(total / count).toFixed(2)} ARM requests each: ${requests.map(([method, number]) => `${method} ${number}`).join(", ")}`,
  );
  for (const host of hosts) {
    const { cpuSeconds, peakMiB } = processUse(host.pid);
    console.log(
      `process of ${host.functions.join(", ")}: ${cpuSeconds.toFixed(1)} CPU s, at most ${peakMiB} MiB`,
    );
  }
}

async function readFleet({ fleetUrl }: Sandbox): Promise<Fleet> {
  const answer = await fetch(fleetUrl, { headers: { accept: "application/json" } });
  return (await answer.json()) as Fleet;
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}
