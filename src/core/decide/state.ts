import { conditionsOf, drifted, readyCondition } from "../resource/conditions.ts";
import { annotations, finalizer } from "../resource/names.ts";
import type { CustomResource, Problem } from "../resource/types.ts";
import type { Decision, Need } from "./decision.ts";
import type { Facts, LiveFact } from "./facts.ts";

/** Marks a resource whose last pass was not allowed to write: leaving `skip` always sends a PUT (aso-features.md 3.2). */
export const skippedGoal = "skip";

/** Decides that a fact is missing. */
export function gather(need: Need): Decision {
  return { do: "gather", need };
}

/** Decides to show a problem and to come back later. */
export function problem(value: Problem): Decision {
  return { do: "problem", problem: value };
}

/** What a GET showed; or what to do where there was none, or it told nothing. */
export function shownLive({
  live,
}: Pick<Facts, "live">): Extract<LiveFact, { kind: "found" | "notFound" }> | Decision {
  if (live === undefined) return gather("live");
  if (live.kind === "throttled") return { do: "postpone", until: live.until };
  if (live.kind === "problem")
    return { do: "problem", problem: live.problem, notBefore: live.notBefore };
  return live;
}

/** Follows the running operation, no sooner than ARM asked for. */
export function waitOrPoll({ memory: { pollAt }, now }: Facts): Decision {
  return pollAt !== undefined && pollAt > now ? { do: "wait", until: pollAt } : { do: "poll" };
}

/** Whether the resource was claimed: its deletion waits for us. */
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

/** Whether the resource is Ready for the generation that it has now. */
export function isReadyAtGeneration(resource: CustomResource): boolean {
  const ready = readyCondition(resource.status);
  const { generation = 0 } = resource.metadata;
  return ready?.status === "True" && ready.observedGeneration === generation;
}

/** A resource that ASO, or this controller before it lost its ledger, brought to Ready at its present generation. */
export function isTakenOver(resource: CustomResource): boolean {
  const reconciled = resource.metadata.annotations?.[annotations.latestReconciledGeneration];
  return isReadyAtGeneration(resource) && reconciled === String(resource.metadata.generation ?? 0);
}

/** As {@link isTakenOver}, also after a problem of ours replaced its Ready. */
export function wasTakenOver({ memory }: Pick<Facts, "memory">, resource: CustomResource): boolean {
  const { generation } = resource.metadata;
  return isTakenOver(resource) || (generation !== undefined && memory.takenOver === generation);
}

/** Whether somebody asked for a comparison with Azure that was not made yet: `reconcile-at` has a value that is not acknowledged. */
export function isAskedFor(resource: CustomResource): boolean {
  const found = resource.metadata.annotations ?? {};
  const asked = found[annotations.reconcileAt] ?? "";
  return asked !== "" && asked !== found[annotations.reconciledAt];
}

/** Whether drift is shown and not corrected. A word without a meaning counts as `detect`: that writes nothing. */
export function isDetectOnly(resource: CustomResource): boolean {
  const stated = resource.metadata.annotations?.[annotations.drift] ?? "";
  return stated !== "" && stated !== "correct";
}

/** Whether the resource shows drift. */
export function showsDrift(resource: CustomResource): boolean {
  return conditionsOf(resource.status).some(
    ({ type, status }) => type === drifted && status === "True",
  );
}

/** Whether Azure is to be compared with the goal now; always so for a resource that never was. */
export function isVerificationDue(facts: Facts): boolean {
  if (facts.memory.verifiedAt === undefined) return true;
  return facts.verifyAt !== "never" && facts.now >= facts.verifyAt;
}

/**
 * A credential is for exactly one subscription (aso-features.md 6.7). `wayOut` ends the message. Undefined: the id is in the
 * credential's subscription, or in none.
 */
export function subscriptionMismatch(
  armId: string,
  facts: Pick<Facts, "credential">,
  wayOut: string,
): Problem | undefined {
  if (facts.credential?.kind !== "credential") return undefined;
  const { credential } = facts.credential;
  const subscription = /^\/subscriptions\/([^/]+)/i.exec(armId)?.[1];
  if (
    subscription === undefined ||
    subscription.toLowerCase() === credential.subscriptionId.toLowerCase()
  )
    return undefined;
  return {
    reason: "SubscriptionMismatch",
    severity: "Error",
    retry: "slow",
    message: `The resource is in subscription "${subscription}", its credential ${credential.source} is for subscription "${credential.subscriptionId}". ${wayOut}`,
  };
}

/** Azure took a PUT, but the resource cannot be read back yet. */
export const vanishedAfterPut: Problem = {
  reason: "Failed",
  severity: "Warning",
  retry: "slow",
  message:
    "Azure accepted the resource, but reading it back says that it does not exist. It is looked up again.",
};
