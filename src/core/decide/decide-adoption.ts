import { adoptionPlanned, readyCondition } from "../resource/conditions.ts";
import { annotations } from "../resource/names.ts";
import type { CustomResource } from "../resource/types.ts";
import type { Decision } from "./decision.ts";
import type { Facts } from "./facts.ts";
import { gather, shownLive, skippedGoal, subscriptionMismatch } from "./state.ts";

/** Whether nothing that exists in Azure may be taken over yet. A word without a meaning counts as `plan`: that writes and deletes nothing. */
function statesPlan({ metadata }: CustomResource): boolean {
  const stated = metadata.annotations?.[annotations.adopt] ?? "";
  return stated !== "" && stated !== "adopt";
}

/** Whether a row's goal is one that ARM accepted from us. */
export function isAccepted(goalHash: string | undefined): boolean {
  return goalHash !== undefined && goalHash !== skippedGoal;
}

/** Says of a resource that states `plan` that it is managed all the same: it was created, adopted, or managed before it stated so. */
export function adoptedMark(resource: CustomResource): Readonly<Record<string, string>> {
  return statesPlan(resource) ? { [annotations.adopted]: resource.metadata.uid } : {};
}

/**
 * Whether the resource only plans to adopt: it says so, and no PUT of it was ever accepted. A resource that was adopted or created
 * stays managed whatever is stated afterwards. The mark holds the uid, so that a copied manifest proves nothing.
 */
export function isOnlyPlanned({ memory }: Facts, resource: CustomResource): boolean {
  const { annotations: noted, uid } = resource.metadata;
  const isManaged =
    isAccepted(memory.acceptedGoal) ||
    memory.openGoal !== undefined ||
    noted?.[annotations.adopted] === uid;
  return statesPlan(resource) && !isManaged;
}

/**
 * A planned resource that exists in Azure is compared and left alone. Undefined: the pass goes on as ever, because nothing is
 * planned, nothing may be written anyway (policy skip), or Azure does not have the resource and it is created.
 */
export function decidePlan(facts: Facts, resource: CustomResource): Decision | undefined {
  if (facts.policy?.mayModify === false || !isOnlyPlanned(facts, resource)) return undefined;
  const { credential, goal } = facts;
  if (credential === undefined) return gather("credential");
  if (credential.kind === "problem") return undefined;
  if (goal === undefined) return gather("goal");
  if (goal.kind === "problem") return undefined;
  if (subscriptionMismatch(goal.armId, facts, "") !== undefined) return undefined;
  const live = shownLive(facts);
  if ("do" in live) return live;
  return live.kind === "found" ? { do: "plan" } : undefined;
}

/** Whether the user agreed to an adoption: by the annotation, or by taking it away from a resource that waited. */
export function isConsented(resource: CustomResource): boolean {
  return (
    resource.metadata.annotations?.[annotations.adopt] === "adopt" ||
    readyCondition(resource.status)?.reason === adoptionPlanned
  );
}
