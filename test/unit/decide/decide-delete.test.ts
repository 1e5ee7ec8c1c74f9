import { describe, expect, test } from "vitest";
import { decide } from "../../../src/core/decide/decide.ts";
import type { Facts } from "../../../src/core/decide/facts.ts";
import { finalizer } from "../../../src/core/resource/names.ts";
import {
  aProblem,
  armId,
  claimedResource,
  createPoller,
  deletePoller,
  detach,
  factsOf,
  found,
  now,
  type Row,
  skip,
  subscription,
} from "./facts-fixtures.ts";

const deletionTimestamp = "2026-01-01T00:00:00Z";
const metadata = { deletionTimestamp, finalizers: [finalizer, "other.example/hold"] };
const deleting = claimedResource({ metadata });
const ours = { kind: "id", armId } as const;

function deletion(more: Partial<Facts> = {}, resource = deleting): Facts {
  return factsOf(resource, {
    goal: undefined,
    owner: undefined,
    ownership: undefined,
    deleteId: ours,
    admission: { kind: "admitted" },
    ...more,
  });
}

describe("a resource with a deletionTimestamp", () => {
  const rows: readonly Row[] = [
    {
      name: "is none of our business without our finalizer",
      because: "it was never claimed, or is let go already (aso-semantics 9.2)",
      facts: deletion(
        {},
        claimedResource({ metadata: { ...metadata, finalizers: ["other/hold"] } }),
      ),
      expected: { do: "rest" },
    },
    {
      name: "needs its policy before all else",
      because: "skip and detach must not cost a request or need a credential",
      facts: deletion({ policy: undefined, deleteId: undefined, credential: undefined }),
      expected: { do: "gather", need: "policy" },
    },
    {
      name: "is let go under detach-on-delete without asking Azure",
      because: "no GET, no credential (aso-semantics 9.1)",
      facts: deletion({ policy: detach, deleteId: undefined, credential: undefined }),
      expected: { do: "unclaim" },
    },
    {
      name: "is let go under skip",
      because: "no GET, no credential (aso-semantics 9.1)",
      facts: deletion({ policy: skip, deleteId: undefined, credential: undefined }),
      expected: { do: "unclaim" },
    },
    {
      name: "is let go under skip even when its kind is unknown",
      because: "the policy is the way out of everything",
      facts: deletion({ policy: skip, kind: { problem: aProblem("Failed") } }),
      expected: { do: "unclaim" },
    },
    {
      name: "stays when its kind is unknown",
      because: "nothing can be sent",
      facts: deletion({ kind: { problem: aProblem("Failed") } }),
      expected: { do: "problem", problem: aProblem("Failed") },
    },
    {
      name: "asks which id may be deleted",
      because: "the annotation alone is not trusted",
      facts: deletion({ deleteId: undefined }),
      expected: { do: "gather", need: "deleteId" },
    },
    {
      name: "is let go when nothing was ever created",
      because: "without resource-id it is finished (aso-semantics 9.5)",
      facts: deletion({ deleteId: { kind: "nothing" } }),
      expected: { do: "unclaim" },
    },
    {
      name: "waits while a former holder of the id may still write",
      because: "two holders never write at the same time",
      facts: deletion({ deleteId: { kind: "fenced", until: now + 5 } }),
      expected: { do: "postpone", until: now + 5 },
    },
    {
      name: "stays when its id was edited",
      because: "an edited annotation deletes nothing",
      facts: deletion({ deleteId: { kind: "problem", problem: aProblem("Failed") } }),
      expected: { do: "problem", problem: aProblem("Failed") },
    },
    {
      name: "is looked up when only the annotation names it",
      because: "reading is harmless, and a cascade may have taken it along",
      facts: deletion({ deleteId: { kind: "unproven", armId, problem: aProblem("Failed") } }),
      expected: { do: "gather", need: "live" },
    },
    {
      name: "is let go when only the annotation names it and it is not there",
      because: "404 anywhere is success (aso-features 12)",
      facts: deletion({
        deleteId: { kind: "unproven", armId, problem: aProblem("Failed") },
        live: { kind: "notFound" },
      }),
      expected: { do: "unclaim" },
    },
    {
      name: "stays when only the annotation names it and it is there",
      because: "an edited annotation deletes nothing",
      facts: deletion({
        deleteId: { kind: "unproven", armId, problem: aProblem("Failed") },
        live: found(),
      }),
      expected: { do: "problem", problem: aProblem("Failed") },
    },
    {
      name: "asks for the credential",
      because: "the deletion is the principal's",
      facts: deletion({ credential: undefined }),
      expected: { do: "gather", need: "credential" },
    },
    {
      name: "stays without a credential",
      because: "a missing credential blocks the deletion (aso-semantics 9.3)",
      facts: deletion({ credential: { kind: "problem", problem: aProblem("Failed") } }),
      expected: { do: "problem", problem: aProblem("Failed") },
    },
    {
      name: "stays when the credential is for another subscription",
      because: "SubscriptionMismatch is an Error also for a deletion (aso-semantics 9.5)",
      facts: deletion({
        deleteId: { kind: "id", armId: armId.replace(subscription, "another-subscription") },
      }),
      expected: {
        do: "problem",
        problem: expect.objectContaining({ reason: "SubscriptionMismatch", severity: "Error" }),
      },
    },
    {
      name: "is looked up first",
      because: "404 ends the deletion without a DELETE",
      facts: deletion(),
      expected: { do: "gather", need: "live" },
    },
    {
      name: "is let go when Azure does not have it",
      because: "404 anywhere is success (aso-features 12)",
      facts: deletion({ live: { kind: "notFound" } }),
      expected: { do: "unclaim" },
    },
    {
      name: "is deleted when Azure has it",
      because: "deletionTimestamp, finalizer, policy manage and an id that is ours",
      facts: deletion({ live: found() }),
      expected: { do: "delete", armId },
    },
    {
      name: "is counted before it is deleted, and only then",
      because: "what Azure does not have any more is no deletion",
      facts: deletion({ live: found(), admission: undefined }),
      expected: { do: "gather", need: "admission" },
    },
    {
      name: "waits while the deletions of its cluster are paused",
      because: "an operator has to confirm them",
      facts: deletion({
        live: found(),
        admission: { kind: "paused", problem: aProblem("DeletionPaused") },
      }),
      expected: { do: "problem", problem: aProblem("DeletionPaused") },
    },
    {
      name: "waits also when an earlier DELETE may have been lost",
      because: "a 404 of the moment does not make it harmless",
      facts: deletion({
        memory: { uncertain: true, armId },
        live: { kind: "notFound" },
        admission: { kind: "paused", problem: aProblem("DeletionPaused") },
      }),
      expected: { do: "problem", problem: aProblem("DeletionPaused") },
    },
    {
      name: "is deleted when its creation has just ended and Azure does not show it yet",
      because: "a read may lag, and nobody would look after it any more",
      facts: deletion({
        progress: { kind: "putDone", goalHash: undefined },
        live: { kind: "notFound" },
      }),
      expected: { do: "delete", armId },
    },
    {
      name: "is deleted also when the lookup failed",
      because: "other GET errors are ignored (aso-semantics 9.5)",
      facts: deletion({ live: { kind: "problem", problem: aProblem("Failed") } }),
      expected: { do: "delete", armId },
    },
    {
      name: "is deleted although its creation still runs",
      because: "a create token is ignored (aso-semantics 9.4)",
      facts: deletion(
        { token: { kind: "operation", method: "PUT" }, live: found({ inProgress: true }) },
        claimedResource({ metadata, notes: createPoller }),
      ),
      expected: { do: "delete", armId },
    },
    {
      name: "is let go when its DELETE is finished",
      because: "progress of this invocation",
      facts: deletion({ progress: { kind: "deleteDone", isProven: true }, deleteId: undefined }),
      expected: { do: "unclaim" },
    },
  ];
  test.each(rows)("$name, because $because", ({ facts, expected }) => {
    expect(decide(facts)).toEqual(expected);
  });
});

