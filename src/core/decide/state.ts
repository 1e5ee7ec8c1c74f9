import { annotations, finalizer } from "../resource/names.ts";
import type { CustomResource, Problem } from "../resource/types.ts";
import type { Decision, Facts, Need } from "./facts.ts";

/** Marks a resource whose last pass was not allowed to write: leaving `skip` always sends a PUT (aso-features.md 3.2). */
export const skippedGoal = "skip";

export function gather(need: Need): Decision {
  return { do: "gather", need };
}

export function problem(value: Problem): Decision {
  return { do: "problem", problem: value };
}

export function hasFinalizer(resource: CustomResource): boolean {
  return resource.metadata.finalizers?.includes(finalizer) ?? false;
}

/** ASO's rule: a stored operation is both annotations (0.1). */
export function hasPoller(resource: CustomResource): boolean {
  const found = resource.metadata.annotations ?? {};
  return (
    (found[annotations.pollerResumeToken] ?? "") !== "" &&
    (found[annotations.pollerResumeId] ?? "") !== ""
  );
}

export function isReadyAtGeneration(resource: CustomResource): boolean {
  const conditions = resource.status?.["conditions"];
  if (!Array.isArray(conditions)) return false;
  return conditions.some(
    (one) =>
      typeof one === "object" &&
      one !== null &&
      !Array.isArray(one) &&
      one["type"] === "Ready" &&
      one["status"] === "True" &&
      one["observedGeneration"] === (resource.metadata.generation ?? 0),
  );
}

export function isVerificationDue(facts: Facts): boolean {
  if (facts.memory.verifiedAt === undefined) return true;
  return facts.verifyAt !== "never" && facts.now >= facts.verifyAt;
}
