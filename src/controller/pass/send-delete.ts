import { armUrl } from "../../core/arm/arm-id.ts";
import { beginOperation } from "../../core/arm/lro.ts";
import { parseArmFailure } from "../../core/arm/parse-error.ts";
import { retryAfterMs } from "../../core/arm/retry-after.ts";
import { deleting } from "../../core/resource/conditions.ts";
import type { DeleteHook } from "../../kinds/kind-extension.ts";
import { kindExtension } from "../../kinds/table.ts";
import { beginDelete } from "./announce-problem.ts";
import { callArm, credentialOf } from "./call-arm.ts";
import { endFailure } from "./end-failure.ts";
import { endProblem, endThrottled, endWithOperation } from "./end-pass.ts";
import { wayOutOfNamespace } from "./gather-credential.ts";
import { noteWritten, permitWrite } from "./own-id.ts";
import { forgetFacts, isNamespaceDeleting, type Pass, type PassEnd } from "./pass.ts";
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
  // Somebody let go of it at this moment.
  if (pass.gathered.policy === undefined) return undefined;
  const { onDelete: hook } = kindExtension(pass.key.group, pass.key.kind);
  const stopped = await runBefore(pass, hook);
  if (stopped !== undefined) return stopped;
  await pass.lease.ensure();
  const query = hook?.query === undefined ? "" : `&${hook.query}`;
  const url = `${armUrl(armId, version.apiVersion)}${query}`;
  const answer = await callArm(
    pass,
    { method: "DELETE", url },
    AbortSignal.any([pass.signal, pass.lease.signal]),
  );
  forgetFacts(pass, ["live", "listed", "token"]);
  noteWritten(pass, answer);
  if (answer.kind === "throttled") return endThrottled(pass, answer.until);
  if (answer.kind === "unanswered") return endUnanswered(pass, answer);
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

/** What has to happen in Azure before the DELETE. Not to know it is a reason to wait: the DELETE would lose it. */
async function runBefore(pass: Pass, hook: DeleteHook | undefined): Promise<PassEnd | undefined> {
  if (hook?.before === undefined) return undefined;
  if (pass.liveBody === undefined)
    return endUnanswered(pass, {
      message: "Azure does not show the resource. Nothing was deleted.",
      sent: true,
    });
  const url = hook.before(pass.liveBody);
  if (url === undefined) return undefined;
  await pass.lease.ensure();
  const answer = await callArm(pass, { method: "POST", url });
  if (answer.kind === "throttled") return endThrottled(pass, answer.until);
  if (answer.kind === "unanswered") return endUnanswered(pass, answer);
  if (answer.status < 300 || answer.status === 404) return undefined;
  return endFailure(pass, parseArmFailure(answer.status, answer.text), answer);
}

/** Without a token nothing is sent; in a namespace that is being deleted the account that it is for may be gone for good. */
async function endUnanswered(
  pass: Pass,
  { message, sent }: { readonly message: string; readonly sent: boolean },
): Promise<PassEnd> {
  const isStuck = !sent && (await isNamespaceDeleting(pass));
  const problem = {
    reason: "UnknownError",
    severity: "Warning",
    retry: "slow",
    message: isStuck ? `${message} ${wayOutOfNamespace(pass, "")}` : message,
  } as const;
  return endProblem(pass, { do: "problem", problem });
}
