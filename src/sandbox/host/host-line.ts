import { isJsonObject } from "../../core/json.ts";
import type { LogLevel } from "./log-levels.ts";

/** What the host process tells its parent: one JSON object per line of stdout. Times in milliseconds. */
export type HostLine =
  /** Listening. `importMs`: loading the bundle; `startMs`: from process start until now. */
  | {
      readonly event: "ready";
      readonly pid: number;
      readonly url: string;
      readonly functions: readonly string[];
      readonly importMs: number;
      readonly startMs: number;
    }
  | {
      readonly event: "started";
      readonly at: string;
      readonly function: string;
      readonly id: string;
      readonly reason: string;
    }
  /** `error` is there when the invocation failed. */
  | {
      readonly event: "ended";
      readonly at: string;
      readonly function: string;
      readonly id: string;
      readonly durationMs: number;
      readonly error?: string;
    }
  | {
      readonly event: "log";
      readonly at: string;
      readonly level: LogLevel;
      readonly category: string;
      readonly message: string;
      readonly id?: string;
    }
  /** The host could not start. */
  | { readonly event: "failed"; readonly message: string }
  /** Drained and about to exit. `abandoned`: invocations that were still running. */
  | { readonly event: "stopped"; readonly abandoned: number }
  /** A line that is not the host's own: output of the app or of Node. */
  | { readonly event: "output"; readonly text: string };

const events = new Set(["ready", "started", "ended", "log", "failed", "stopped"]);

/** Reads one line of the host's stdout. */
export function parseHostLine(text: string): HostLine {
  if (text.startsWith('{"event":')) {
    try {
      const value: unknown = JSON.parse(text);
      if (isJsonObject(value) && events.has(String(value["event"]))) return value as HostLine;
    } catch {
      // Half a line of a killed process: shown as it is.
      return { event: "output", text };
    }
  }
  return { event: "output", text };
}
