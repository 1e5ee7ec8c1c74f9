import { describe, expect, test } from "vitest";
import { decide } from "../../../src/core/decide/decide.ts";
import type { Facts } from "../../../src/core/decide/facts.ts";
import { skippedGoal } from "../../../src/core/decide/state.ts";
import { annotations } from "../../../src/core/resource/names.ts";
import {
  aProblem,
  armId,
  claimedResource,
  factsOf,
  found,
  goalHash,
  now,
  otherGoal,
  type Row,
  settledFacts,
  skip,
} from "./facts-fixtures.ts";

const ready = claimedResource();
const failing = claimedResource({ ready: { status: "False" } });
const edited = claimedResource({ ready: { status: "True", generation: 2 } });
const neverAccepted = claimedResource({
  ready: "none",
  notes: { [annotations.acceptedGoal]: "" },
});
const fromAso = claimedResource({ notes: { [annotations.acceptedGoal]: "" } });
const due = { verifyAt: now } as const;
const oldConverter = { convertVersion: "0", uncertain: false } as const;

function unknownRow(resource: typeof ready, more: Partial<Facts> = {}): Facts {
  return factsOf(resource, { memory: { uncertain: false, armId }, ...more });
}

describe("a goal that is new or changed", () => {
  const rows: readonly Row[] = [
    {
      name: "is written without looking at Azure first",
      because: "nothing was ever accepted (aso-features 3.3: existing resources are adopted)",
      facts: unknownRow(neverAccepted),
      expected: { do: "put", because: "new" },
    },
    {
      name: "is written when it differs from the accepted one",
      because: "the user edited the resource",
      facts: settledFacts(edited, { goal: otherGoal }),
      expected: { do: "put", because: "goalChanged" },
    },
    {
      name: "is written when only a Secret behind it changed",
      because: "the goal hash holds the Secret's version although the generation stays",
      facts: settledFacts(ready, { goal: otherGoal }),
      expected: { do: "put", because: "goalChanged" },
    },
    {
      name: "is compared first when only our converter changed",
      because: "a release of ours is no reason for a write",
      facts: settledFacts(ready, {
        goal: otherGoal,
        memory: { ...oldConverter, acceptedGoal: goalHash },
      }),
      expected: { do: "gather", need: "live" },
    },
    {
      name: "is recorded when our converter changed and Azure has it already",
      because: "a release of ours is no reason for a write",
      facts: settledFacts(ready, {
        goal: otherGoal,
        memory: { ...oldConverter, acceptedGoal: goalHash },
        live: found(),
      }),
      expected: { do: "record", goalHash: "goal-2" },
    },
    {
      name: "is written when our converter changed and Azure differs",
      because: "the GET shows a difference",
      facts: settledFacts(ready, {
        goal: otherGoal,
        memory: { ...oldConverter, acceptedGoal: goalHash },
        live: found({ matchesGoal: false }),
      }),
      expected: { do: "put", because: "goalChanged" },
    },
    {
      name: "is written at once when the user edited it, whatever our converter did",
      because: "an edit is an edit",
      facts: settledFacts(edited, {
        goal: otherGoal,
        memory: { ...oldConverter, acceptedGoal: goalHash },
      }),
      expected: { do: "put", because: "goalChanged" },
    },
    {
      name: "is not written when what it exports cannot be right",
      because: "ASO's admission would have refused the resource",
      facts: settledFacts(edited, {
        goal: { kind: "goal", armId, hash: "goal-2", unusable: aProblem("Failed") },
      }),
      expected: { do: "problem", problem: aProblem("Failed") },
    },
    {
      name: "is written after skip was left",
      because: "leaving skip causes a PUT (aso-features 3.2)",
      facts: settledFacts(ready, { memory: { uncertain: false, acceptedGoal: skippedGoal } }),
      expected: { do: "put", because: "goalChanged" },
    },
  ];
  test.each(rows)("$name, because $because", ({ facts, expected }) => {
    expect(decide(facts)).toEqual(expected);
  });
});

