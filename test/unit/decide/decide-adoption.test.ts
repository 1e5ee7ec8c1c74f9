import { describe, expect, test } from "vitest";
import { decide } from "../../../src/core/decide/decide.ts";
import type { Facts } from "../../../src/core/decide/facts.ts";
import { skippedGoal } from "../../../src/core/decide/state.ts";
import { annotations } from "../../../src/core/resource/names.ts";
import type { CustomResource } from "../../../src/core/resource/types.ts";
import {
  aProblem,
  armId,
  claimedResource,
  createPoller,
  detach,
  factsOf,
  found,
  goalHash,
  newResource,
  now,
  otherGoal,
  type Row,
  settledFacts,
  skip,
} from "./facts-fixtures.ts";

const stated = { [annotations.adopt]: "plan" };
const planned = newResource({ notes: stated });
const waits = { ready: { status: "False", reason: "AdoptionPlanned" } } as const;
const withoutGoal = { [annotations.acceptedGoal]: "" };
const fromAso = claimedResource({ notes: { ...stated, ...withoutGoal } });
const differs = found({ matchesGoal: false, isExact: false });
const exact = found({ isExact: true });
const claimed = { memory: { uncertain: false, armId } } as const;
const deleted = { deletionTimestamp: "2026-01-01T00:00:00Z" };

function plannedFacts(live: Facts["live"], more: Partial<Facts> = {}): Facts {
  return factsOf(planned, { ownership: undefined, live, ...more });
}

function checks(rows: readonly Row[]): void {
  test.each(rows)("$name, because $because", ({ facts, expected }) => {
    expect(decide(facts)).toEqual(expected);
  });
}

describe("a resource that states adopt: plan", () => {
  const waiting = {
    kind: "waiting",
    problem: aProblem("WaitingForOwner"),
    on: { group: "resources.azure.com", kind: "ResourceGroup", name: "rg" },
  } as const;
  checks([
    {
      name: "is read before anything marks it as ours",
      because: "whoever deletes it then deletes nothing in Azure",
      facts: plannedFacts(undefined),
      expected: { do: "gather", need: "live" },
    },
    {
      name: "is shown as a plan when Azure has it",
      because: "nobody agreed to its adoption",
      facts: plannedFacts(differs),
      expected: { do: "plan" },
    },
    {
      name: "is a plan also when nothing would change",
      because: "an adopted resource can be deleted, and that needs consent too",
      facts: plannedFacts(exact),
      expected: { do: "plan" },
    },
    {
      name: "is a plan while somebody else's operation runs",
      because: "to follow it would be the first step of taking it over",
      facts: plannedFacts(found({ inProgress: true })),
      expected: { do: "plan" },
    },
    {
      name: "is claimed and created when Azure does not have it",
      because: "there is nothing to take over",
      facts: plannedFacts({ kind: "notFound" }, { ownership: { kind: "held" } }),
      expected: { do: "claim" },
    },
    {
      name: "waits for a GET that told nothing",
      because: "only a proven absence permits a PUT",
      facts: plannedFacts({ kind: "problem", problem: aProblem("Failed") }),
      expected: { do: "problem", problem: aProblem("Failed") },
    },
    {
      name: "is read although its owner is not Ready",
      because: "a tree whose root is only planned is planned whole",
      facts: plannedFacts(undefined, { owner: waiting }),
      expected: { do: "gather", need: "live" },
    },
    {
      name: "waits for its owner when Azure does not have it",
      because: "it is created as usual",
      facts: plannedFacts({ kind: "notFound" }, { owner: waiting }),
      expected: { do: "problem", problem: waiting.problem, on: waiting.on },
    },
    {
      name: "is not even read in another subscription than its credential's",
      because: "nothing is sent there",
      facts: plannedFacts(undefined, {
        goal: { kind: "goal", armId: "/subscriptions/other/resourceGroups/rg", hash: "h" },
      }),
      expected: { do: "claim" },
    },
    {
      name: "is claimed under skip",
      because: "skip writes nothing to Azure anyway",
      facts: plannedFacts(undefined, { policy: skip, ownership: { kind: "held" } }),
      expected: { do: "claim" },
    },
    {
      name: "is a plan when ASO had brought it to Ready",
      because: "it was not adopted by this controller",
      facts: factsOf(fromAso, { ...claimed, live: exact }),
      expected: { do: "plan" },
    },
    {
      name: "is a plan after skip was left",
      because: "an import has written nothing yet",
      facts: settledFacts(
        claimedResource({ notes: { ...stated, [annotations.acceptedGoal]: skippedGoal } }),
        { memory: { uncertain: false, armId, acceptedGoal: skippedGoal }, live: differs },
      ),
      expected: { do: "plan" },
    },
    {
      name: "is a plan whatever a copied manifest brings along",
      because: "accepted-goal and mark are another object's",
      facts: factsOf(
        claimedResource({
          ready: "none",
          notes: { ...stated, ...createPoller, [annotations.adopted]: "uid-0" },
        }),
        { ...claimed, live: differs },
      ),
      expected: { do: "plan" },
    },
    {
      name: "is a plan for a word without a meaning",
      because: "the safest meaning writes nothing",
      facts: factsOf(newResource({ notes: { [annotations.adopt]: "Plan" } }), { live: differs }),
      expected: { do: "plan" },
    },
  ]);
});

