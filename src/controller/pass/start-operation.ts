import type { Operation } from "../../core/arm/lro.ts";
import { writeResumeToken } from "../../core/arm/resume-token.ts";
import { retryAfterMs } from "../../core/arm/retry-after.ts";
import { annotations } from "../../core/resource/names.ts";
import { endWithOperation } from "./end-pass.ts";
import type { Pass, PassEnd } from "./pass.ts";
import { writeMetadata } from "./write-resource.ts";

/** Stores a running operation: first on the resource, in ASO's own format, then in the row. */
export async function startOperation(
  pass: Pass,
  operation: Operation,
  retryAfter: string | undefined,
  goalHash: string | undefined,
): Promise<PassEnd> {
  const stored = writeResumeToken(operation);
  await writeMetadata(pass, () => ({
    annotations: {
      [annotations.pollerResumeId]: stored.id,
      [annotations.pollerResumeToken]: stored.token,
    },
  }));
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
