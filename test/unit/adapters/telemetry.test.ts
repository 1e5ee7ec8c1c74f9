import { type Attributes, context, metrics, TraceFlags, trace } from "@opentelemetry/api";
import { afterEach, describe, expect, it } from "vitest";
import { JsonLog } from "../../../src/adapters/telemetry/json-log.ts";
import { OtelMetrics } from "../../../src/adapters/telemetry/otel-metrics.ts";
import { startTelemetry } from "../../../src/adapters/telemetry/start-telemetry.ts";
import { Secret } from "../../../src/core/secret.ts";

afterEach(() => {
  metrics.disable();
  trace.disable();
  context.disable();
});

describe("JsonLog", () => {
  it("writes one JSON object per line, with the fields of the logger and of the call", () => {
    const lines: string[] = [];
    const log = new JsonLog((level, line) => lines.push(`${level} ${line}`), { cluster: "prod" });

    log.warn("slow", { ms: 12 });
    log.info("done");

    expect(lines).toEqual([
      'warn {"message":"slow","cluster":"prod","ms":12}',
      'info {"message":"done","cluster":"prod"}',
    ]);
  });

  it("names the running trace", () => {
    const lines: string[] = [];
    const span = trace.wrapSpanContext({
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      traceFlags: TraceFlags.SAMPLED,
    });
    const active = trace.setSpan(context.active(), span);
    context.setGlobalContextManager({
      active: () => active,
      with: (_context, run, self, ...args) => run.apply(self, args),
      bind: (_context, target) => target,
      enable: () => context["_getContextManager"](),
      disable: () => context["_getContextManager"](),
    });

    new JsonLog((_, line) => lines.push(line)).info("x");

    expect(JSON.parse(lines[0] ?? "")).toEqual({
      message: "x",
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
    });
  });

  it("shows a secret that got into a field as redacted", () => {
    const lines: string[] = [];
    const slip = { field: new Secret("s3cret") } as unknown as Record<string, string>;

    new JsonLog((_, line) => lines.push(line)).info("x", slip);

    expect(lines[0]).toBe('{"message":"x","field":"[redacted]"}');
  });
});

describe("OtelMetrics", () => {
  it("makes its instruments after telemetry was started, once per name", () => {
    const made: string[] = [];
    const seen: [string, number, Attributes | undefined][] = [];
    const instrument = (name: string) => {
      made.push(name);
      return {
        add: (value: number, labels?: Attributes) => void seen.push([name, value, labels]),
        record: (value: number, labels?: Attributes) => void seen.push([name, value, labels]),
      };
    };
    const noop = metrics.getMeter("noop");
    const counters = new OtelMetrics();
    metrics.setGlobalMeterProvider({
      getMeter: () =>
        Object.assign(Object.create(noop), {
          createCounter: instrument,
          createHistogram: instrument,
        }),
    });

    counters.count("passes", { kind: "a" });
    counters.count("passes", { kind: "b" }, 3);
    counters.observe("pass_ms", 12);

    expect(made).toEqual(["passes", "pass_ms"]);
    expect(seen).toEqual([
      ["passes", 1, { kind: "a" }],
      ["passes", 3, { kind: "b" }],
      ["pass_ms", 12, {}],
    ]);
  });
});

describe("startTelemetry", () => {
  it.each([undefined, ""])("does nothing with the connection string %o", async (connection) => {
    const telemetry = await startTelemetry(connection);

    await expect(telemetry.stop()).resolves.toBeUndefined();
    expect(trace.getTracer("x").startSpan("y").isRecording()).toBe(false);
  });
});
