import { mkdir, readdir, stat } from "node:fs/promises";
import path from "node:path";
import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import { openStorage } from "../../src/adapters/storage/storage-account.ts";
import { TableLedger } from "../../src/adapters/storage/table-ledger.ts";
import { loadGroup } from "../../src/catalog/index.ts";
import { resolveKindVersion } from "../../src/core/convert/kind-version.ts";
import { type Resolver, toArmBody } from "../../src/core/convert/to-arm.ts";
import { type Goal, goalHash } from "../../src/core/diff/goal.ts";
import type { ResourceKey } from "../../src/core/resource/types.ts";
import { startAzurite } from "../../src/sandbox/azurite.ts";
import { kinds, type ResourceManifest } from "../e2e/world/kinds.ts";
import { mixedGroup } from "./mix.ts";

/** Figures by what they are, ready to print. */
export type Figures = Readonly<Record<string, string | number>>;

/** Size of the function app: what a cold start parses, and everything with the chunks that are loaded when they are needed. */
export async function bundleFigures(appRoot: string): Promise<Figures> {
  const folder = path.join(appRoot, "dist", "functions");
  await mkdir(folder, { recursive: true });
  let all = 0;
  for (const name of await readdir(folder)) {
    if (name.endsWith(".mjs")) all += (await stat(path.join(folder, name))).size;
  }
  const main = (await stat(path.join(folder, "index.mjs"))).size;
  return { "bundle, main file, KiB": kib(main), "bundle with lazy chunks, KiB": kib(all) };
}

function kib(bytes: number): number {
  return Math.round(bytes / 1024);
}

/** Microseconds to convert one resource of the mix into its PUT body, and to hash it. */
export async function conversionFigures(): Promise<Figures> {
  const group = mixedGroup(0).filter(({ kind }) => kind !== "RoleAssignment");
  const prepared = await Promise.all(group.map(prepare));
  const rounds = 500;
  for (let round = 0; round < rounds / 5; round++) for (const convert of prepared) convert();
  const started = performance.now();
  for (let round = 0; round < rounds; round++) for (const convert of prepared) convert();
  const each = ((performance.now() - started) * 1000) / (rounds * prepared.length);
  return { "conversion and goal hash, µs per resource": each.toFixed(1) };
}

const resolve: Resolver = {
  reference: () => "/subscriptions/s/resourceGroups/g",
  secret: () => "secret",
  secretMap: () => ({}),
  config: () => "value",
};

async function prepare({ kind, metadata, ...rest }: ResourceManifest): Promise<() => string> {
  const { group, version } = kinds[kind];
  const catalog = await loadGroup(group);
  const known = catalog === undefined ? undefined : resolveKindVersion(catalog, kind, version);
  if (known === undefined) throw new Error(`${kind} is not in the catalog`);
  const spec = rest["spec"] as Parameters<typeof toArmBody>[0];
  return () => {
    const { body, maps } = toArmBody(spec, known, metadata.name, resolve);
    const goal: Goal = { armId: metadata.name, apiVersion: known.apiVersion, body, maps };
    return goalHash(goal);
  };
}

/** Table transactions of a pass that finds nothing changed: from the claim to the release. */
export async function storageFigures(): Promise<Figures> {
  const azurite = await startAzurite();
  try {
    let requests = 0;
    const counter: PipelinePolicy = {
      name: "countRequests",
      sendRequest(request, next) {
        requests += 1;
        return next(request);
      },
    };
    const { connectionString } = azurite;
    const account = openStorage({ connectionString }, { tablePolicies: [counter] });
    const ledger = new TableLedger(account.table("asoledger"));
    const key: ResourceKey = {
      cluster: "bench",
      group: "g",
      kind: "k",
      namespace: "n",
      name: "one",
    };
    const now = Date.now();
    await ledger.observe("bench", [{ key, seen: { uid: "u", fingerprint: "f" } }], 0, now);
    const [wake] = await ledger.dispatch("bench", 1, now, 45_000);
    if (wake === undefined) throw new Error("nothing was dispatched");
    requests = 0;
    const claimed = await ledger.claim(key, wake.wake, now, 30_000);
    if (claimed.kind !== "claimed") throw new Error(`the claim is ${claimed.kind}`);
    const { memory, links } = claimed.claim.row;
    await ledger.release(claimed.claim, { memory, due: now + 3_600_000, priority: 4, links }, now);
    return { "storage transactions of a pass without a change": requests };
  } finally {
    await azurite.stop();
  }
}
