import { annotations } from "../resource/names.ts";
import type { CustomResource, Problem } from "../resource/types.ts";
import { accessDenied } from "./access.ts";
import { isOnlyPlanned } from "./decide-adoption.ts";
import type { Decision } from "./decision.ts";
import type { DeleteIdFact, Facts } from "./facts.ts";
import {
  gather,
  hasFinalizer,
  hasPoller,
  problem,
  subscriptionMismatch,
  waitOrPoll,
} from "./state.ts";

/**
 * Deletion (aso-semantics.md 9). Only a deletionTimestamp together with our finalizer leads here, and DELETE goes only to an id
 * that does not rest on the annotation alone.
 */
export function decideDelete(facts: Facts, resource: CustomResource): Decision {
  if (!hasFinalizer(resource)) return { do: "rest" };
  if (facts.policy?.mayDelete === false) return { do: "unclaim" };
  if (isOnlyPlanned(facts, resource)) return { do: "unclaim", wasPlanned: true };
  return decideManaged(facts, resource);
}

function decideManaged(facts: Facts, resource: CustomResource): Decision {
  if (facts.progress.kind === "deleteDone" && facts.progress.isProven) return { do: "unclaim" };
  if ("problem" in facts.kind) return problem(facts.kind.problem);
  if (facts.deleteId === undefined) return gather("deleteId");
  if (!("armId" in facts.deleteId)) return withoutId(facts.deleteId);
  const obstacle = beforeAzure(facts, resource, facts.deleteId.armId);
  if (obstacle !== undefined) return obstacle;
  if (hasPoller(resource) && facts.progress.kind === "none") {
    const running = decideRunning(facts);
    if (running !== undefined) return running;
  }
  return decideBegin(facts, facts.deleteId);
}

function withoutId(fact: Exclude<DeleteIdFact, { readonly armId: string }>): Decision {
  if (fact.kind === "problem") return problem(fact.problem);
  return fact.kind === "fenced" ? { do: "postpone", until: fact.until } : { do: "unclaim" };
}

/** What keeps the deletion from its first request: the central policy, the credential, the subscription. */
function beforeAzure(facts: Facts, resource: CustomResource, armId: string): Decision | undefined {
  const denied = accessDenied(facts, resource);
  if (denied !== undefined) return problem(denied);
  if (facts.credential === undefined) return gather("credential");
  if (facts.credential.kind === "problem") return problem(facts.credential.problem);
  const mismatch = subscriptionMismatch(armId, facts, letGo);
  return mismatch === undefined ? undefined : problem(mismatch);
}

/**
 * A create that still runs does not hold a delete back: ARM answers 409 if it must (9.4). Only while ARM does not show the resource yet
 * the create is followed: Azure would finish it after us.
 */
function decideRunning(facts: Facts): Decision | undefined {
  if (facts.token === undefined) return gather("token");
  if (facts.token.kind === "problem") return undefined;
  if (facts.token.method === "PUT") {
    if (facts.live === undefined) return gather("live");
    if (facts.live.kind !== "notFound") return undefined;
  }
  return waitOrPoll(facts);
}

function decideBegin(
  facts: Facts,
  id: Extract<DeleteIdFact, { readonly armId: string }>,
): Decision {
  if (facts.live === undefined) return gather("live");
  if (facts.live.kind === "throttled") return { do: "postpone", until: facts.live.until };
  if (facts.live.kind === "notFound") {
    return mayLag(facts) && id.kind === "id" ? decideSend(facts, id.armId) : { do: "unclaim" };
  }
  if (id.kind === "unproven") return problem(id.problem);
  if ("noDelete" in facts.kind && facts.kind.noDelete) {
    return {
      do: "problem",
      problem: notDeletable,
      awaits: "ownerGone",
      event: { type: "Normal", reason: "NotPossibleInAzure" },
    };
  }
  return decideSend(facts, id.armId);
}

/** Whether Azure may have what a read does not show yet: a PUT that may have arrived, or a creation that has just ended. */
function mayLag({ memory, progress }: Facts): boolean {
  return progress.kind === "none" ? memory.uncertain : progress.kind === "putDone";
}

/** Asked last: only what would be sent counts against the limits of the cluster's deletions. */
function decideSend({ admission }: Facts, armId: string): Decision {
  if (admission === undefined) return gather("admission");
  return admission.kind === "paused" ? problem(admission.problem) : { do: "delete", armId };
}

const letGo = `Restore the credential, or set ${annotations.reconcilePolicy}: detach-on-delete to let go of the resource without deleting it in Azure.`;

const notDeletable: Problem = {
  reason: "DeletionNotSupportedInAzure",
  severity: "Warning",
  retry: "verySlow",
  message: `Resource does not support deletion in Azure; set annotation '${annotations.reconcilePolicy}: detach-on-delete' to permit deletion in Kubernetes`,
};