describe("a resource without a row", () => {
  const rows: readonly Row[] = [
    {
      name: "is exact with the accepted-goal annotation: one comparison, no write",
      because: "the ledger was lost, the annotation was not",
      facts: unknownRow(ready),
      expected: { do: "gather", need: "listed" },
    },
    {
      name: "is only verified when the list shows it as it was",
      because: "the ledger was lost, the annotation was not",
      facts: unknownRow(ready, { listed: { kind: "unsure" }, live: found() }),
      expected: { do: "record", goalHash },
    },
    {
      name: "is compared by one GET when ASO brought it to Ready at its generation",
      because: "taking over from ASO costs no write",
      facts: unknownRow(fromAso),
      expected: { do: "gather", need: "live" },
    },
    {
      name: "is recorded when Azure has everything that ASO sent",
      because: "taking over from ASO costs no write",
      facts: unknownRow(fromAso, { live: found() }),
      expected: { do: "record", goalHash },
    },
    {
      name: "is written when a leaf of the goal is absent or different in Azure",
      because: "drift from ASO's time is drift",
      facts: unknownRow(fromAso, { live: found({ matchesGoal: false }) }),
      expected: { do: "put", because: "goalChanged" },
    },
    {
      name: "is created again when Azure does not have it",
      because: "deleted behind our back (aso-semantics 9)",
      facts: unknownRow(fromAso, { live: { kind: "notFound" } }),
      expected: { do: "put", because: "missing" },
    },
    {
      name: "is written when it is not Ready at its generation",
      because: "nobody brought this generation to Azure",
      facts: unknownRow(
        claimedResource({
          ready: { status: "True", generation: 2 },
          notes: { [annotations.acceptedGoal]: "" },
        }),
      ),
      expected: { do: "put", because: "new" },
    },
    ...(
      [
        [3, { do: "gather", need: "live" }, "a problem of ours hid that ASO brought it to Ready"],
        [2, { do: "put", because: "new" }, "it was edited since"],
      ] as const
    ).map(([takenOver, expected, because]) => ({
      name: `that is not Ready any more, taken over at generation ${takenOver}, is ${expected.do}`,
      because,
      facts: unknownRow(
        claimedResource({ ready: { status: "False" }, notes: { [annotations.acceptedGoal]: "" } }),
        { memory: { uncertain: false, takenOver } },
      ),
      expected,
    })),
    {
      name: "is written when ASO's last PUT was of an older generation",
      because: "Ready may have been copied from another status",
      facts: unknownRow(
        claimedResource({
          notes: { [annotations.acceptedGoal]: "", [annotations.latestReconciledGeneration]: "2" },
        }),
      ),
      expected: { do: "put", because: "new" },
    },
    {
      name: "follows an operation of which nobody holds the token",
      because: "a PUT on top of it would be refused or start it again",
      facts: unknownRow(fromAso, { live: found({ inProgress: true, matchesGoal: false }) }),
      expected: { do: "adoptOperation" },
    },
  ];
  test.each(rows)("$name, because $because", ({ facts, expected }) => {
    expect(decide(facts)).toEqual(expected);
  });
});

describe("an accepted goal", () => {
  const rows: readonly Row[] = [
    {
      name: "rests until the sync period is over",
      because: "steady state costs nothing",
      facts: settledFacts(ready),
      expected: { do: "rest" },
    },
    {
      name: "rests for ever without a sync period",
      because: "AZURE_SYNC_PERIOD never",
      facts: settledFacts(ready, { verifyAt: "never" }),
      expected: { do: "rest" },
    },
    {
      name: "is looked up in a list when the sync period is over",
      because: "one request serves many resources",
      facts: settledFacts(ready, due),
      expected: { do: "gather", need: "listed" },
    },
    {
      name: "is verified by a list that shows no difference",
      because: "no GET is needed",
      facts: settledFacts(ready, { ...due, listed: { kind: "same" } }),
      expected: { do: "verified" },
    },
    {
      name: "is read by GET when the list proves nothing",
      because: "a list is not a GET",
      facts: settledFacts(ready, { ...due, listed: { kind: "unsure" } }),
      expected: { do: "gather", need: "live" },
    },
    {
      name: "is recorded when the GET shows what it showed after our PUT",
      because: "the list was partial",
      facts: settledFacts(ready, {
        ...due,
        listed: { kind: "unsure" },
        live: found({ sameAsAccepted: true, matchesGoal: false }),
      }),
      expected: { do: "record", goalHash },
    },
    {
      name: "is written again when the GET confirms a change",
      because: "somebody changed the resource in Azure",
      facts: settledFacts(ready, {
        ...due,
        listed: { kind: "unsure" },
        live: found({ sameAsAccepted: false }),
      }),
      expected: { do: "put", because: "drift" },
    },
    {
      name: "is judged by its leaves when there is no baseline",
      because: "the row was lost: normalised values were never seen",
      facts: settledFacts(ready, {
        ...due,
        listed: { kind: "unsure" },
        live: found({ matchesGoal: false }),
      }),
      expected: { do: "put", because: "drift" },
    },
    {
      name: "is created again when the GET says 404",
      because: "an absence in a list alone would not be enough",
      facts: settledFacts(ready, {
        ...due,
        listed: { kind: "unsure" },
        live: { kind: "notFound" },
      }),
      expected: { do: "put", because: "missing" },
    },
    {
      name: "follows what somebody else has started",
      because: "an operation in progress is not drift yet",
      facts: settledFacts(ready, {
        ...due,
        listed: { kind: "unsure" },
        live: found({ inProgress: true, sameAsAccepted: false }),
      }),
      expected: { do: "adoptOperation" },
    },
    {
      name: "shows why the GET failed and keeps Azure's time for the next try",
      because: "Retry-After is honoured everywhere",
      facts: settledFacts(ready, {
        ...due,
        listed: { kind: "unsure" },
        live: { kind: "problem", problem: aProblem("Failed"), notBefore: now + 5000 },
      }),
      expected: { do: "problem", problem: aProblem("Failed"), notBefore: now + 5000 },
    },
    {
      name: "is only recorded when the resource does not show Ready",
      because: "ARM accepted it; exports, references or a record failed, which needs no PUT",
      facts: settledFacts(failing, { live: found({ sameAsAccepted: true }) }),
      expected: { do: "record", goalHash },
    },
    {
      name: "is only recorded after an edit that Azure does not see",
      because: "operatorSpec is not part of the body",
      facts: settledFacts(edited, { live: found() }),
      expected: { do: "record", goalHash },
    },
    {
      name: "is written when the resource is not Ready and Azure has drifted",
      because: "the GET is there and shows it",
      facts: settledFacts(failing, { live: found({ sameAsAccepted: false }) }),
      expected: { do: "put", because: "drift" },
    },
    {
      name: "is created again when it is not Ready and missing in Azure",
      because: "the resource was deleted meanwhile",
      facts: settledFacts(failing, { live: { kind: "notFound" } }),
      expected: { do: "put", because: "missing" },
    },
  ];
  test.each(rows)("$name, because $because", ({ facts, expected }) => {
    expect(decide(facts)).toEqual(expected);
  });
});

