import type { InvocationContext } from "@azure/functions";
import type { LogFields } from "../src/ports/log.ts";
import type { Invocation } from "../src/runtime/runtime.ts";

/**
 * What the runtime needs of the host's context. Each log entry is one line of JSON with `message` first, so that
 * `parse_json(message)` works on the recorded traces.
 */
export function toInvocation(context: InvocationContext): Invocation {
  const line = (message: string, fields?: LogFields) => JSON.stringify({ message, ...fields });
  return {
    id: context.invocationId,
    functionName: context.functionName,
    log: {
      debug: (message, fields) => context.debug(line(message, fields)),
      info: (message, fields) => context.info(line(message, fields)),
      warn: (message, fields) => context.warn(line(message, fields)),
      error: (message, fields) => context.error(line(message, fields)),
    },
  };
}
