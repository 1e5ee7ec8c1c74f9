import type { HostLine } from "./host-line.ts";
import { createLevelFilter, type LogLevel, parseLevel } from "./log-levels.ts";

/** What the host tells, filtered by `logging.logLevel` of host.json. */
export interface HostLog {
  entry(level: string, category: string, message: string, id?: string): void;
  /** Shown at `Information` of category `Function.<name>`. */
  started(functionName: string, id: string, reason: string): void;
  /** Shown at `Information`, failures at `Error`, of category `Host.Results`. */
  ended(functionName: string, id: string, durationMs: number, error: string | undefined): void;
}

/** A log that writes the lines which `logLevels` (category prefix → level, as in host.json) lets through. `now` in milliseconds since the epoch. */
export function createHostLog(
  logLevels: Readonly<Record<string, string>>,
  now: () => number,
  write: (line: HostLine) => void,
): HostLog {
  const passes = createLevelFilter(logLevels);
  const at = () => new Date(now()).toISOString();
  return {
    entry(levelName, category, message, id) {
      const level: LogLevel = parseLevel(levelName) ?? "information";
      if (!passes(category, level)) return;
      write({ event: "log", at: at(), level, category, message, ...(id && { id }) });
    },
    started(name, id, reason) {
      if (!passes(`Function.${name}`, "information")) return;
      write({ event: "started", at: at(), function: name, id, reason });
    },
    ended(name, id, durationMs, error) {
      if (!passes("Host.Results", error === undefined ? "information" : "error")) return;
      const line = { event: "ended", at: at(), function: name, id, durationMs } as const;
      write(error === undefined ? line : { ...line, error });
    },
  };
}