describe("a running deletion", () => {
  const running = claimedResource({ metadata, notes: deletePoller });
  const token = { kind: "operation", method: "DELETE" } as const;
  const rows: readonly Row[] = [
    {
      name: "is polled when its time has come",
      because: "pollAt has passed",
      facts: deletion({ token, memory: { uncertain: false, armId, pollAt: now } }, running),
      expected: { do: "poll" },
    },
    {
      name: "is not polled before Retry-After",
      because: "Azure named a time",
      facts: deletion({ token, memory: { uncertain: false, armId, pollAt: now + 5 } }, running),
      expected: { do: "wait", until: now + 5 },
    },
    {
      name: "starts anew when its token is not usable",
      because: "DELETE goes to the id we hold, not to where the token points",
      facts: deletion({ token: { kind: "problem", problem: aProblem("Failed") } }, running),
      expected: { do: "gather", need: "live" },
    },
    {
      name: "ends when the policy forbids it by now",
      because: "detach-on-delete lets go at once",
      facts: deletion({ token, policy: detach }, running),
      expected: { do: "unclaim" },
    },
  ];
  test.each(rows)("$name, because $because", ({ facts, expected }) => {
    expect(decide(facts)).toEqual(expected);
  });
});

describe("a kind that Azure cannot delete", () => {
  const kind = { noDelete: true, headOnly: false };

  test("says so, slowly repeated, with the way out", () => {
    const decision = decide(deletion({ kind, live: found() }));
    expect(decision).toMatchObject({
      do: "problem",
      event: { type: "Normal", reason: "NotPossibleInAzure" },
      problem: {
        reason: "DeletionNotSupportedInAzure",
        severity: "Warning",
        retry: "verySlow",
        message: expect.stringContaining(
          "'serviceoperator.azure.com/reconcile-policy: detach-on-delete'",
        ),
      },
    });
  });

  test("lets go when the parent took it along", () => {
    expect(decide(deletion({ kind, live: { kind: "notFound" } }))).toEqual({ do: "unclaim" });
  });

  test("never leads to a DELETE, whatever a GET says", () => {
    const answers = [found(), { kind: "problem" as const, problem: aProblem("Failed") }];
    for (const live of answers) expect(decide(deletion({ kind, live })).do).not.toBe("delete");
  });
});
