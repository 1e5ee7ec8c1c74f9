import { armUrl } from "../../core/arm/arm-id.ts";
import {
  advanceOperation,
  type Operation,
  operationFromBody,
  pollUrl,
} from "../../core/arm/lro.ts";
import { retryAfterMs } from "../../core/arm/retry-after.ts";
import { hasPoller } from "../../core/decide/state.ts";
import { annotations } from "../../core/resource/names.ts";
import { callArm, credentialOf } from "./call-arm.ts";
import { endFailure } from "./end-failure.ts";
import { endWithOperation, operationDue } from "./end-pass.ts";
import { forgetAccepted } from "./forget-accepted.ts";
import { gatherLive, judgeLive } from "./gather-live.ts";
import { forgetFacts, type Pass, type PassEnd, resourceOf } from "./pass.ts";
import { startOperation } from "./start-operation.ts";
import { storeOperation } from "./store-operation.ts";
import { recordEvent, writeMetadata } from "./write-resource.ts";

/** So many polls in a row may go unheard before the resource itself is asked. */
const mostUnheardPolls = 10;

/** One poll of a running operation (aso-semantics.md 2). A poll that fails on its way never loses the operation. */
export async function pollOperation(pass: Pass): Promise<PassEnd | undefined> {
  const { operation } = pass;
  if (operation === undefined) throw new Error("a poll needs an operation");
  const deleting = operation.method === "DELETE";
  const answer = await callArm(pass, { method: "GET", url: pollUrl(operation) });
  if (answer.kind === "throttled")
    return keepRunning(pass, operation, undefined, operationDue(pass, answer.until));
  if (answer.kind === "unanswered") return unheard(pass, operation, undefined);
  const next = advanceOperation(operation, answer);
  if (deleting && pass.memory.polls <= 1) {
    recordEvent(pass, {
      type: "Normal",
      reason: "MonitorDelete",
      message: "Continue monitoring deletion",
    });
  }
  switch (next.kind) {
    case "transient":
      return unheard(pass, operation, next.retryAfter);
    case "running":
      return keepRunning(pass, next.operation, next.retryAfter);
    case "succeeded":
      return finish(pass, operation, answer.text);
    case "failed":
      await dropOperation(pass);
      if (!deleting) await forgetAccepted(pass);
      return endFailure(pass, next.failure, answer);
    default:
      return next satisfies never;
  }
}

/**
 * A body poll has read the resource already: its answer is the read that status needs. A worker that died between storing the
 * operation and releasing its row left the goal in `inFlight`.
 */
function finish(pass: Pass, operation: Operation, text: string): undefined {
  forgetFacts(pass, ["live", "listed", "token"]);
  const live = operation.protocol === "body" ? judgeLive(pass, text) : undefined;
  if (live?.kind === "found") pass.gathered = { ...pass.gathered, live };
  const deleting = operation.method === "DELETE";
  pass.progress = deleting
    ? { kind: "deleteDone", isProven: pass.memory.tokenHash !== undefined }
    : { kind: "putDone", goalHash: pass.memory.pendingGoal ?? pass.memory.inFlight?.goalHash };
  pass.memory = { ...pass.memory, pollAt: undefined, polls: 0 };
}

/**
 * A poll told nothing. The operation stays as it is; after many of those the resource itself is asked, and what it shows decides: gone,
 * still in progress, or to be compared with the goal. Only a GET that is not answered either leaves everything as it is.
 */
async function unheard(
  pass: Pass,
  operation: Operation,
  retryAfter: string | undefined,
): Promise<PassEnd | undefined> {
  const polls = pass.memory.attempts + 1;
  const isDeleting = operation.method === "DELETE";
  const live =
    polls < mostUnheardPolls || pass.memory.armId === undefined
      ? undefined
      : await gatherLive(pass);
  const isTold = live?.kind === "notFound" || live?.kind === "found";
  if (!isTold || (isDeleting && live.kind === "found" && live.inProgress)) {
    const end = await keepRunning(pass, operation, retryAfter);
    pass.memory = { ...pass.memory, attempts: polls };
    return end;
  }
  pass.log.warn("an operation that cannot be polled is left for the resource itself", { polls });
  const pendingGoal = isDeleting ? undefined : pass.memory.pendingGoal;
  await dropOperation(pass);
  pass.memory = { ...pass.memory, attempts: 0, uncertain: !isDeleting, pendingGoal };
  forgetFacts(pass, ["live", "listed", "token"]);
  return undefined;
}

/** The operation goes on: it is stored where it was not yet, or where its URL moved. */
async function keepRunning(
  pass: Pass,
  operation: Operation,
  retryAfter: string | undefined,
  end?: PassEnd,
): Promise<PassEnd> {
  if (!hasPoller(resourceOf(pass)))
    return startOperation(pass, operation, retryAfter, pass.memory.pendingGoal);
  if (pass.operation !== undefined && pollUrl(pass.operation) !== pollUrl(operation)) {
    await storeOperation(pass, operation);
  }
  return end ?? endWithOperation(pass, retryAfterMs(retryAfter, pass.engine.clock.now()));
}

async function dropOperation(pass: Pass): Promise<void> {
  await writeMetadata(pass, () => ({
    annotations: { [annotations.pollerResumeId]: null, [annotations.pollerResumeToken]: null },
  }));
  pass.operation = undefined;
  pass.memory = {
    ...pass.memory,
    pollAt: undefined,
    polls: 0,
    pendingGoal: undefined,
    tokenHash: undefined,
  };
}

/** Ends a pass that may not poll yet; `until` in milliseconds since the epoch. */
export function waitForOperation(pass: Pass, until: number): PassEnd {
  return operationDue(pass, until);
}

/** ARM works on the resource and nobody holds a token: its own provisioningState is followed (design.md section 2, step 5). */
export async function adoptOperation(pass: Pass): Promise<PassEnd> {
  const { prepared, memory } = pass;
  const resource = resourceOf(pass);
  const armId = prepared?.goal.armId ?? memory.armId;
  const apiVersion = prepared?.goal.apiVersion;
  if (armId === undefined || apiVersion === undefined)
    throw new Error("an operation is followed by its resource's id");
  const url = credentialOf(pass).cloud.endpoint + armUrl(armId, apiVersion);
  const sent = memory.inFlight?.goalHash ?? memory.pendingGoal;
  pass.log.info("an operation that runs in Azure is followed", {
    generation: resource.metadata.generation ?? 0,
  });
  return startOperation(pass, operationFromBody(url, pass.liveBody ?? {}), undefined, sent);
}
