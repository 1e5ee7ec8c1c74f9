import type { Decision } from "../../core/decide/decision.ts";
import { readyCondition } from "../../core/resource/conditions.ts";
import { annotations, transferHold } from "../../core/resource/names.ts";
import { parseOwner } from "../../core/resource/owner.ts";
import type { KubeEvent } from "../../ports/cluster.ts";
import { claimResource, unclaimResource } from "./claim-resource.ts";
import { endForget, endPostponed, endProblem, endRest } from "./end-pass.ts";
import { gatherFact } from "./gather.ts";
import { letGo } from "./own-id.ts";
import { noteWait, type Pass, type PassEnd, resourceOf } from "./pass.ts";
import { adoptOperation, pollOperation, waitForOperation } from "./poll-operation.ts";
import { recordLive, recordVerified } from "./record-live.ts";
import { reportMissing } from "./report-drift.ts";
import { sendDelete } from "./send-delete.ts";
import { sendPut } from "./send-put.ts";
import { showPlan } from "./show-plan.ts";
import { recordEvent, writeReconciling } from "./write-resource.ts";

/** Does one decision. Undefined: the pass goes on with the next decision. */
export async function perform(pass: Pass, decision: Decision): Promise<PassEnd | undefined> {
  switch (decision.do) {
    case "gather":
      return void (await gatherFact(pass, decision.need));
    case "forget":
      return endForget(pass);
    case "leave":
      return leave(pass, decision.operator);
    case "claim":
      return claimResource(pass);
    case "put":
      return sendPut(pass, decision.because);
    case "poll":
      return pollOperation(pass);
    case "wait":
      return waitForOperation(pass, decision.until);
    case "adoptOperation":
      return adoptOperation(pass);
    case "record":
      return recordLive(pass, decision.goalHash, decision.drifted === true);
    case "reportMissing":
      return reportMissing(pass);
    case "plan":
      return showPlan(pass);
    case "verified":
      return recordVerified(pass);
    case "postpone":
      await showFirst(pass);
      return endPostponed(pass, decision.until);
    case "letGo":
      return letGo(pass, resourceOf(pass).metadata.uid);
    case "rest":
      return endRest(pass);
    case "delete":
      return sendDelete(pass, decision.armId);
    case "unclaim":
      if (decision.wasPlanned === true) recordEvent(pass, notAdopted);
      return unclaimResource(pass);
    case "problem":
      if (decision.awaits === "ownerGone") await awaitOwnerGone(pass);
      return endProblem(pass, decision);
    default:
      return decision satisfies never;
  }
}

const notAdopted: KubeEvent = {
  type: "Normal",
  reason: "NotAdopted",
  message:
    "The adoption was only planned: the resource is let go, and nothing is deleted in Azure.",
};

/** A resource that nothing was ever said about is no riddle to `kubectl wait` and GitOps tools: work on it has begun. */
async function showFirst(pass: Pass): Promise<void> {
  const { metadata, status } = resourceOf(pass);
  if (metadata.deletionTimestamp === undefined && readyCondition(status) === undefined)
    await writeReconciling(pass);
}

/** Azure deletes some resources only with their owner: whoever lets go of the owner wakes them. An owner that is gone wakes nobody. */
async function awaitOwnerGone(pass: Pass): Promise<void> {
  const owner = parseOwner(resourceOf(pass).spec ?? {}, pass.version?.owner);
  if (owner.kind !== "resource") return;
  const ref = { ...owner.owner, namespace: pass.key.namespace };
  const found = await pass.cluster.get(ref, pass.signal);
  if (found !== undefined) noteWait(pass, owner.owner, "gone");
}

/**
 * Another operator's resource gets one event per change and is left entirely alone (aso-features.md 2.2). What the row knew of its goal
 * and operation ends here: the other operator goes on with both, and may hand the resource back.
 */
async function leave(pass: Pass, operator: string): Promise<PassEnd> {
  if (pass.claimedByEdit && operator !== transferHold) {
    recordEvent(pass, {
      type: "Warning",
      reason: "Overlap",
      message: `Operators in ${operator} and ${pass.entry.operatorNamespace} are both configured to manage this resource. It is left to ${operator}; remove the annotation ${annotations.operatorNamespace} to hand it over.`,
    });
  }
  await letGo(pass, resourceOf(pass).metadata.uid);
  const { uid, armId } = pass.memory;
  pass.memory = { uid, armId, attempts: 0, polls: 0, state: "Overlap" };
  return endRest(pass);
}
