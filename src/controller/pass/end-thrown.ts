import { errorMessage, OperatorError } from "../../core/errors.ts";
import { retryDelayMs } from "../../core/resource/retry.ts";
import { priorities } from "../../ports/ledger.ts";
import { endProblem } from "./end-pass.ts";
import type { Pass, PassEnd } from "./pass.ts";

/** Errors of the cluster itself: a condition could not be written either, and the fleet page tells. */
const clusterErrors = new Set(["ClusterUnreachable", "ClusterUnauthorized", "ClusterAnswered"]);

/**
 * Something threw: a lost connection, a deadline, or a bug. The row comes back with back-off and the resource says so where it
 * can; an ARM write that was under way stays `inFlight`, so that the next pass asks ARM first.
 */
export async function endThrown(pass: Pass, error: unknown): Promise<PassEnd> {
  const { engine } = pass;
  const code = error instanceof OperatorError ? error.code : "Bug";
  pass.log.error("a pass failed", {
    code,
    error: errorMessage(error),
    kind: pass.key.kind,
    name: pass.key.name,
  });
  if (code !== "ClusterUnreachable" && pass.resource !== undefined && !pass.signal.aborted) {
    try {
      // Only messages of our own are fit to be shown: any other may quote what it could not read.
      const message =
        error instanceof OperatorError
          ? error.message
          : "The controller failed on this resource. It is tried again; its log tells more.";
      return await endProblem(pass, {
        do: "problem",
        problem: { reason: "Failed", severity: "Warning", retry: "slow", message },
      });
    } catch (second) {
      pass.log.error("the failure could not be written to the resource", {
        error: errorMessage(second),
      });
    }
  }
  const { attempts } = pass.memory;
  const delay = retryDelayMs("slow", attempts, {
    syncPeriodMs: engine.settings.syncPeriodMs,
    random01: engine.random.next(),
  });
  pass.memory = {
    ...pass.memory,
    attempts: attempts + 1,
    ...(clusterErrors.has(code) ? { state: code } : {}),
  };
  return { kind: "due", due: engine.clock.now() + delay, priority: priorities.retry };
}