describe("what is managed already stays so when plan is stated", () => {
  const resource = claimedResource({ notes: stated });
  const edited = claimedResource({ notes: stated, ready: { status: "True", generation: 2 } });
  checks([
    {
      name: "it rests",
      because: "the row knows the goal that was accepted",
      facts: settledFacts(resource),
      expected: { do: "rest" },
    },
    {
      name: "an edit of it is sent",
      because: "it was adopted or created before",
      facts: settledFacts(edited, { goal: otherGoal }),
      expected: { do: "put", because: "goalChanged" },
    },
    {
      name: "a lost ledger does not change that",
      because: "the mark is this very object's",
      facts: factsOf(
        claimedResource({
          notes: { ...stated, ...withoutGoal, [annotations.adopted]: "uid-1" },
          ready: "none",
        }),
        claimed,
      ),
      expected: { do: "put", because: "new" },
    },
    {
      name: "an uncertain write is looked up",
      because: "the PUT of its creation may have arrived",
      facts: factsOf(fromAso, {
        memory: { uncertain: true, openGoal: goalHash, armId },
        live: differs,
      }),
      expected: { do: "put", because: "uncertain" },
    },
    {
      name: "is a plan still when its id was another's in between, and none of its own PUTs arrived",
      because: "what is there now was made by somebody else",
      facts: factsOf(fromAso, {
        memory: { uncertain: true, armId },
        live: differs,
      }),
      expected: { do: "plan" },
    },
  ]);
});

describe("consent", () => {
  const agreed = claimedResource({ ...waits, notes: withoutGoal });
  const asked = claimedResource({
    ready: "none",
    notes: { ...withoutGoal, [annotations.adopt]: "adopt" },
  });
  checks([
    {
      name: "claims first",
      because: "nothing is sent before the claim",
      facts: factsOf(newResource(waits)),
      expected: { do: "claim" },
    },
    {
      name: "looks before it writes",
      because: "what is as it should be needs no PUT",
      facts: factsOf(agreed, claimed),
      expected: { do: "gather", need: "live" },
    },
    {
      name: "writes nothing when nothing would change",
      because: "a PUT only when something is to change",
      facts: factsOf(asked, { ...claimed, live: exact }),
      expected: { do: "record", goalHash },
    },
    {
      name: "writes when something would change",
      because: "the plan said so",
      facts: factsOf(agreed, { ...claimed, live: differs }),
      expected: { do: "put", because: "new" },
    },
    {
      name: "writes when only a secret or a member to remove is left",
      because: "that does not show in a comparison without a baseline",
      facts: factsOf(asked, { ...claimed, live: found({ isExact: false }) }),
      expected: { do: "put", because: "new" },
    },
    {
      name: "writes although only detection of drift is asked for",
      because: "the user agreed to this very PUT",
      facts: factsOf(
        claimedResource({ ...waits, notes: { ...withoutGoal, [annotations.drift]: "detect" } }),
        { ...claimed, live: differs },
      ),
      expected: { do: "put", because: "new" },
    },
    {
      name: "creates what was deleted in the meantime",
      because: "the user wants the resource",
      facts: factsOf(asked, { ...claimed, live: { kind: "notFound" } }),
      expected: { do: "put", because: "new" },
    },
    {
      name: "goes on after an import with skip",
      because: "leaving skip, too, costs no PUT that changes nothing once adoption is asked for",
      facts: settledFacts(asked, {
        memory: { uncertain: false, armId, acceptedGoal: skippedGoal },
        live: exact,
      }),
      expected: { do: "record", goalHash },
    },
  ]);
});

describe("the deletion of a resource that is only planned", () => {
  function deleting(resource: CustomResource, more: Partial<Facts> = {}): Facts {
    return factsOf(
      { ...resource, metadata: { ...resource.metadata, ...deleted } },
      {
        ...claimed,
        deleteId: { kind: "id", armId },
        admission: { kind: "admitted" },
        live: differs,
        ...more,
      },
    );
  }
  checks([
    {
      name: "is none of ours without a finalizer",
      because: "a plan leaves none",
      facts: deleting(planned),
      expected: { do: "rest" },
    },
    {
      name: "takes the finalizer of ASO or of a copied manifest off, whatever Azure shows",
      because: "it was never adopted by this controller",
      facts: deleting(fromAso),
      expected: { do: "unclaim", wasPlanned: true },
    },
    {
      name: "needs neither credential nor a known kind",
      because: "nothing is sent",
      facts: deleting(fromAso, {
        credential: { kind: "problem", problem: aProblem("Failed") },
        kind: { problem: aProblem("Failed") },
      }),
      expected: { do: "unclaim", wasPlanned: true },
    },
    {
      name: "does not follow an operation that a copied manifest brought",
      because: "it is not ours",
      facts: deleting(claimedResource({ notes: { ...stated, ...createPoller } })),
      expected: { do: "unclaim", wasPlanned: true },
    },
    {
      name: "is an ordinary one once the resource is managed",
      because: "the mark says that it was created or adopted",
      facts: deleting(claimedResource({ notes: { ...stated, [annotations.adopted]: "uid-1" } })),
      expected: { do: "delete", armId },
    },
    {
      name: "is an ordinary one when the row has an accepted goal",
      because: "plan was stated afterwards",
      facts: deleting(fromAso, { memory: { uncertain: false, armId, acceptedGoal: goalHash } }),
      expected: { do: "delete", armId },
    },
    {
      name: "looks an uncertain write up first",
      because: "what our own PUT may have made is deleted",
      facts: deleting(fromAso, {
        memory: { uncertain: true, openGoal: goalHash, armId },
        live: undefined,
      }),
      expected: { do: "gather", need: "live" },
    },
    {
      name: "lets go under detach-on-delete as ever",
      because: "that policy deletes nothing",
      facts: deleting(fromAso, { policy: detach }),
      expected: { do: "unclaim" },
    },
  ]);
});

test("a plan is no question of time", () => {
  for (const verifyAt of ["never", now - 1, now + 1] as const)
    expect(decide(plannedFacts(differs, { verifyAt }))).toEqual({ do: "plan" });
});
