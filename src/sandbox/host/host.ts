import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import { OperatorError } from "../../core/errors.ts";
import { type AppSettings, resolveSettings } from "./app-settings.ts";
import { createCoreApi, installCoreApi, type Registry } from "./core-api.ts";
import { createExecutor } from "./executor.ts";
import { type FunctionPlan, planFunction, type QueueOutput } from "./function-plan.ts";
import { systemClock } from "./host-clock.ts";
import { parseHostJson } from "./host-json.ts";
import type { HostLine } from "./host-line.ts";
import { createHostLog } from "./host-log.ts";
import { type Listeners, startListeners } from "./listeners.ts";
import { loadApp } from "./load-app.ts";
import { createStorageQueue } from "./message-queue.ts";
import { createOutputWriter } from "./queue-outputs.ts";
import { createScheduleTable } from "./schedule-table.ts";
import type { ScheduleMonitor } from "./timer-listener.ts";

/** What a host process is started with. */
export type HostArguments = {
  /** Folder of package.json and host.json. */
  readonly root: string;
  /** Functions to run; undefined: all. The others are registered but get no trigger. */
  readonly functions: readonly string[] | undefined;
  /** 0: any free port. */
  readonly port: number;
  /** How long running calls may go on after a stop, in milliseconds. */
  readonly drainMs: number;
};

/** A host that serves its functions; `importMs` is how long loading the app took. */
export type RunningHost = {
  readonly url: string;
  readonly functions: readonly string[];
  readonly importMs: number;
  /** Takes no new work, waits for running calls, runs the `appTerminate` hooks. Returns how many calls were given up. */
  stop(): Promise<number>;
};

/**
 * Starts the app of `root` in this process, once per process. Throws OperatorError `ConfigInvalid` when host.json, a setting, a
 * binding or the bundle is wrong; nothing runs then.
 */
export async function runHost(
  args: HostArguments,
  settings: AppSettings,
  write: (line: HostLine) => void,
): Promise<RunningHost> {
  const text = await readFile(path.join(args.root, "host.json"), "utf8");
  const host = parseHostJson(text, settings, availableParallelism());
  const log = createHostLog(host.logLevels, systemClock.now, write);
  const { api, registry } = createCoreApi((level, category, message) =>
    log.entry(level, `Worker.${category}`, message),
  );
  installCoreApi(api);
  const importMs = await loadApp(args.root, registry);
  const plans = planAll(registry, settings, args.functions);

  const openQueue = (queue: QueueOutput) =>
    createStorageQueue(queue.connectionString, queue.queueName);
  let listeners: Listeners | undefined;
  const executor = createExecutor({
    registry,
    clock: systemClock,
    log,
    timeoutMs: host.functionTimeoutMs,
    writeOutputs: createOutputWriter(host.queues.messageEncoding, openQueue, (queue) =>
      listeners?.written(queue),
    ),
  });
  const started = await startListeners({
    plans,
    settings: host,
    clock: systemClock,
    log,
    executor,
    port: args.port,
    openQueue,
    monitorOf: lazyMonitors(settings, hostIdOf(args.root)),
  });
  listeners = started;
  return {
    url: started.url,
    functions: plans.map((plan) => plan.name),
    importMs,
    async stop() {
      const abandoned = await started.stop(args.drainMs);
      await registry.runHooks("appTerminate", {
        hookData: registry.appHookData,
        appHookData: registry.appHookData,
      });
      return abandoned;
    },
  };
}

/** The table client is made only when a timer needs it: apps without one need no storage. */
function lazyMonitors(settings: AppSettings, hostId: string): (name: string) => ScheduleMonitor {
  let table: ((name: string) => ScheduleMonitor) | undefined;
  return (name) => {
    const connection = resolveSettings("%AzureWebJobsStorage%", settings, name);
    table ??= createScheduleTable(connection, hostId);
    return table(name);
  };
}

function planAll(
  registry: Registry,
  settings: AppSettings,
  selected: readonly string[] | undefined,
): readonly FunctionPlan[] {
  const plans = [...registry.functions.values()].map((f) => planFunction(f, settings));
  if (selected === undefined) return plans;
  for (const name of selected) {
    if (plans.some((plan) => plan.name === name)) continue;
    const known = plans.map((plan) => plan.name).join(", ");
    throw new OperatorError("ConfigInvalid", `There is no function "${name}"; known: ${known}.`);
  }
  return plans.filter((plan) => selected.includes(plan.name));
}

/** Tells apps that share a storage account apart. */
function hostIdOf(root: string): string {
  return createHash("sha256").update(path.resolve(root)).digest("hex").slice(0, 16);
}
