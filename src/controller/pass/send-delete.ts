import { armUrl } from "../../core/arm/arm-id.ts";
import { beginOperation } from "../../core/arm/lro.ts";
import { retryAfterMs } from "../../core/arm/retry-after.ts";
import { deleting } from "../../core/resource/conditions.ts";
import { beginDelete } from "./announce-problem.ts";
import { callArm, credentialOf } from "./call-arm.ts";
import { endFailure } from "./end-failure.ts";
import { endProblem, endThrottled, endWithOperation } from "./end-pass.ts";
import { noteWritten, permitWrite } from "./own-id.ts";
import { forgetFacts, type Pass, type PassEnd } from "./pass.ts";
import { storeOperation } from "./store-operation.ts";
import { generationOf, recordEvent, writeCondition } from "./write-resource.ts";

/** DELETE of an id that {@link decide} was told is ours (aso-semantics.md 9.5). 404 means finished. */
export async function sendDelete(pass: Pass, armId: string): Promise<PassEnd | undefined> {
  const { version } = pass;
  if (version === undefined) throw new Error("a DELETE needs an API version");
  const permitted = await permitWrite(pass, armId);
  if (permitted !== "permitted") return permitted === "lost" ? undefined : permitted;
  recordEvent(pass, beginDelete);
  await writeCondition(pass, (resource) => deleting(generationOf(resource)));
  await pass.lease.ensure();
  const url = armUrl(armId, version.apiVersion);
  const answer = await callArm(
    pass,
    { method: "DELETE", url },
    AbortSignal.any([pass.signal, pass.lease.signal]),
  );
  forgetFacts(pass, ["live", "listed", "token"]);
  noteWritten(pass, answer);
  if (answer.kind === "throttled") return endThrottled(pass, answer.until);
  if (answer.kind === "unanswered") {
    const problem = {
      reason: "UnknownError",
      severity: "Warning",
      retry: "slow",
      message: answer.message,
    } as const;
    return endProblem(pass, { do: "problem", problem });
  }
  const begun = beginOperation({
    method: "DELETE",
    url: credentialOf(pass).cloud.endpoint + url,
    answer,
  });
  if (begun.kind === "failed") return endFailure(pass, begun.failure, answer);
  if (begun.kind !== "running") {
    pass.progress = { kind: "deleteDone", isProven: true };
    return undefined;
  }
  await storeOperation(pass, begun.operation);
  pass.memory = {
    ...pass.memory,
    polls: 0,
    pendingGoal: undefined,
    inFlight: undefined,
    state: "Deleting",
  };
  return endWithOperation(pass, retryAfterMs(begun.retryAfter, pass.engine.clock.now()));
}
