import { sameArmId } from "../arm/arm-id.ts";
import { annotations } from "../resource/names.ts";
import type { CustomResource, Problem } from "../resource/types.ts";
import { decidePlan } from "./decide-adoption.ts";
import type { Decision } from "./decision.ts";
import type { Facts } from "./facts.ts";
import { gather, hasFinalizer, problem, subscriptionMismatch, wasTakenOver } from "./state.ts";

/** ASO's order at claim (1.4): owner, credential, every reference and input, then the id; here also who else holds that id. */
export function decideClaim(facts: Facts, resource: CustomResource): Decision {
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
  if (sameArmId(held, goal.armId)) return undefined;
  return problem(idChanged(held, goal.armId));
}

/** What is missing of the goal: the credential comes first. */
export function missingGoal({ credential, goal }: Facts): Decision | undefined {
  if (credential === undefined) return gather("credential");
  if (credential.kind === "problem") return problem(credential.problem);
  if (goal === undefined) return gather("goal");
  return goal.kind === "goal" ? undefined : { do: "problem", problem: goal.problem, on: goal.on };
}

/**
 * What never writes needs no ownership: the passive side of two clusters is in nobody's way (aso-features.md 17.2).
 * An id in another subscription than the credential's is claimed on the resource, as ASO does, but nobody is kept from it.
 */
export function missingOwnership(facts: Facts): Decision | undefined {
  const { goal, ownership } = facts;
  const armId = goal?.kind === "goal" ? goal.armId : "";
  if (subscriptionMismatch(armId, facts, otherCredential) !== undefined) return undefined;
  if (facts.policy?.mayModify === false) return undefined;
  if (ownership === undefined) return gather("ownership");
  if (ownership.kind === "other") return problem(ownership.problem);
  if (ownership.kind === "fenced") return { do: "postpone", until: ownership.until };
  return undefined;
}

/** A claimed resource that now gives another id. Asked before that id is taken from anybody: it is not this resource's. */
export function movedAway(facts: Facts, resource: CustomResource): Decision | undefined {
  const idProblem = resourceIdProblem(facts, resource);
  return idProblem === undefined ? undefined : problem(idProblem);
}

/** The annotation is written by us alone: an edited one, or a changed name or owner, stops the resource before anything is sent. */
export function resourceIdProblem(
  facts: Pick<Facts, "goal">,
  resource: CustomResource,
): Problem | undefined {
  const claimed = resource.metadata.annotations?.[annotations.resourceId] ?? "";
  const { goal } = facts;
  if (goal?.kind !== "goal") return undefined;
  if (sameArmId(claimed, goal.armId)) return undefined;
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
