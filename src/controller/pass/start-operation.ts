import type { Operation } from "../../core/arm/lro.ts";
import { retryAfterMs } from "../../core/arm/retry-after.ts";
import { endWithOperation } from "./end-pass.ts";
import type { Pass, PassEnd } from "./pass.ts";
import { storeOperation } from "./store-operation.ts";

/** Stores a running operation: first on the resource, in ASO's own format, then in the row. */
export async function startOperation(
  pass: Pass,
  operation: Operation,
  retryAfter: string | undefined,
  goalHash: string | undefined,
): Promise<PassEnd> {
  await storeOperation(pass, operation);
  pass.memory = {
    ...pass.memory,
    inFlight: undefined,
    uncertain: undefined,
    pendingGoal: goalHash,
    polls: 0,
    state: "Reconciling",
  };
  return endWithOperation(pass, retryAfterMs(retryAfter, pass.engine.clock.now()));
}
