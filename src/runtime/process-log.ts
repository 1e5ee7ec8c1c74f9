import { JsonLog } from "../adapters/telemetry/json-log.ts";
import type { Log } from "../ports/log.ts";

/** For what happens outside of any invocation's own log, in adapters that live as long as the process: warnings and errors, to the host's stderr. */
export const processLog: Log = new JsonLog((level, line) => {
  if (level === "warn" || level === "error") console.error(line);
});
