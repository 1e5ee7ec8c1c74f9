import { armUrl } from "../../core/arm/arm-id.ts";
import { beginOperation } from "../../core/arm/lro.ts";
import type { ArmFailure } from "../../core/arm/parse-error.ts";
import { inMemberOrder } from "../../core/convert/member-order.ts";
import type { PutReason } from "../../core/decide/decision.ts";
import type { JsonObject } from "../../core/json.ts";
import { annotations } from "../../core/resource/names.ts";
import type { Problem } from "../../core/resource/types.ts";
import type { RowMemory } from "../../ports/ledger.ts";
import { callArm, credentialOf } from "./call-arm.ts";
import { checkBeforePut } from "./check-state.ts";
import { endFailure } from "./end-failure.ts";
import { endForget, endProblem, endThrottled } from "./end-pass.ts";
import { forgetAccepted } from "./forget-accepted.ts";
import { modifyBody } from "./modify-body.ts";
import { noteWritten, permitWrite } from "./own-id.ts";
import { forgetFacts, type Pass, type PassEnd, type PreparedGoal } from "./pass.ts";
import { pollOperation } from "./poll-operation.ts";
import { driftText } from "./report-drift.ts";
import { startOperation } from "./start-operation.ts";
import { generationOf, recordEvent, writeMetadata, writeReconciling } from "./write-resource.ts";

/**
 * The one write of a pass (aso-semantics.md 1.6). `inFlight` is stored before, so that a worker that finds it open asks ARM instead
 * of writing again; the write starts only on a fresh renewal and is aborted when a renewal fails.
 */
export async function sendPut(pass: Pass, because: PutReason): Promise<PassEnd | undefined> {
  const { prepared, version } = pass;
  if (prepared === undefined || version === undefined) throw new Error("a PUT needs a goal");
  const permitted = await permitWrite(pass, prepared.goal.armId);
  if (permitted !== "permitted") return permitted === "lost" ? undefined : permitted;
  if (because === "drift") await announceDrift(pass);
  const there = await writeMetadata(pass, (resource) => ({
    annotations: {
      [annotations.latestReconciledGeneration]: String(generationOf(resource)),
      [annotations.originalVersion]: version.version,
      // One that stayed noted for its exports is over: it must not be taken for that of this PUT.
      [annotations.pollerResumeId]: null,
      [annotations.pollerResumeToken]: null,
    },
  }));
  if (!there) return endForget(pass);
  pass.memory = { ...pass.memory, pendingGoal: undefined, tokenHash: undefined };
  const kept = await checkBeforePut(pass);
  if (kept !== undefined) return kept;
  await writeReconciling(pass);
  const modified = await modifyBody(pass, prepared.body());
  if ("end" in modified) return modified.end;
  // Somebody deleted it or took it from us at this moment.
  if (pass.gathered.policy === undefined) return undefined;
  return put(pass, prepared, inMemberOrder(modified.body, prepared.goal.maps));
}

async function put(
  pass: Pass,
  prepared: PreparedGoal,
  body: JsonObject,
): Promise<PassEnd | undefined> {
  const generation = pass.resource === undefined ? 0 : generationOf(pass.resource);
  const inFlight = {
    epoch: pass.lease.claim.epoch,
    generation,
    goalHash: prepared.hash,
    method: "PUT" as const,
  };
  pass.memory = { ...pass.memory, inFlight, uncertain: undefined };
  await pass.lease.save(pass.memory);
  await pass.lease.ensure();
  const url = armUrl(prepared.goal.armId, prepared.goal.apiVersion);
  const answer = await callArm(
    pass,
    { method: "PUT", url, body },
    AbortSignal.any([pass.signal, pass.lease.signal]),
  );
  forgetFacts(pass, ["live", "listed"]);
  noteWritten(pass, answer);
  if (answer.kind === "throttled") return notSent(pass, endThrottled(pass, answer.until));
  if (answer.kind === "unanswered") return unanswered(pass, answer);
  const begun = beginOperation({
    method: "PUT",
    url: credentialOf(pass).cloud.endpoint + url,
    answer,
  });
  if (begun.kind === "failed" || begun.kind === "gone") {
    const failure = begun.kind === "failed" ? begun.failure : goneFailure;
    if (answer.status < 300) await forgetAccepted(pass);
    const end = await endFailure(pass, failure, answer);
    // A server error may hide that the request was taken: the next pass asks first.
    return answer.status >= 500 ? end : notSent(pass, end);
  }
  recordEvent(pass, {
    type: "Normal",
    reason: "BeginCreateOrUpdate",
    message: `Successfully sent resource to Azure with ID "${prepared.goal.armId}"`,
  });
  if (begun.kind === "done") {
    pass.progress = { kind: "putDone", goalHash: prepared.hash };
    pass.memory = accepted(pass.memory, prepared.hash);
    return undefined;
  }
  if (begun.operation.protocol !== "body" || begun.retryAfter !== undefined) {
    return startOperation(pass, begun.operation, begun.retryAfter, prepared.hash);
  }
  // The resource itself tells: the read that is needed for the status anyway is the first poll.
  pass.operation = begun.operation;
  pass.memory = { ...pass.memory, pendingGoal: prepared.hash };
  return pollOperation(pass);
}

/** ARM took the goal: if reading it back fails, it is read again and not written again. What ARM shows of it is not known yet. */
function accepted(memory: RowMemory, goalHash: string): RowMemory {
  return {
    ...memory,
    inFlight: undefined,
    goalHash,
    projectionHash: undefined,
    listHash: undefined,
  };
}

/** The request certainly changed nothing: the next pass may write without asking first. */
function notSent(pass: Pass, end: PassEnd): PassEnd {
  pass.memory = { ...pass.memory, inFlight: undefined };
  return end;
}

async function unanswered(
  pass: Pass,
  answer: { readonly message: string; readonly sent: boolean },
): Promise<PassEnd> {
  if (pass.lease.signal.aborted) await pass.lease.ensure();
  const problem: Problem = {
    reason: "UnknownError",
    severity: "Warning",
    retry: answer.sent ? "fast" : "slow",
    message: answer.sent
      ? `Azure did not answer: ${answer.message}. Whether it took the request is found out by reading the resource.`
      : answer.message,
  };
  const end = await endProblem(pass, { do: "problem", problem });
  return answer.sent ? end : notSent(pass, end);
}

async function announceDrift(pass: Pass): Promise<void> {
  const where = await driftText(pass);
  const paths = where === "" ? "" : `: ${where}`;
  recordEvent(pass, {
    type: "Normal",
    reason: "DriftCorrected",
    message: `The resource was changed in Azure${paths}. It is put back.`,
  });
}

const goneFailure: ArmFailure = {
  kind: "cloudError",
  status: 404,
  code: "NotFound",
  message: "Azure answered 404 to a PUT.",
};
