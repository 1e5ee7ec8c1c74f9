import { randomBytes, randomUUID } from "node:crypto";
import { errorMessage } from "../../core/errors.ts";
import type { Registry } from "./core-api.ts";
import type { CoreInvocationContext, InvocationResponse, RpcData } from "./core-types.ts";
import type { FunctionPlan } from "./function-plan.ts";
import type { HostClock } from "./host-clock.ts";
import type { HostLog } from "./host-log.ts";
import { invoke } from "./invoke.ts";

/** One call of a function. */
export type Call = {
  readonly plan: FunctionPlan;
  readonly input: RpcData;
  readonly metadata?: Readonly<Record<string, RpcData>>;
  /** For the log: why the function runs. */
  readonly reason: string;
};

/** How a call ended. */
export type CallOutcome =
  | { readonly kind: "succeeded"; readonly response: InvocationResponse }
  | { readonly kind: "failed"; readonly message: string };

/** Runs functions: one call, its time limit, its outputs, its log. */
export interface Executor {
  /** Never rejects. `succeeded` means that the outputs are written, too. */
  execute(call: Call): Promise<CallOutcome>;
  /** Calls in progress. */
  running(): number;
  /** Resolves when none is in progress. */
  idle(): Promise<void>;
}

/** What the executor is constructed with. */
export type ExecutorOptions = {
  readonly registry: Registry;
  readonly clock: HostClock;
  readonly log: HostLog;
  /** undefined: no limit. */
  readonly timeoutMs: number | undefined;
  /** Writes the queue outputs of a call that succeeded. */
  readonly writeOutputs: (plan: FunctionPlan, response: InvocationResponse) => Promise<void>;
};

/**
 * Runs functions as the platform does, with one difference: after `timeoutMs` a call is given up and its outputs are dropped, but the
 * process lives on, where the platform restarts the worker and with it every other call.
 */
export function createExecutor(options: ExecutorOptions): Executor {
  const { registry, clock, log } = options;
  const running = new Set<Promise<unknown>>();

  const attempt = async (id: string, call: Call): Promise<CallOutcome> => {
    const context = coreContext(id, call, registry, log);
    const invocation = invoke(registry, context, call.plan.registered.callback);
    try {
      const response = await withLimit(invocation, options, call.plan.name);
      await options.writeOutputs(call.plan, response);
      return { kind: "succeeded", response };
    } catch (error) {
      return { kind: "failed", message: errorMessage(error) };
    }
  };

  const execute = async (call: Call): Promise<CallOutcome> => {
    const id = randomUUID();
    const started = clock.now();
    log.started(call.plan.name, id, call.reason);
    const outcome = await attempt(id, call);
    const error = outcome.kind === "failed" ? outcome.message : undefined;
    log.ended(call.plan.name, id, clock.now() - started, error);
    return outcome;
  };

  return {
    execute(call) {
      const work = execute(call).finally(() => running.delete(work));
      running.add(work);
      return work;
    },
    running: () => running.size,
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

async function withLimit(
  invocation: Promise<InvocationResponse>,
  { timeoutMs, clock }: ExecutorOptions,
  name: string,
): Promise<InvocationResponse> {
  if (timeoutMs === undefined) return await invocation;
  const done = new AbortController();
  const limit = clock.wait(timeoutMs, done.signal).then(() => {
    if (done.signal.aborted) return undefined;
    throw new Error(
      `Timeout value of ${timeoutMs} ms exceeded by function '${name}'. The call is abandoned; in Azure the worker process would be restarted.`,
    );
  });
  try {
    const first = await Promise.race([invocation, limit]);
    return first ?? (await invocation);
  } finally {
    done.abort();
    // The loser of the race may still reject; whatever it says comes too late to count.
    void limit.catch(() => undefined);
    void invocation.catch(() => undefined);
  }
}

function coreContext(
  id: string,
  { plan, input, metadata }: Call,
  registry: Registry,
  log: HostLog,
): CoreInvocationContext {
  return {
    invocationId: id,
    metadata: plan.registered.metadata,
    request: {
      inputData: [{ name: plan.trigger.binding, data: input }],
      triggerMetadata: metadata ?? {},
      traceContext: { traceParent: newTraceParent(), traceState: "" },
    },
    log(level, category, message) {
      const entry = { hookData: {}, appHookData: registry.appHookData, level, category, message };
      registry.runLogHooks(entry);
      log.entry(entry.level, functionCategory(plan.name, category), entry.message, id);
    },
  };
}

/** The host's category of what a function logs. */
function functionCategory(name: string, category: string): string {
  return category === "user" ? `Function.${name}.User` : `Function.${name}`;
}

/** A sampled W3C trace context, as the host starts one per call. */
function newTraceParent(): string {
  return `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-01`;
}
