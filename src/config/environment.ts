import type { Environment } from "./config.ts";

/** The environment of the process. No other module reads it. */
export function environment(): Environment {
  return process.env;
}
