import {
  type Context,
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { runCommand } from "../controller/commands/run-command.ts";
import type { Engine } from "../controller/engine.ts";
import { fleet } from "../controller/fleet.ts";
import { fleetPage } from "../controller/fleet-page.ts";
import { poison, poisonForeign } from "../controller/poison.ts";
import { reconcile } from "../controller/reconcile.ts";
import { scan } from "../controller/scan/scan.ts";
import { sweep } from "../controller/sweep.ts";
import { watch } from "../controller/watch.ts";
import { errorMessage } from "../core/errors.ts";
import { readScanMessage, readWakeMessage } from "./read-message.ts";
import type { HttpAnswer, Runtime } from "./runtime.ts";

const tracer = trace.getTracer("aso-functions");

/** The use cases behind the triggers: messages are checked, and every invocation is a span that continues the message's trace. */
export function engineRuntime(engine: Engine, close: () => Promise<void>): Runtime {
  const resourceStep: Runtime["reconcile"] = async (message, { log, functionName }) => {
    const wake = readWakeMessage(message);
    const attributes = {
      "aso.cluster": wake.cluster,
      "aso.kind": wake.kind,
      "aso.namespace": wake.namespace,
      "aso.name": wake.name,
    };
    await inSpan(functionName, wake.traceparent, attributes, (traceparent) =>
      reconcile(engine, wake, log, traceparent),
    );
  };
  return {
    close,
    watch: ({ log }) => inSpan("watch", "", {}, (traceparent) => watch(engine, log, traceparent)),
    scan: async (message, { log }) => {
      const found = readScanMessage(message);
      // A scan is a trace of its own: the chain of scans never ends.
      await inSpan("scan", "", { "aso.cluster": found.cluster }, (traceparent) =>
        scan(engine, found, log, traceparent),
      );
    },
    reconcile: resourceStep,
    operation: resourceStep,
    sweep: ({ log }) => inSpan("sweep", "", {}, (traceparent) => sweep(engine, log, traceparent)),
    poison: async (queue, message, { log }) => {
      try {
        if (queue !== "scan") return await poison(engine, readWakeMessage(message), log);
        const { cluster } = readScanMessage(message);
        log.error("a scan was poisoned; the watch timer starts it again", { cluster });
      } catch (error) {
        await poisonForeign(engine, queue, errorMessage(error), log);
      }
    },
    fleet: async (accept) => {
      const found = await fleet(engine);
      if (!accept.includes("text/html")) return jsonAnswer(200, found);
      return { status: 200, contentType: "text/html; charset=utf-8", body: fleetPage(found) };
    },
    command: async (body, { log }) => {
      const answer = await runCommand(engine, body, log);
      return answer.kind === "done"
        ? jsonAnswer(200, { result: answer.result })
        : jsonAnswer(400, { error: answer.reason });
    },
  };
}

function jsonAnswer(status: number, value: unknown): HttpAnswer {
  return {
    status,
    contentType: "application/json; charset=utf-8",
    body: `${JSON.stringify(value, undefined, 2)}\n`,
  };
}

async function inSpan(
  name: string,
  parent: string,
  attributes: Readonly<Record<string, string>>,
  work: (traceparent: string) => Promise<void>,
): Promise<void> {
  const from: Context =
    parent === ""
      ? context.active()
      : propagation.extract(context.active(), { traceparent: parent });
  await tracer.startActiveSpan(
    name,
    { kind: SpanKind.INTERNAL, attributes },
    from,
    async (span) => {
      try {
        await work(traceparentOf(parent));
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR, message: errorMessage(error) });
        throw error;
      } finally {
        span.end();
      }
    },
  );
}

/** The active trace as a W3C traceparent; without telemetry the message's own goes on. */
function traceparentOf(parent: string): string {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier["traceparent"] ?? parent;
}
