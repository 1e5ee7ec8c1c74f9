import { annotations } from "../resource/names.ts";
import type { CustomResource, Problem } from "../resource/types.ts";
import { accessDenied } from "./access.ts";
import { decidePlan, isOnlyPlanned } from "./decide-adoption.ts";
import { decideDelete } from "./decide-delete.ts";
import { decideGoal } from "./decide-goal.ts";
import type { Decision, Facts } from "./facts.ts";
import {
  gather,
  hasFinalizer,
  hasPoller,
  isAskedFor,
  isReadyAtGeneration,
  isVerificationDue,
  problem,
  skippedGoal,
  subscriptionMismatch,
  vanishedAfterPut,
  wasTakenOver,
  withoutLive,
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

/** ASO's order at claim (1.4): owner, credential, every reference and input, then the id; here also who else holds that id. */
function decideClaim(facts: Facts, resource: CustomResource): Decision {
  if (facts.owner === undefined) return gather("owner");
  const { owner } = facts;
  if (owner.kind === "problem") return problem(owner.problem);
  // Before anything marks the resource as ours, and whether or not its owner is: a whole tree can be planned at once.
  const planned = decidePlan(facts, resource);
  if (planned !== undefined) return planned;
  const claimedBefore = facts.memory.armId !== undefined;
  if (owner.kind === "waiting" && !claimedBefore)
    return { do: "problem", problem: owner.problem, on: owner.on };
  return (
    missingGoal(facts) ?? renamed(facts, resource) ?? missingOwnership(facts) ?? { do: "claim" }
  );
}

/**
 * A claim that somebody took away, or that another operator made, is made again for the same ARM id only: another name or subscription
 * would leave the first resource behind.
 */
function renamed(facts: Facts, resource: CustomResource): Decision | undefined {
  const { memory, goal } = facts;
  const isAnothers = hasFinalizer(resource) || wasTakenOver(facts, resource);
  const noted = isAnothers ? (resource.metadata.annotations?.[annotations.resourceId] ?? "") : "";
  const held = noted === "" ? memory.armId : noted;
  if (held === undefined || goal?.kind !== "goal") return undefined;
  if (held.toLowerCase() === goal.armId.toLowerCase()) return undefined;
  return problem(idChanged(held, goal.armId));
}

function missingGoal({ credential, goal }: Facts): Decision | undefined {
  if (credential === undefined) return gather("credential");
  if (credential.kind === "problem") return problem(credential.problem);
  if (goal === undefined) return gather("goal");
  return goal.kind === "goal" ? undefined : { do: "problem", problem: goal.problem, on: goal.on };
}

/**
 * What never writes needs no ownership: the passive side of two clusters is in nobody's way (aso-features.md 17.2).
 * An id in another subscription than the credential's is claimed on the resource, as ASO does, but nobody is kept from it.
 */
function missingOwnership(facts: Facts): Decision | undefined {
  const { goal, ownership } = facts;
  const armId = goal?.kind === "goal" ? goal.armId : "";
  if (subscriptionMismatch(armId, facts, otherCredential) !== undefined) return undefined;
  if (facts.policy?.mayModify === false) return undefined;
  if (ownership === undefined) return gather("ownership");
  if (ownership.kind === "other") return problem(ownership.problem);
  if (ownership.kind === "fenced") return { do: "postpone", until: ownership.until };
  return undefined;
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
  if (watchOnly && facts.memory.armId?.toLowerCase() === claimed.toLowerCase())
    return decideWatchOnly(facts, resource);
  const blocked = missingGoal(facts) ?? moved(facts, resource) ?? missingOwnership(facts);
  if (blocked !== undefined) return blocked;
  if (watchOnly) return decideWatchOnly(facts, resource);
  return decideGoal(facts, resource);
}

/** Before the new id is taken from anybody: it is not this resource's. */
function moved(facts: Facts, resource: CustomResource): Decision | undefined {
  const idProblem = resourceIdProblem(facts, resource);
  return idProblem === undefined ? undefined : problem(idProblem);
}

/** ASO's order after a finished PUT (1.9): status always comes from a GET of its own. The goal may have changed or broken meanwhile. */
function decideAfterPut(facts: Facts, goalHash: string | undefined): Decision {
  if (facts.goal === undefined) return gather("goal");
  const { live } = facts;
  if (live === undefined) return gather("live");
  if (live.kind === "problem" || live.kind === "throttled") return withoutLive(live);
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
  const { live } = facts;
  if (live === undefined) return gather("live");
  if (live.kind === "problem" || live.kind === "throttled") return withoutLive(live);
  if (live.kind === "notFound") return problem(absentUnderSkip);
  return { do: "record", goalHash: skippedGoal };
}

function decideOperation(facts: Facts): Decision {
  if (facts.token === undefined) return gather("token");
  if (facts.token.kind === "problem") return problem(facts.token.problem);
  if (facts.token.method !== "PUT") return problem(foreignToken);
  const { pollAt } = facts.memory;
  return pollAt !== undefined && pollAt > facts.now
    ? { do: "wait", until: pollAt }
    : { do: "poll" };
}

/** The annotation is written by us alone: an edited one, or a changed name or owner, stops the resource before anything is sent. */
export function resourceIdProblem(
  facts: Pick<Facts, "goal">,
  resource: CustomResource,
): Problem | undefined {
  const claimed = resource.metadata.annotations?.[annotations.resourceId] ?? "";
  const { goal } = facts;
  if (goal?.kind !== "goal") return undefined;
  if (claimed.toLowerCase() === goal.armId.toLowerCase()) return undefined;
  return idChanged(claimed, goal.armId);
}

function idChanged(claimed: string, wanted: string): Problem {
  return {
    reason: "Failed",
    severity: "Error",
    retry: "slow",
    message: `The resource was claimed as "${claimed}", but its name, owner and credential give "${wanted}". Nothing was sent. Restore azureName, owner, credential or the annotation ${annotations.resourceId}; a resource cannot be renamed or moved after it was claimed.`,
  };
}

/** The way out of a subscription mismatch for a resource that is not being deleted. */
export const otherCredential =
  "Nothing was sent. Use a credential for that subscription, or delete and create the resource again (with reconcile-policy skip to keep it in Azure).";

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
