import path from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { environment } from "../../config/environment.ts";
import { systemClock } from "../../runtime/system.ts";
import { type Sandbox, startSandbox } from "../../sandbox/start-sandbox.ts";
import { installCrds } from "./install-crds.ts";
import { KubeObjects } from "./kube-objects.ts";
import { type Manifest, readManifests } from "./manifests.ts";
import {
  addKubeconfig,
  clusterEntries,
  type KubeconfigOption,
  type StartOptions,
  withContexts,
} from "./options.ts";
import { Progress } from "./progress.ts";
import { type Settling, untilSettled } from "./until-settled.ts";

/** Folder with package.json, host.json and the samples: the checkout, or the installed package. */
const root = path.resolve(
  import.meta.dirname,
  import.meta.url.endsWith(".ts") ? "../../.." : "../..",
);

/** Registers `start`: the whole controller on this machine, to try it and to test manifests. */
export function registerStart(program: Command): void {
  program
    .command("start")
    .description(
      "run the controller here: function app, storage emulator, and an embedded ARM and API server",
    )
    .option("--once", "exit 0 when all samples are Ready, else 1 with the reasons", false)
    .option("--samples <path>", "manifests to apply", path.join(root, "infra/samples"))
    .option("--no-samples", "apply nothing")
    .option(
      "--kubeconfig <file>",
      "manage this cluster instead of the embedded one (repeatable)",
      addKubeconfig,
      [],
    )
    .option("--context <name>", "context of the --kubeconfig before it")
    .option(
      "--azure",
      "use the AZURE_* settings and real endpoints instead of the embedded ARM",
      false,
    )
    .option("--port <number>", "port of the fleet page", port, 0)
    .option("--state <folder>", "keep objects, ARM resources, queues and tables between runs")
    .action(async (options: StartOptions) => {
      process.exitCode = await start({
        ...options,
        kubeconfig: withContexts(process.argv.slice(2)),
      });
    });
}

async function start(options: StartOptions): Promise<number> {
  const interrupted = interruptSignal();
  const since = systemClock.now();
  const progress = new Progress(
    (line) => console.log(line),
    () => systemClock.now(),
  );
  const clusters = options.kubeconfig.length === 0 ? undefined : clusterEntries(options.kubeconfig);
  const manifests = options.samples === false ? [] : await readManifests(options.samples);
  progress.line("starting the storage emulator, ARM, API server and function app");
  const sandbox = await startSandbox({
    root,
    realAzure: options.azure,
    port: options.port,
    settings: passedSettings(),
    ...(options.state === undefined ? {} : { state: options.state }),
    ...(clusters === undefined ? {} : { clusters }),
    onLine: (line) => {
      if (line.event === "log" && (line.level === "error" || line.level === "warning"))
        progress.line(`  app ${line.message}`);
      if (line.event === "output") progress.line(`  app ${line.text}`);
      if (line.event === "ended" && line.error !== undefined)
        progress.line(`  app ${line.function} failed: ${line.error}`);
    },
  });
  try {
    return await run(options, sandbox, manifests, progress, { interrupted, since });
  } finally {
    progress.line("stopping");
    await sandbox.stop();
  }
}

async function run(
  options: StartOptions,
  sandbox: Sandbox,
  manifests: readonly Manifest[],
  progress: Progress,
  limits: Pick<Settling, "interrupted" | "since">,
): Promise<number> {
  const kubeconfig: KubeconfigOption = options.kubeconfig[0] ?? {
    path: sandbox.kubeconfigPath ?? "",
  };
  const objects = new KubeObjects(kubeconfig.path, kubeconfig.context);
  await prepareCluster(sandbox, manifests, progress);
  await objects.apply(manifests);
  progress.line(`kubeconfig  ${kubeconfig.path}`);
  progress.line(`fleet page  ${sandbox.fleetUrl}`);
  if (sandbox.arm !== undefined)
    progress.line(`ARM         ${sandbox.arm.url} (inspect: ${sandbox.arm.controlUrl})`);
  const settled = await untilSettled({
    sandbox,
    objects,
    manifests,
    progress,
    ...limits,
    once: options.once,
  });
  if (sandbox.arm !== undefined)
    progress.line(`ARM requests: ${counts(sandbox.arm.stats().byMethod)}`);
  for (const one of settled.unready)
    progress.line(`not Ready: ${one.name} ${one.state} ${one.message}`);
  return settled.unready.length === 0 || !options.once ? 0 : 1;
}

async function prepareCluster(
  { api }: Sandbox,
  manifests: readonly Manifest[],
  progress: Progress,
): Promise<void> {
  if (api === undefined) {
    progress.line(
      "CRDs are yours to install: npx aso-functions crds --for FILE | kubectl apply --server-side -f -",
    );
    return;
  }
  await installCrds(api, manifests);
  progress.line(`the embedded API server does not evaluate: ${api.notEvaluated}`);
}

function counts(byMethod: Readonly<Record<string, number>>): string {
  const methods = ["PUT", "DELETE", "POST", "GET", "LIST", "HEAD", "POLL"];
  return methods.map((method) => `${method} ${byMethod[method] ?? 0}`).join(", ");
}

/** Settings of the user's environment that the sandbox must not hide. */
function passedSettings(): Record<string, string> {
  const names = ["AZURE_SYNC_PERIOD", "DEFAULT_RECONCILE_POLICY"];
  const found = environment();
  return Object.fromEntries(
    names.flatMap((name) => (found[name] === undefined ? [] : [[name, found[name]]])),
  );
}

/** Ctrl-C and SIGTERM end the run in order; a second one ends it at once. */
function interruptSignal(): AbortSignal {
  const abort = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (abort.signal.aborted) process.exit(130);
      abort.abort();
    });
  }
  return abort.signal;
}

function port(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value < 65_536) return value;
  throw new InvalidArgumentError("a port is a number from 0 to 65535");
}
