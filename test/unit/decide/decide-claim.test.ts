import { describe, expect, test } from "vitest";
import { decide } from "../../../src/core/decide/decide.ts";
import type { Facts } from "../../../src/core/decide/facts.ts";
import { annotations, finalizer } from "../../../src/core/resource/names.ts";
import { aCredential } from "../../doubles/in-memory-tokens.ts";
import {
  aProblem,
  armId,
  claimedResource,
  createPoller,
  factsOf,
  newResource,
  now,
  operatorNamespace,
  type Row,
  settledFacts,
  skip,
  subscription,
} from "./facts-fixtures.ts";

const waitingFor = { group: "resources.azure.com", kind: "ResourceGroup", name: "rg" };
const unclaimed = newResource();

describe("before anything else", () => {
  const rows: readonly Row[] = [
    {
      name: "forgets a resource that does not exist any more",
      because: "absence is not deletion: the row goes, nothing in Azure does",
      facts: factsOf(undefined, { policy: undefined }),
      expected: { do: "forget" },
    },
    {
      name: "leaves a resource of another operator alone",
      because: "operator-namespace is the hand-over switch (aso-semantics 1.2)",
      facts: factsOf(newResource({ notes: { [annotations.operatorNamespace]: "aso-system" } })),
      expected: { do: "leave", operator: "aso-system" },
    },
    {
      name: "leaves a resource of another operator alone even while it is deleted",
      because: "the other one runs the deletion",
      facts: factsOf(
        claimedResource({
          notes: { [annotations.operatorNamespace]: "aso-system" },
          metadata: { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: [finalizer] },
        }),
      ),
      expected: { do: "leave", operator: "aso-system" },
    },
    {
      name: "takes an empty operator-namespace as its own to claim",
      because: "an empty annotation counts as none (aso-semantics 1.2)",
      facts: factsOf(newResource({ notes: { [annotations.operatorNamespace]: "" } }), {
        owner: undefined,
      }),
      expected: { do: "gather", need: "owner" },
    },
    {
      name: "stops at a kind or version that the catalog does not know",
      because: "nothing can be converted, and the condition says what to do",
      facts: factsOf(unclaimed, { kind: { problem: aProblem("Failed") } }),
      expected: { do: "problem", problem: aProblem("Failed") },
    },
  ];
  test.each(rows)("$name, because $because", ({ facts, expected }) => {
    expect(decide(facts)).toEqual(expected);
  });
});

describe("the claim", () => {
  test("gathers what it needs in ASO's order and claims only at the end", () => {
    const known = factsOf(unclaimed);
    const order = ["policy", "owner", "credential", "goal", "ownership"] as const;
    for (const [index, need] of order.entries()) {
      const facts: Facts = {
        ...known,
        ...Object.fromEntries(order.slice(index).map((name) => [name, undefined])),
      };
      expect(decide(facts)).toEqual({ do: "gather", need });
    }
    expect(decide(known)).toEqual({ do: "claim" });
  });

  const rows: readonly Row[] = [
    {
      name: "waits for an owner that is missing or not Ready",
      because: "a child is claimed only below a Ready owner (aso-semantics 1.4)",
      facts: factsOf(unclaimed, {
        owner: { kind: "waiting", problem: aProblem("WaitingForOwner"), on: waitingFor },
        credential: undefined,
        goal: undefined,
      }),
      expected: { do: "problem", problem: aProblem("WaitingForOwner"), on: waitingFor },
    },
    {
      name: "does not wait for the owner when the claim was only wiped",
      because: "readiness of the owner counts before the first claim alone (aso-semantics 1.4)",
      facts: factsOf(unclaimed, {
        memory: { uncertain: false, armId },
        owner: { kind: "waiting", problem: aProblem("WaitingForOwner"), on: waitingFor },
      }),
      expected: { do: "claim" },
    },
    {
      name: "claims below an owner that is named by its ARM id",
      because: "nobody tells whether it is Ready, so there is nothing to wait for",
      facts: factsOf(unclaimed, { owner: { kind: "free" } }),
      expected: { do: "claim" },
    },
    {
      name: "stops at an owner that cannot be read",
      because: "a child without a parent has no id",
      facts: factsOf(unclaimed, { owner: { kind: "problem", problem: aProblem("Failed") } }),
      expected: { do: "problem", problem: aProblem("Failed") },
    },
    {
      name: "stops without a credential",
      because: "the id needs its subscription",
      facts: factsOf(unclaimed, {
        credential: { kind: "problem", problem: aProblem("Failed") },
        goal: undefined,
      }),
      expected: { do: "problem", problem: aProblem("Failed") },
    },
    {
      name: "waits unclaimed for a reference that is not there",
      because: "a resource with an unresolved reference is never claimed (aso-semantics 1.4)",
      facts: factsOf(unclaimed, {
        goal: { kind: "problem", problem: aProblem("ReferenceNotFound"), on: waitingFor },
      }),
      expected: { do: "problem", problem: aProblem("ReferenceNotFound"), on: waitingFor },
    },
    {
      name: "is made as ASO makes it for an id in another subscription, but keeps nobody else from that id",
      because: "the mismatch is told after the claim (aso-features 6.7)",
      facts: factsOf(unclaimed, {
        goal: { kind: "goal", armId: "/subscriptions/other/resourceGroups/rg", hash: "h" },
        ownership: undefined,
      }),
      expected: { do: "claim" },
    },
    {
      name: "does not claim an id that another resource holds",
      because: "the first claimer keeps it, across clusters",
      facts: factsOf(unclaimed, {
        ownership: { kind: "other", problem: aProblem("AzureResourceInUse") },
      }),
      expected: { do: "problem", problem: aProblem("AzureResourceInUse") },
    },
    {
      name: "waits while a former holder of the id may still write",
      because: "two holders never write at the same time",
      facts: factsOf(unclaimed, { ownership: { kind: "fenced", until: now + 5 } }),
      expected: { do: "postpone", until: now + 5 },
    },
    {
      name: "asks for no ownership under skip",
      because: "what never writes is in nobody's way (aso-features 17.2)",
      facts: factsOf(unclaimed, { policy: skip, ownership: undefined }),
      expected: { do: "claim" },
    },
    {
      name: "claims again when the finalizer was taken away",
      because: "kubectl replace wipes it",
      facts: settledFacts(claimedResource({ metadata: { finalizers: [] } })),
      expected: { do: "claim" },
    },
    {
      name: "claims again when the resource-id was taken away",
      because: "kubectl replace wipes it",
      facts: settledFacts(claimedResource({ notes: { [annotations.resourceId]: "" } })),
      expected: { do: "claim" },
    },
    {
      name: "claims a resource that another controller gave up",
      because: "an empty operator-namespace hands it over, whatever else is there",
      facts: factsOf(claimedResource({ notes: { [annotations.operatorNamespace]: "" } })),
      expected: { do: "claim" },
    },
    {
      name: "claims under skip as well",
      because: "the claim still happens under skip (aso-semantics 1.7)",
      facts: factsOf(unclaimed, { policy: { mayModify: false, mayDelete: false } }),
      expected: { do: "claim" },
    },
  ];
  test.each(rows)("$name, because $because", ({ facts, expected }) => {
    expect(decide(facts)).toEqual(expected);
  });
});

