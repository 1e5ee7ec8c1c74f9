import { OperatorError } from "../../core/errors.ts";
import { type AppSettings, resolveSettings } from "./app-settings.ts";
import type { RegisteredFunction } from "./core-api.ts";
import type { BindingInfo } from "./core-types.ts";
import { type CronSchedule, parseCron } from "./cron.ts";

/** The trigger of a function with its settings resolved. `binding` is the name its input goes by. */
export type Trigger =
  | {
      readonly kind: "queue";
      readonly binding: string;
      readonly queueName: string;
      readonly connectionString: string;
    }
  | {
      readonly kind: "timer";
      readonly binding: string;
      readonly schedule: CronSchedule;
      readonly runOnStartup: boolean;
      readonly useMonitor: boolean;
    }
  | {
      readonly kind: "http";
      readonly binding: string;
      readonly route: string;
      readonly methods: readonly string[];
    };

/** A queue that a function writes to. */
export type QueueOutput = { readonly queueName: string; readonly connectionString: string };

/** A function as the host runs it. */
export type FunctionPlan = {
  readonly name: string;
  readonly registered: RegisteredFunction;
  readonly trigger: Trigger;
  /** Queue outputs by binding name; `$return` is the function's result. */
  readonly queueOutputs: ReadonlyMap<string, QueueOutput>;
};

/**
 * What the host has to do for a registered function. Throws OperatorError `ConfigInvalid` naming the function when a setting is
 * missing or a binding is of a sort the local host does not know.
 */
export function planFunction(registered: RegisteredFunction, settings: AppSettings): FunctionPlan {
  const { name, bindings, retryOptions } = registered.metadata;
  if (retryOptions !== undefined) {
    throw refused(name, "has a retry policy, which the local host does not know");
  }
  const resolve = (text: unknown) => resolveSettings(String(text ?? ""), settings, name);
  let trigger: Trigger | undefined;
  const queueOutputs = new Map<string, QueueOutput>();
  for (const [binding, info] of Object.entries(bindings)) {
    if (info.direction === "in" && /trigger$/i.test(info.type)) {
      trigger = planTrigger(name, binding, info, resolve);
    } else if (info.direction === "out" && info.type === "queue") {
      queueOutputs.set(binding, queueOf(info, resolve));
    } else if (!(info.direction === "out" && info.type === "http")) {
      throw refused(
        name,
        `has a binding of type "${info.type}", which the local host does not know`,
      );
    }
  }
  if (trigger === undefined) throw refused(name, "has no trigger");
  return { name, registered, trigger, queueOutputs };
}

type Resolve = (text: unknown) => string;

function planTrigger(name: string, binding: string, info: BindingInfo, resolve: Resolve): Trigger {
  switch (info.type) {
    case "queueTrigger":
      return { kind: "queue", binding, ...queueOf(info, resolve) };
    case "timerTrigger": {
      const text = resolve(info["schedule"]);
      const schedule = parseCron(text);
      if (schedule === undefined)
        throw refused(name, `has a schedule "${text}" that is no NCRONTAB`);
      return {
        kind: "timer",
        binding,
        schedule,
        runOnStartup: info["runOnStartup"] === true,
        useMonitor: info["useMonitor"] !== false && !schedule.isSubMinute,
      };
    }
    case "httpTrigger": {
      const methods = Array.isArray(info["methods"]) ? info["methods"].map(String) : [];
      const route = resolve(info["route"] ?? name);
      return { kind: "http", binding, route, methods: methods.map((m) => m.toUpperCase()) };
    }
    default:
      throw refused(name, `has a trigger "${info.type}", which the local host does not know`);
  }
}

function queueOf(info: BindingInfo, resolve: Resolve): QueueOutput {
  const connection = String(info["connection"] ?? "") || "AzureWebJobsStorage";
  return {
    queueName: resolve(info["queueName"]).toLowerCase(),
    connectionString: resolve(`%${connection}%`),
  };
}

function refused(name: string, reason: string): OperatorError {
  return new OperatorError("ConfigInvalid", `The function "${name}" ${reason}.`);
}
