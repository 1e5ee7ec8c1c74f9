import type { RpcHttp } from "./core-types.ts";
import type { CallOutcome, Executor } from "./executor.ts";
import type { FunctionPlan, QueueOutput, Trigger } from "./function-plan.ts";
import type { HostClock } from "./host-clock.ts";
import type { HostSettings } from "./host-json.ts";
import type { HostLog } from "./host-log.ts";
import { type HttpFunction, startHttpServer } from "./http-server.ts";
import type { LogLevel } from "./log-levels.ts";
import type { MessageQueue } from "./message-queue.ts";
import { queueMetadata } from "./message-text.ts";
import { type QueueListener, startQueueListener } from "./queue-listener.ts";
import { type ScheduleMonitor, startTimerListener, timerInput } from "./timer-listener.ts";

/** What the triggers of a host are started with. */
export type ListenersOptions = {
  readonly plans: readonly FunctionPlan[];
  readonly settings: HostSettings;
  readonly clock: HostClock;
  readonly log: HostLog;
  readonly executor: Executor;
  /** 0: any free port. */
  readonly port: number;
  readonly openQueue: (queue: QueueOutput) => MessageQueue;
  readonly monitorOf: (functionName: string) => ScheduleMonitor;
};

/** The running triggers of a host. */
export interface Listeners {
  readonly url: string;
  /** An output binding has written to this queue: its listener looks at once. */
  written(queue: QueueOutput): void;
  /** Takes no new work and waits for what runs, at most `drainMs`. Returns how many calls were still running then. */
  stop(drainMs: number): Promise<number>;
}

type TriggerOf<K extends Trigger["kind"]> = Extract<Trigger, { readonly kind: K }>;

/** Connects every planned function with its trigger. Rejects when the http port is taken; nothing runs then. */
export async function startListeners(options: ListenersOptions): Promise<Listeners> {
  const { plans, executor, clock } = options;
  const http = plans.flatMap((plan) =>
    plan.trigger.kind === "http" ? [httpFunction(plan, plan.trigger, executor)] : [],
  );
  const server = await startHttpServer({
    port: options.port,
    routePrefix: options.settings.routePrefix,
    functions: http,
    runManually: (name, input) => runManually(plans, name, input, executor),
  });
  const queues = new Map<string, QueueListener>();
  const timers: { stop(): void }[] = [];
  for (const plan of plans) {
    const { trigger } = plan;
    if (trigger.kind === "queue")
      queues.set(queueKey(trigger), queueListener(plan, trigger, options));
    if (trigger.kind === "timer") timers.push(timerListener(plan, trigger, options));
  }
  return {
    url: server.url,
    written: (queue) => queues.get(queueKey(queue))?.wake(),
    async stop(drainMs) {
      for (const timer of timers) timer.stop();
      const idle = [...queues.values()].map(async (queue) => {
        await queue.stop();
        await queue.idle();
      });
      const limit = new AbortController();
      const done = Promise.all([...idle, executor.idle()]);
      await Promise.race([done, clock.wait(drainMs, limit.signal)]);
      limit.abort();
      await server.stop();
      return executor.running();
    },
  };
}

function queueKey({ connectionString, queueName }: QueueOutput): string {
  return `${connectionString}\n${queueName}`;
}

function functionLog(plan: FunctionPlan, log: HostLog) {
  return (level: LogLevel, message: string) => log.entry(level, `Function.${plan.name}`, message);
}

function queueListener(
  plan: FunctionPlan,
  trigger: TriggerOf<"queue">,
  { settings, clock, log, executor, openQueue }: ListenersOptions,
): QueueListener {
  const poisonName = `${trigger.queueName}-poison`;
  const isPoison = trigger.queueName.endsWith("-poison");
  return startQueueListener({
    queue: openQueue(trigger),
    poison: isPoison ? undefined : openQueue({ ...trigger, queueName: poisonName }),
    settings: settings.queues,
    clock,
    random: Math.random,
    log: functionLog(plan, log),
    execute: async (message, body) => {
      const reason = `New queue message detected on '${trigger.queueName}'.`;
      const metadata = queueMetadata(message, body);
      const outcome = await executor.execute({ plan, input: { string: body }, metadata, reason });
      return outcome.kind === "succeeded";
    },
  });
}

function timerListener(
  plan: FunctionPlan,
  trigger: TriggerOf<"timer">,
  { clock, log, executor, monitorOf }: ListenersOptions,
) {
  return startTimerListener({
    schedule: trigger.schedule,
    monitor: trigger.useMonitor ? monitorOf(plan.name) : undefined,
    runOnStartup: trigger.runOnStartup,
    clock,
    log: functionLog(plan, log),
    execute: async (run) => {
      const reason = run.isPastDue ? "Timer is past due." : "Timer fired.";
      await executor.execute({ plan, input: { json: timerInput(run) }, reason });
    },
  });
}

function httpFunction(
  plan: FunctionPlan,
  trigger: TriggerOf<"http">,
  executor: Executor,
): HttpFunction {
  return {
    route: trigger.route,
    methods: trigger.methods,
    call: async (request) => {
      const reason = "This function was called via HTTP.";
      return httpAnswer(await executor.execute({ plan, input: { http: request }, reason }));
    },
  };
}

function httpAnswer(outcome: CallOutcome): RpcHttp | undefined {
  if (outcome.kind === "failed") return undefined;
  return outcome.response.returnValue?.http ?? { statusCode: "204" };
}

/** Runs a timer now, or gives a queue function a message that no queue holds. False when there is no such function. */
function runManually(
  plans: readonly FunctionPlan[],
  name: string,
  input: string,
  executor: Executor,
): boolean {
  const plan = plans.find((candidate) => candidate.name === name);
  if (plan === undefined || plan.trigger.kind === "http") return false;
  const data =
    plan.trigger.kind === "timer"
      ? { json: timerInput({ isPastDue: false, status: undefined }) }
      : { string: input };
  void executor.execute({ plan, input: data, reason: "This function was called by the host API." });
  return true;
}