describe("the resource-id annotation", () => {
  const elsewhere = armId.replace(subscription, "99999999-0000-0000-0000-000000000000");
  const rows: readonly Row[] = [
    {
      name: "stops when it names another resource of the same subscription",
      because: "tenants can edit annotations, and an edit may never move a write",
      facts: settledFacts(claimedResource({ notes: { [annotations.resourceId]: `${armId}2` } })),
      expected: { do: "problem" },
    },
    {
      name: "stops when the credential is for another subscription",
      because: "the resource would silently be created a second time (aso-semantics 1.6)",
      facts: settledFacts(claimedResource({ notes: { [annotations.resourceId]: elsewhere } })),
      expected: { do: "problem" },
    },
    {
      name: "is compared without regard to case",
      because: "ARM ids are case-insensitive",
      facts: settledFacts(
        claimedResource({ notes: { [annotations.resourceId]: armId.toUpperCase() } }),
      ),
      expected: { do: "rest" },
    },
    ...[
      claimedResource({
        notes: {
          [annotations.operatorNamespace]: "",
          [annotations.resourceId]: elsewhere,
        },
      }),
      claimedResource({
        metadata: { finalizers: [] },
        notes: {
          [annotations.operatorNamespace]: "",
          [annotations.resourceId]: elsewhere,
        },
      }),
    ].map((resource) => ({
      name: `stops a claim of what another operator had elsewhere, finalizers ${JSON.stringify(resource.metadata.finalizers)}`,
      because: "taking over with another credential would create it a second time",
      facts: factsOf(resource, { ownership: undefined }),
      expected: { do: "problem" } as const,
    })),
    {
      name: "of a manifest that was copied with its annotations says nothing",
      because: "it was never Ready here, and its name is a new one",
      facts: factsOf(newResource({ notes: { [annotations.resourceId]: elsewhere } })),
      expected: { do: "claim" },
    },
  ];
  test.each(rows)("$name, because $because", ({ facts, expected }) => {
    expect(decide(facts)).toMatchObject(expected);
  });

  test("gives SubscriptionMismatch for another subscription and Failed for another name, both as Error", () => {
    const reasonFor = (id: string): unknown =>
      decide(settledFacts(claimedResource({ notes: { [annotations.resourceId]: id } })));
    expect(reasonFor(elsewhere)).toMatchObject({
      problem: { reason: "SubscriptionMismatch", severity: "Error" },
    });
    expect(reasonFor(`${armId}2`)).toMatchObject({
      problem: { reason: "Failed", severity: "Error" },
    });
  });

  test("in another subscription than the credential's stops a resource that was never sent", () => {
    const facts = factsOf(
      claimedResource({ ready: "none", notes: { [annotations.resourceId]: elsewhere } }),
      { goal: { kind: "goal", armId: elsewhere, hash: "h" }, ownership: undefined },
    );
    expect(decide(facts)).toMatchObject({
      problem: { reason: "SubscriptionMismatch", severity: "Error" },
    });
  });

  test("gives SubscriptionMismatch also when the goal cannot be computed with the new credential", () => {
    const goal = { kind: "problem", problem: aProblem("Failed") } as const;
    const facts = settledFacts(
      claimedResource({ notes: { [annotations.resourceId]: elsewhere } }),
      { goal },
    );
    expect(decide(facts)).toMatchObject({ problem: { reason: "SubscriptionMismatch" } });
  });

  test("stops a resource whose edited id comes with a running operation before that is polled elsewhere", () => {
    const decision = decide(
      settledFacts(claimedResource({ notes: createPoller }), {
        token: { kind: "problem", problem: aProblem("Failed") },
      }),
    );
    expect(decision).toEqual({ do: "problem", problem: aProblem("Failed") });
  });
});

test("a decision never depends on facts it did not ask for: the same facts give the same decision", () => {
  const facts = factsOf(unclaimed, {
    credential: { kind: "credential", credential: aCredential({ subscriptionId: subscription }) },
  });
  expect(decide(facts)).toEqual(decide({ ...facts, operatorNamespace }));
});
