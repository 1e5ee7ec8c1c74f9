import { sameArmId } from "../arm/arm-id.ts";
import { annotations } from "../resource/names.ts";
import type { CustomResource, Problem } from "../resource/types.ts";
import { accessDenied } from "./access.ts";
import { isOnlyPlanned } from "./decide-adoption.ts";
import {
  decideClaim,
  missingGoal,
  missingOwnership,
  movedAway,
  otherCredential,
} from "./decide-claim.ts";
import { decideDelete } from "./decide-delete.ts";
import { decideGoal } from "./decide-goal.ts";
import type { Decision } from "./decision.ts";
import type { Facts } from "./facts.ts";
import {
  gather,
  hasFinalizer,
  hasPoller,
  isAskedFor,
  isReadyAtGeneration,
  isVerificationDue,
  problem,
  shownLive,
  skippedGoal,
  subscriptionMismatch,
  vanishedAfterPut,
  waitOrPoll,
} from "./state.ts";

/**
 * What to do next for one custom resource (aso-semantics.md 1.2 to 1.9, design.md sections 2 and 3). Pure: the same facts give the
 * same decision. Called again after every step until a decision ends the pass; asks for one fact at a time, so that a pass
 * costs only the requests its outcome needs.
 */
export function decide(facts: Facts): Decision {
  const { resource } = facts;
  if (resource === undefined) return { do: "forget" };
  const operator = resource.metadata.annotations?.[annotations.operatorNamespace];
  if (operator !== undefined && operator !== "" && operator !== facts.operatorNamespace)
    return { do: "leave", operator };
  if (facts.policy === undefined) return gather("policy");
  if (resource.metadata.deletionTimestamp !== undefined) return decideDelete(facts, resource);
  if ("problem" in facts.kind) return problem(facts.kind.problem);
  const denied = accessDenied(facts, resource);
  if (denied !== undefined) return problem(denied);
  if (!isClaimed(facts, resource)) return decideClaim(facts, resource);
  if (facts.policy.mayModify === false && facts.memory.isHeld === true) return { do: "letGo" };
  return decideClaimed(facts, resource);
}

/** Claimed: our finalizer, operator-namespace and resource-id are there. `kubectl replace` wipes them; then the claim is made again. */
function isClaimed(facts: Facts, resource: CustomResource): boolean {
  const { metadata } = resource;
  return (
    hasFinalizer(resource) &&
    (metadata.annotations?.[annotations.resourceId] ?? "") !== "" &&
    metadata.annotations?.[annotations.operatorNamespace] === facts.operatorNamespace
  );
}

function decideClaimed(facts: Facts, resource: CustomResource): Decision {
  const { credential } = facts;
  if (credential === undefined) return gather("credential");
  if (credential.kind === "problem") return problem(credential.problem);
  if (facts.progress.kind === "putDone") return decideAfterPut(facts, facts.progress.goalHash);
  const mayFollow = facts.policy?.mayModify !== false && !isOnlyPlanned(facts, resource);
  const runs = hasPoller(resource) && facts.memory.isOperationOver !== true;
  if (mayFollow && runs) return decideOperation(facts);
  const claimed = resource.metadata.annotations?.[annotations.resourceId] ?? "";
  const mismatch = subscriptionMismatch(claimed, facts, otherCredential);
  if (mismatch !== undefined) return problem(mismatch);
  const watchOnly = facts.policy?.mayModify === false;
  const { armId } = facts.memory;
  if (watchOnly && armId !== undefined && sameArmId(armId, claimed))
    return decideWatchOnly(facts, resource);
  const blocked = missingGoal(facts) ?? movedAway(facts, resource) ?? missingOwnership(facts);
  if (blocked !== undefined) return blocked;
  if (watchOnly) return decideWatchOnly(facts, resource);
  return decideGoal(facts, resource);
}

/** ASO's order after a finished PUT (1.9): status always comes from a GET of its own. The goal may have changed or broken meanwhile. */
function decideAfterPut(facts: Facts, goalHash: string | undefined): Decision {
  if (facts.goal === undefined) return gather("goal");
  const live = shownLive(facts);
  if ("do" in live) return live;
  if (live.kind === "notFound") return problem(vanishedAfterPut);
  return { do: "record", goalHash };
}

/** Policy `skip` (1.7): never a write; status and exports follow what is there. */
function decideWatchOnly(facts: Facts, resource: CustomResource): Decision {
  if (
    !isVerificationDue(facts) &&
    !isAskedFor(resource) &&
    isReadyAtGeneration(resource) &&
    facts.memory.acceptedGoal === skippedGoal
  )
    return { do: "rest" };
  const live = shownLive(facts);
  if ("do" in live) return live;
  if (live.kind === "notFound") return problem(absentUnderSkip);
  return { do: "record", goalHash: skippedGoal };
}

function decideOperation(facts: Facts): Decision {
  if (facts.token === undefined) return gather("token");
  if (facts.token.kind === "problem") return problem(facts.token.problem);
  if (facts.token.method !== "PUT") return problem(foreignToken);
  return waitOrPoll(facts);
}

const absentUnderSkip: Problem = {
  reason: "AzureResourceNotFound",
  severity: "Warning",
  retry: "slow",
  message:
    "The resource does not exist in Azure, and its reconcile policy does not permit creating it.",
};

const foreignToken: Problem = {
  reason: "Failed",
  severity: "Warning",
  retry: "slow",
  message: `The annotation ${annotations.pollerResumeId} does not name a create operation. Remove the annotations ${annotations.pollerResumeId} and ${annotations.pollerResumeToken}; the resource is then compared with Azure.`,
};