describe("an uncertain write", () => {
  const uncertain = { uncertain: true, armId } as const;
  const rows: readonly Row[] = [
    {
      name: "asks Azure before anything is sent",
      because: "ARM cannot be fenced, this is the fence",
      facts: settledFacts(failing, { memory: uncertain }),
      expected: { do: "gather", need: "live" },
    },
    {
      name: "is done when Azure has the goal",
      because: "the write arrived",
      facts: settledFacts(failing, { memory: uncertain, live: found() }),
      expected: { do: "record", goalHash },
    },
    {
      name: "is repeated when Azure has all that it shows of the goal, and the PUT did more",
      because: "a secret that was set or a tag that was removed does not show",
      facts: settledFacts(failing, { memory: uncertain, live: found({ isExact: false }) }),
      expected: { do: "put", because: "uncertain" },
    },
    {
      name: "is followed when Azure still works on it",
      because: "the write arrived",
      facts: settledFacts(failing, { memory: uncertain, live: found({ inProgress: true }) }),
      expected: { do: "adoptOperation" },
    },
    {
      name: "is repeated when Azure does not have it",
      because: "the write never arrived",
      facts: settledFacts(failing, { memory: uncertain, live: { kind: "notFound" } }),
      expected: { do: "put", because: "uncertain" },
    },
    {
      name: "is repeated when Azure has something else",
      because: "the GET could not tell",
      facts: settledFacts(failing, { memory: uncertain, live: found({ matchesGoal: false }) }),
      expected: { do: "put", because: "uncertain" },
    },
    {
      name: "is not repeated while Azure cannot be read",
      because: "only an answer decides",
      facts: settledFacts(failing, {
        memory: uncertain,
        live: { kind: "problem", problem: aProblem("Failed"), notBefore: undefined },
      }),
      expected: { do: "problem", problem: aProblem("Failed"), notBefore: undefined },
    },
  ];
  test.each(rows)("$name, because $because", ({ facts, expected }) => {
    expect(decide(facts)).toEqual(expected);
  });
});

describe("policy skip", () => {
  const skipped = { uncertain: false, armId, acceptedGoal: skippedGoal, verifiedAt: now - 1 };
  const rows: readonly Row[] = [
    {
      name: "lets go of the id before all else, even without a credential",
      because: "the other side of a hand-over must not wait for it (aso-features 17.2)",
      facts: settledFacts(ready, {
        policy: skip,
        memory: { ...skipped, isHeld: true },
        credential: undefined,
      }),
      expected: { do: "letGo" },
    },
    {
      name: "reads and never writes",
      because: "skip permits GET only (aso-features 3.2)",
      facts: settledFacts(ready, { policy: skip }),
      expected: { do: "gather", need: "live" },
    },
    {
      name: "records what is there, whatever it is",
      because: "status and exports follow Azure",
      facts: settledFacts(ready, { policy: skip, live: found({ matchesGoal: false }) }),
      expected: { do: "record", goalHash: skippedGoal },
    },
    {
      name: "says AzureResourceNotFound for what is not there",
      because: "it may not be created (aso-features 3.2)",
      facts: settledFacts(ready, { policy: skip, live: { kind: "notFound" } }),
      expected: {
        do: "problem",
        problem: expect.objectContaining({ reason: "AzureResourceNotFound" }),
      },
    },
    {
      name: "rests between two sync periods",
      because: "it is checked once per period like any other",
      facts: settledFacts(ready, { policy: skip, memory: skipped }),
      expected: { do: "rest" },
    },
    {
      name: "does not follow an operation that somebody else runs",
      because: "there is nothing to wait for",
      facts: settledFacts(ready, { policy: skip, live: found({ inProgress: true }) }),
      expected: { do: "record", goalHash: skippedGoal },
    },
    {
      name: "still refuses an edited resource-id",
      because: "the subscription and id check apply under skip as well",
      facts: settledFacts(claimedResource({ notes: { [annotations.resourceId]: `${armId}2` } }), {
        policy: skip,
      }),
      expected: { do: "problem", problem: expect.objectContaining({ severity: "Error" }) },
    },
  ];
  test.each(rows)("$name, because $because", ({ facts, expected }) => {
    expect(decide(facts)).toEqual(expected);
  });
});
