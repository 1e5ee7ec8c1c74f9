import { isSpanContextValid, trace } from "@opentelemetry/api";
import type { Log, LogFields } from "../../ports/log.ts";

/** The levels of a line, least important first. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Where lines go: `context.log` of an invocation, or the terminal. */
export type LogSink = (level: LogLevel, line: string) => void;

/** One JSON object per line: message, fields, and the ids of the running trace. */
export class JsonLog implements Log {
  readonly #sink: LogSink;
  readonly #fields: LogFields;

  constructor(sink: LogSink, fields: LogFields = {}) {
    this.#sink = sink;
    this.#fields = fields;
  }

  debug(message: string, fields?: LogFields): void {
    this.#write("debug", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#write("info", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#write("warn", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#write("error", message, fields);
  }

  #write(level: LogLevel, message: string, fields: LogFields = {}): void {
    const context = trace.getActiveSpan()?.spanContext();
    const ids =
      context !== undefined && isSpanContextValid(context)
        ? { traceId: context.traceId, spanId: context.spanId }
        : {};
    this.#sink(level, JSON.stringify({ message, ...this.#fields, ...fields, ...ids }));
  }
}
