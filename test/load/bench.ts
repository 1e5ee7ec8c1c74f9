/**
 * `npm run bench -- [--groups N] [--edits N] [--json]`: figures of the whole system on this machine, on a real API server and an ARM that is
 * not ours. Figures are printed, not judged: tests assert on counts.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { buildCrd } from "../../src/crds/build-crd.ts";
import { selectNamed } from "../../src/crds/select-kinds.ts";
import {
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from "../../src/sandbox/start-sandbox.ts";
import { createSelfSigned } from "../../src/sandbox/tls/self-signed.ts";
import { appRoot } from "../e2e/world/roots.ts";
import { type ControlPlane, startControlPlane } from "../envtest/control-plane.ts";
import { freePorts } from "../envtest/free-ports.ts";
import { benchCatalog } from "./bench-catalog.ts";
import { usageOf } from "./process-usage.ts";
import { type Referee, startReferee } from "./referee.ts";
import { bundleFigures, conversionFigures, storageFigures } from "./small-figures.ts";

const { values } = parseArgs({
  options: {
    groups: { type: "string", default: "100" },
    edits: { type: "string", default: "20" },
    json: { type: "boolean", default: false },
  },
});

const kinds = [
  "ResourceGroup",
  "UserAssignedIdentity",
  "VirtualNetwork",
  "VirtualNetworksSubnet",
  "PublicIPAddress",
  "StorageAccount",
];
const resources = Number(values.groups) * 10;
const figures: Record<string, string | number> = {};

Object.assign(figures, await bundleFigures(appRoot), await conversionFigures());
Object.assign(figures, await storageFigures());
const folder = await mkdtemp(path.join(tmpdir(), "aso-functions-bench-"));
const stops: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true })];
try {
  await bench();
  Object.assign(figures, await benchCatalog());
} finally {
  for (const stop of stops.toReversed()) await stop();
}
if (values.json) console.log(JSON.stringify(figures));
else
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(58)} ${value}`);

async function bench(): Promise<void> {
  const controlPlane = await startControlPlane();
  stops.push(() => controlPlane.stop());
  await installCrds(controlPlane);
  const tls = createSelfSigned();
  const certificate = { cert: path.join(folder, "ca.pem"), key: path.join(folder, "ca.key") };
  await writeFile(certificate.cert, tls.cert);
  await writeFile(certificate.key, tls.key);
  const [port = 0, stats = 0] = await freePorts(2);
  const referee = await startReferee([port, stats], certificate);
  stops.push(() => referee.stop());
  const options = await sandboxOptions(controlPlane, referee, certificate.cert);
  await measure(options, controlPlane, referee);
}

async function measure(
  options: SandboxOptions,
  { url, token }: ControlPlane,
  referee: Referee,
): Promise<void> {
  let sandbox = await startSandbox(options);
  stops.push(() => sandbox.stop());
  figures["cold import of the bundle, ms"] = sandbox.hosts[0]?.importMs ?? 0;
  const where = ["--kube", url, "--token", token, "--stats", referee.statsUrl];
  const output = await referee.program("workload.mjs", [...where, "--groups", values.groups]);
  figures[`${resources} resources to Ready, s`] = last(/([\d.]+) s: (\d+)\/\2 ready/g, output);
  const seconds = Number(figures[`${resources} resources to Ready, s`]);
  figures["resources per second"] = (resources / seconds).toFixed(1);
  figures["apply to first PUT"] = last(/apply->first PUT ms .*: (.*)/g, output);
  const created = await referee.stats();
  figures["ARM requests per resource, create"] = (created.total / resources).toFixed(2);
  figures["most PUTs per id"] = created.maxPutsPerId;
  figures["children lost"] = created.childrenLost ?? 0;
  reportProcess(sandbox, "create");
  const edits = await referee.program("workload.mjs", [
    ...where,
    "--groups",
    values.groups,
    "--edit",
    values.edits,
  ]);
  figures["edit to PUT"] = last(/edit->PUT ms: (.*)/g, edits);
  await sleep(5_000);
  await referee.reset();
  await sandbox.stop();
  sandbox = await startSandbox(options);
  await sleep(30_000);
  figures["writes after a restart"] = writes(await referee.stats());
  await sandbox.stop();
  await measureSync(options, referee);
  sandbox = await startSandbox(options);
}

/** A sync period of a minute, watched for one: the rows of an hour's period are due at once under it. */
async function measureSync(options: SandboxOptions, referee: Referee): Promise<void> {
  const seconds = 60;
  const sandbox = await startSandbox({
    ...options,
    settings: { ...options.settings, AZURE_SYNC_PERIOD: `${seconds}s` },
  });
  await sleep(30_000);
  await referee.reset();
  await sleep(seconds * 1000);
  const stats = await referee.stats();
  figures["writes per sync period, nothing changed"] = writes(stats);
  figures["reads per resource and sync period"] = (
    (stats.byMethod["GET"] ?? 0) / resources
  ).toFixed(3);
  reportProcess(sandbox, "sync");
  await sandbox.stop();
}

function reportProcess(sandbox: Sandbox, phase: string): void {
  const [host] = sandbox.hosts;
  if (host === undefined) return;
  const { cpuSeconds, peakMiB } = usageOf(host.pid);
  figures[`function process, ${phase}: CPU s`] = cpuSeconds.toFixed(1);
  figures[`function process, ${phase}: peak MiB`] = peakMiB;
}

function writes({ byMethod }: { readonly byMethod: Readonly<Record<string, number>> }): number {
  return (byMethod["PUT"] ?? 0) + (byMethod["DELETE"] ?? 0) + (byMethod["POST"] ?? 0);
}

function last(pattern: RegExp, text: string): string {
  return [...text.matchAll(pattern)].at(-1)?.[1] ?? "not reached";
}

async function installCrds({ api }: ControlPlane): Promise<void> {
  const selection = await selectNamed({ groups: [], kinds }, "all");
  if (selection.kind === "refused") throw new Error(selection.reason);
  for (const { group, name, kind, served } of selection.kinds) {
    const body = buildCrd(group, name, kind, served, "bench");
    await api.must("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", { body });
  }
  await sleep(5_000);
}

async function sandboxOptions(
  controlPlane: ControlPlane,
  referee: Referee,
  ca: string,
): Promise<SandboxOptions> {
  return {
    root: appRoot,
    realAzure: true,
    state: path.join(folder, "state"),
    clusters: [
      {
        name: "bench",
        auth: { kind: "kubeconfig", path: await controlPlane.kubeconfig() },
        paused: false,
        scanMode: "watch",
        operatorNamespace: "aso-functions",
      },
    ],
    settings: {
      NODE_EXTRA_CA_CERTS: ca,
      AZURE_RESOURCE_MANAGER_ENDPOINT: referee.url,
      AZURE_RESOURCE_MANAGER_AUDIENCE: referee.url,
      AZURE_AUTHORITY_HOST: referee.url,
      AZURE_SUBSCRIPTION_ID: "00000000-0000-0000-0000-000000000001",
      AZURE_TENANT_ID: "00000000-0000-0000-0000-000000000002",
      AZURE_CLIENT_ID: "00000000-0000-0000-0000-000000000003",
      AZURE_CLIENT_SECRET: "bench",
    },
  };
}
