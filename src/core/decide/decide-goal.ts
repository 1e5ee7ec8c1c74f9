import { annotations } from "../resource/names.ts";
import type { CustomResource } from "../resource/types.ts";
import { decidePlan, isConsented } from "./decide-adoption.ts";
import type { Decision, PutReason } from "./decision.ts";
import type { Facts, LiveFact } from "./facts.ts";
import {
  gather,
  isAskedFor,
  isDetectOnly,
  isReadyAtGeneration,
  isVerificationDue,
  problem,
  shownLive,
  showsDrift,
  skippedGoal,
  vanishedAfterPut,
  wasTakenOver,
} from "./state.ts";

/** So many reads in a row must say that an accepted resource does not exist. */
const believedAttempts = 3;

/**
 * Compares what is wanted with what ARM accepted last (design.md section 3, Diffing). A PUT only when the goal changed, was never
 * accepted, or ARM is known by a GET to differ.
 */
export function decideGoal(facts: Facts, resource: CustomResource): Decision {
  if (facts.goal?.kind !== "goal") return gather("goal");
  const { hash, unusable } = facts.goal;
  const planned = decidePlan(facts, resource);
  if (planned !== undefined) return planned;
  const decision = decideWanted(facts, resource, hash);
  if (decision.do !== "put") return decision;
  if (isDetectOnly(resource) && isDrift(decision.because, facts, resource))
    return decision.because === "missing"
      ? { do: "reportMissing" }
      : { do: "record", goalHash: hash, drifted: true };
  return unusable === undefined ? decision : problem(unusable);
}

/** Whether a PUT would undo what somebody did in Azure; a taken over resource that differs counts as well. */
function isDrift(because: PutReason, facts: Facts, resource: CustomResource): boolean {
  if (because === "drift" || because === "missing") return true;
  return (
    because === "goalChanged" &&
    facts.live?.kind === "found" &&
    acceptedGoal(facts, resource) === undefined
  );
}

function decideWanted(facts: Facts, resource: CustomResource, wanted: string): Decision {
  if (facts.memory.uncertain) return decideByComparison(facts, wanted, "uncertain");
  const accepted = acceptedGoal(facts, resource);
  if (accepted === wanted) return decideAccepted(facts, resource, wanted);
  if (accepted === undefined && wasTakenOver(facts, resource))
    return decideByComparison(facts, wanted, "goalChanged");
  const isNew = accepted === undefined || accepted === skippedGoal;
  if (isNew && isConsented(resource)) return decideConsented(facts, wanted);
  if (accepted === undefined) return { do: "put", because: "new" };
  const converterChanged =
    facts.memory.convertVersion !== undefined &&
    facts.memory.convertVersion !== facts.convertVersion;
  if (converterChanged && isReadyAtGeneration(resource))
    return decideByComparison(facts, wanted, "goalChanged");
  return { do: "put", because: "goalChanged" };
}

/** Adoption with consent costs no PUT where Azure has everything already. */
function decideConsented(facts: Facts, wanted: string): Decision {
  const live = shownLive(facts);
  if ("do" in live) return live;
  const isThere = live.kind === "found" && live.isExact === true && !live.inProgress;
  return isThere ? { do: "record", goalHash: wanted } : { do: "put", because: "new" };
}

/** The annotation makes a lost ledger exact; the row wins, because it is written last. */
function acceptedGoal(facts: Facts, resource: CustomResource): string | undefined {
  const noted = resource.metadata.annotations?.[annotations.acceptedGoal];
  return facts.memory.acceptedGoal ?? (noted === "" ? undefined : noted);
}

function decideByComparison(
  facts: Facts,
  wanted: string,
  because: "uncertain" | "goalChanged",
): Decision {
  const live = shownLive(facts);
  if ("do" in live) return live;
  if (live.kind === "notFound")
    return { do: "put", because: because === "uncertain" ? "uncertain" : "missing" };
  if (live.inProgress) return { do: "adoptOperation" };
  // A PUT may set a secret or remove a tag as well, and that the rest is there does not show that it arrived.
  const isThere = because === "uncertain" ? (live.isExact ?? live.matchesGoal) : live.matchesGoal;
  // That of another goal may still arrive.
  const { openGoal } = facts.memory;
  const isOtherOpen = openGoal !== undefined && openGoal !== wanted;
  return isThere && !isOtherOpen ? { do: "record", goalHash: wanted } : { do: "put", because };
}

function decideAccepted(facts: Facts, resource: CustomResource, wanted: string): Decision {
  if (!isReadyAtGeneration(resource)) return decideUnrecorded(facts, wanted);
  const settled = settledWithoutGet(facts, resource);
  if (settled !== undefined) return settled;
  if (facts.live?.kind === "problem" && facts.live.isTransient)
    return { do: "postpone", until: facts.live.notBefore };
  const live = shownLive(facts);
  if ("do" in live) return live;
  if (live.kind === "notFound") return { do: "put", because: "missing" };
  if (live.inProgress) return { do: "adoptOperation" };
  const same = live.sameAsAccepted ?? live.matchesGoal;
  return same ? { do: "record", goalHash: wanted } : { do: "put", because: "drift" };
}

/** Nothing is due, or a list shows what it should. Who asks, or shows drift, gets a GET. */
function settledWithoutGet(facts: Facts, resource: CustomResource): Decision | undefined {
  const isDrifted = showsDrift(resource);
  const isAsked = isAskedFor(resource) || (isDrifted && !isDetectOnly(resource));
  if (!isVerificationDue(facts) && !isAsked) return { do: "rest" };
  if (isAsked || isDrifted || facts.live !== undefined) return undefined;
  if (facts.listed === undefined) return gather("listed");
  return facts.listed.kind === "same" ? { do: "verified" } : undefined;
}

/** ARM accepted the goal, but the resource does not say so: the change was one that ARM does not see, or a record was lost. */
function decideUnrecorded(facts: Facts, wanted: string): Decision {
  const live = shownLive(facts);
  if ("do" in live) return live;
  if (live.kind === "notFound") return decideVanished(facts);
  if (live.inProgress) return { do: "adoptOperation" };
  return isAsAccepted(facts, live)
    ? { do: "record", goalHash: wanted }
    : { do: "put", because: "drift" };
}

/** A read may lag behind the PUT that ARM has just accepted: it is asked again before it is believed. */
function decideVanished({ memory }: Facts): Decision {
  const isBelieved = (memory.attempts ?? believedAttempts) >= believedAttempts;
  return isBelieved ? { do: "put", because: "missing" } : problem(vanishedAfterPut);
}

/** Without a baseline the row's own word is enough; an annotation alone may have come with a copied manifest. */
function isAsAccepted({ memory }: Facts, live: Extract<LiveFact, { kind: "found" }>): boolean {
  return live.sameAsAccepted ?? (memory.acceptedGoal !== undefined || live.matchesGoal);
}
