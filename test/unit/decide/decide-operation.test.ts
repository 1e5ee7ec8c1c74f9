import { describe, expect, test } from "vitest";
import { decide } from "../../../src/core/decide/decide.ts";
import { annotations } from "../../../src/core/resource/names.ts";
import {
  aProblem,
  armId,
  claimedResource,
  createPoller,
  deletePoller,
  factsOf,
  found,
  goalHash,
  now,
  otherGoal,
  type Row,
  settledFacts,
  skip,
} from "./facts-fixtures.ts";

const running = claimedResource({ ready: { status: "False" }, notes: createPoller });
const waiting = { uncertain: false, armId, pollAt: now + 1 } as const;
const creating = { kind: "operation", method: "PUT" } as const;

describe("a running operation", () => {
  const rows: readonly Row[] = [
    {
      name: "is read before it is polled",
      because: "the annotation is tenants' to write and has to be checked",
      facts: settledFacts(running),
      expected: { do: "gather", need: "token" },
    },
    {
      name: "is polled when its time has come",
      because: "pollAt is now",
      facts: settledFacts(running, {
        token: creating,
        memory: { uncertain: false, armId, pollAt: now },
      }),
      expected: { do: "poll" },
    },
    {
      name: "is polled at once when no time is known",
      because: "the ledger was lost, or ASO started it",
      facts: factsOf(running, { token: creating }),
      expected: { do: "poll" },
    },
    {
      name: "is not polled before Retry-After",
      because: "whatever woke the resource, Azure named a time",
      facts: settledFacts(running, { token: creating, memory: waiting }),
      expected: { do: "wait", until: now + 1 },
    },
    {
      name: "holds back a changed goal",
      because: "spec edits are applied after the operation (aso-semantics 1.8)",
      facts: settledFacts(running, { token: creating, memory: waiting, goal: otherGoal }),
      expected: { do: "wait", until: now + 1 },
    },
    {
      name: "needs no goal and no owner",
      because: "what broke meanwhile does not stop the operation",
      facts: settledFacts(running, { token: creating, goal: undefined, ownership: undefined }),
      expected: { do: "poll" },
    },
    {
      name: "is refused when it points elsewhere",
      because: "no token leaves to a host that is not the credential's",
      facts: settledFacts(running, { token: { kind: "problem", problem: aProblem("Failed") } }),
      expected: { do: "problem", problem: aProblem("Failed") },
    },
    {
      name: "is refused when it is a deletion of a resource that is not deleted",
      because: "only a deletionTimestamp leads to a deletion (aso-semantics 1.8)",
      facts: settledFacts(claimedResource({ notes: deletePoller }), {
        token: { kind: "operation", method: "DELETE" },
      }),
      expected: { do: "problem", problem: expect.objectContaining({ reason: "Failed" }) },
    },
    {
      name: "is not followed any more when it is over and only its exports are not written",
      because: "an edit must not wait for them",
      facts: settledFacts(running, {
        memory: { uncertain: false, armId, isOperationOver: true },
        goal: otherGoal,
      }),
      expected: { do: "put", because: "goalChanged" },
    },
    {
      name: "is not followed under skip",
      because: "the watch branch comes before the poll (aso-semantics 1.3)",
      facts: settledFacts(running, { policy: skip, live: found() }),
      expected: { do: "record", goalHash: "skip" },
    },
    {
      name: "counts only when both annotations are there",
      because: "ASO has a poller only with both (aso-semantics 0.1)",
      facts: settledFacts(
        claimedResource({
          notes: {
            [annotations.pollerResumeToken]: createPoller[annotations.pollerResumeToken] ?? "",
          },
        }),
      ),
      expected: { do: "rest" },
    },
  ];
  test.each(rows)("$name, because $because", ({ facts, expected }) => {
    expect(decide(facts)).toEqual(expected);
  });
});

describe("after a PUT", () => {
  const done = { kind: "putDone", goalHash } as const;
  const rows: readonly Row[] = [
    {
      name: "reads the resource",
      because: "status always comes from a GET of its own (aso-semantics 1.9)",
      facts: settledFacts(running, { progress: done }),
      expected: { do: "gather", need: "live" },
    },
    {
      name: "records the goal that was sent",
      because: "the goal may have changed meanwhile",
      facts: settledFacts(running, { progress: done, goal: otherGoal, live: found() }),
      expected: { do: "record", goalHash },
    },
    {
      name: "records also what Azure shows otherwise than it was sent",
      because: "defaults and normalised values are accepted as they are right after our PUT",
      facts: settledFacts(running, { progress: done, live: found({ matchesGoal: false }) }),
      expected: { do: "record", goalHash },
    },
    {
      name: "records an operation whose goal nobody knows as such",
      because: "the next step compares",
      facts: settledFacts(running, {
        progress: { kind: "putDone", goalHash: undefined },
        live: found(),
      }),
      expected: { do: "record", goalHash: undefined },
    },
    {
      name: "warns when the resource is gone right after",
      because: "404 after a finished PUT is Failed, Warning (aso-semantics 1.9)",
      facts: settledFacts(running, { progress: done, live: { kind: "notFound" } }),
      expected: {
        do: "problem",
        problem: expect.objectContaining({ reason: "Failed", severity: "Warning" }),
      },
    },
    {
      name: "shows why the read failed",
      because: "it is repeated, the write is not",
      facts: settledFacts(running, {
        progress: done,
        live: { kind: "problem", problem: aProblem("Failed"), notBefore: now + 9 },
      }),
      expected: { do: "problem", problem: aProblem("Failed"), notBefore: now + 9 },
    },
    {
      name: "reads the resource although its inputs broke meanwhile",
      because: "what Azure did is recorded first",
      facts: settledFacts(running, {
        progress: done,
        goal: { kind: "problem", problem: aProblem("SecretNotFound") },
      }),
      expected: { do: "gather", need: "live" },
    },
  ];
  test.each(rows)("$name, because $because", ({ facts, expected }) => {
    expect(decide(facts)).toEqual(expected);
  });
});
