/** `node test/load/bench-catalog.ts`: what the catalog costs: bytes in the bundle, time to load a group, time to convert a resource. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { parseAllDocuments } from "yaml";
import { loadGroup } from "../../src/catalog/index.ts";
import { collectInputs } from "../../src/core/convert/inputs.ts";
import { type KindVersion, resolveKindVersion } from "../../src/core/convert/kind-version.ts";
import { type Resolver, toArmBody } from "../../src/core/convert/to-arm.ts";
import { toStatus } from "../../src/core/convert/to-status.ts";
import type { JsonObject } from "../../src/core/json.ts";

const root = path.resolve(import.meta.dirname, "../..");
const rounds = 2_000;

/** Figures by name: compressed bytes of all groups as they are bundled, milliseconds to load a group first, to convert once. */
export async function benchCatalog(): Promise<Record<string, number>> {
  const folder = await mkdtemp(path.join(tmpdir(), "aso-functions-catalog-"));
  try {
    return { ...(await benchLoading(folder)), ...(await benchConversion()) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The bundle is a module instance of its own, so that every group is read for the first time. */
async function benchLoading(folder: string): Promise<Record<string, number>> {
  await build({
    absWorkingDir: root,
    entryPoints: { index: "src/catalog/index.ts" },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node22",
    logLevel: "error",
  });
  const files = await readdir(folder);
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file))));
  const compressed = texts.reduce((sum, text) => sum + gzipSync(text).length, 0);
  const entry = pathToFileURL(path.join(folder, "index.mjs")).href;
  const catalog = (await import(entry)) as typeof import("../../src/catalog/index.ts");
  const times: number[] = [];
  for (const group of catalog.groupNames()) {
    const started = performance.now();
    await catalog.loadGroup(group);
    times.push(performance.now() - started);
  }
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  return {
    "catalog, compressed (KB)": rounded(compressed / 1000),
    "loading a group, mean (ms)": rounded(mean),
    "loading a group, slowest (ms)": rounded(Math.max(...times)),
  };
}

async function benchConversion(): Promise<Record<string, number>> {
  const resources = await sampleResources();
  const toArm = perRun(resources.length, () => {
    for (const { spec, version } of resources) {
      collectInputs(spec, version);
      toArmBody(spec, version, "name", resolver);
    }
  });
  const bodies = resources.map(({ spec, version }) => ({
    version,
    body: toArmBody(spec, version, "name", resolver).body,
  }));
  const fromArm = perRun(resources.length, () => {
    for (const { body, version } of bodies) toStatus(body, version);
  });
  return {
    "converting a sample to its ARM body (ms)": toArm,
    "converting an ARM body to a status (ms)": fromArm,
  };
}

type Sample = { readonly spec: JsonObject; readonly version: KindVersion };

const resolver: Resolver = {
  reference: () => "/subscriptions/s/resourceGroups/g",
  secret: () => "secret",
  secretMap: () => ({ key: "secret" }),
  config: () => "value",
};

/** The custom resources of `infra/samples`. */
async function sampleResources(): Promise<Sample[]> {
  const folder = path.join(root, "infra/samples");
  const files = await readdir(folder);
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), "utf8")));
  const found: Sample[] = [];
  for (const document of texts.flatMap((text) => parseAllDocuments(text))) {
    const { apiVersion = "", kind = "", spec } = (document.toJS() ?? {}) as Partial<Manifest>;
    const [groupName = "", name = ""] = apiVersion.split("/");
    const group = await loadGroup(groupName);
    const version = group && resolveKindVersion(group, kind, name);
    if (version !== undefined && spec !== undefined) found.push({ spec, version });
  }
  return found;
}

type Manifest = { readonly apiVersion: string; readonly kind: string; readonly spec: JsonObject };

/** Milliseconds for one of `count` things that `run` does, after a first turn that compiles. */
function perRun(count: number, run: () => void): number {
  run();
  const started = performance.now();
  for (let round = 0; round < rounds; round++) run();
  return rounded((performance.now() - started) / rounds / count);
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

if (import.meta.main) {
  for (const [name, value] of Object.entries(await benchCatalog()))
    console.log(`${name.padEnd(42)} ${value}`);
}
