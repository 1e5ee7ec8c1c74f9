import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accessDenied } from "../../src/core/decide/access.ts";
import { decide } from "../../src/core/decide/decide.ts";
import type { Decision } from "../../src/core/decide/decision.ts";
import type { Facts, LiveFact } from "../../src/core/decide/facts.ts";
import { annotations, finalizer, pollerIds } from "../../src/core/resource/names.ts";
import type { CustomResource } from "../../src/core/resource/types.ts";
import { aCredential } from "../doubles/in-memory-tokens.ts";

const now = 1_800_000_000_000;
const ourId = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg";
const problem = { reason: "Failed", severity: "Warning", retry: "slow", message: "x" } as const;
const broken = { kind: "problem", problem } as const;

const resources: fc.Arbitrary<CustomResource> = fc
  .record({
    deleting: fc.boolean(),
    finalizers: fc.subarray([finalizer, "other.example/hold"]),
    operator: fc.constantFrom(undefined, "", "us", "aso-system"),
    id: fc.constantFrom(undefined, "", ourId, ourId.toUpperCase(), `${ourId}2`),
    poller: fc.constantFrom(undefined, pollerIds.create, pollerIds.delete),
    accepted: fc.constantFrom(undefined, "g1", "g2", "skip"),
    reconciled: fc.constantFrom(undefined, "1", "2"),
    ready: fc.constantFrom(undefined, "True", "False"),
    observed: fc.constantFrom(1, 2),
    reason: fc.constantFrom("Succeeded", "AdoptionPlanned"),
    adopt: fc.constantFrom(undefined, "adopt", "plan", "Plan"),
    adopted: fc.constantFrom(undefined, "u", "another"),
  })
  .map((shape) => ({
    apiVersion: "resources.azure.com/v1api20200601storage",
    kind: "ResourceGroup",
    metadata: {
      name: "rg",
      namespace: "team",
      uid: "u",
      resourceVersion: "1",
      generation: 2,
      finalizers: shape.finalizers,
      ...(shape.deleting ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
      annotations: Object.fromEntries(
        Object.entries({
          [annotations.operatorNamespace]: shape.operator,
          [annotations.resourceId]: shape.id,
          [annotations.pollerResumeId]: shape.poller,
          [annotations.pollerResumeToken]: shape.poller === undefined ? undefined : "{}",
          [annotations.acceptedGoal]: shape.accepted,
          [annotations.latestReconciledGeneration]: shape.reconciled,
          [annotations.adopt]: shape.adopt,
          [annotations.adopted]: shape.adopted,
        }).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ),
    },
    status: {
      conditions:
        shape.ready === undefined
          ? []
          : [
              {
                type: "Ready",
                status: shape.ready,
                observedGeneration: shape.observed,
                reason: shape.reason,
              },
            ],
    },
  }));

const lives: fc.Arbitrary<LiveFact> = fc.oneof(
  fc.record({
    kind: fc.constant("found" as const),
    inProgress: fc.boolean(),
    matchesGoal: fc.boolean(),
    sameAsAccepted: fc.constantFrom(undefined, true, false),
    isExact: fc.constantFrom(undefined, true, false),
  }),
  fc.constant({ kind: "notFound" as const }),
  fc.constant(broken),
);

/** Everything is known; what a pass has not gathered yet is taken away by the tests. */
const facts: fc.Arbitrary<Facts> = fc
  .record({
    resource: fc.option(resources, { nil: undefined, freq: 20 }),
    noDelete: fc.boolean(),
    known: fc.boolean(),
    memory: fc.record({
      armId: fc.constantFrom(undefined, ourId),
      isHeld: fc.boolean(),
      uncertain: fc.boolean(),
      openGoal: fc.constantFrom(undefined, "g1", "g2"),
      acceptedGoal: fc.constantFrom(undefined, "g1", "g2", "skip"),
      convertVersion: fc.constantFrom(undefined, "0", "1"),
      verifiedAt: fc.constantFrom(undefined, now - 10),
      pollAt: fc.constantFrom(undefined, now, now + 10),
    }),
    progress: fc.constantFrom(
      { kind: "none" as const },
      { kind: "putDone" as const, goalHash: "g1" },
      { kind: "putDone" as const, goalHash: undefined },
      { kind: "deleteDone" as const, isProven: true },
    ),
    verifyAt: fc.constantFrom("never" as const, now - 1, now + 1),
    access: fc.constantFrom(
      undefined,
      [],
      [{ match: {}, allow: { kinds: ["*.resources.azure.com"], resourceGroups: ["rg"] } }],
      [{ match: {}, allow: { identities: ["app"] } }],
    ),
    policy: fc.constantFrom(
      { mayModify: true, mayDelete: true },
      { mayModify: true, mayDelete: false },
      { mayModify: false, mayDelete: false },
    ),
    owner: fc.constantFrom(
      { kind: "free" as const },
      { kind: "ready" as const },
      { kind: "waiting" as const, problem, on: { group: "g", kind: "k", name: "n" } },
      broken,
    ),
    credential: fc.constantFrom(
      { kind: "credential" as const, credential: aCredential() },
      { kind: "credential" as const, credential: aCredential({ subscriptionId: "another" }) },
      broken,
    ),
    goal: fc.constantFrom(
      { kind: "goal" as const, armId: ourId, hash: "g1" },
      { kind: "goal" as const, armId: `${ourId}2`, hash: "g2" },
      broken,
    ),
    ownership: fc.constantFrom(
      { kind: "held" as const },
      { kind: "fenced" as const, until: now + 5 },
      { kind: "other" as const, problem },
    ),
    deleteId: fc.constantFrom(
      { kind: "id" as const, armId: ourId },
      { kind: "nothing" as const },
      { kind: "fenced" as const, until: now + 5 },
      broken,
    ),
    admission: fc.constantFrom({ kind: "admitted" as const }, { kind: "paused" as const, problem }),
    token: fc.constantFrom(
      { kind: "operation" as const, method: "PUT" as const },
      { kind: "operation" as const, method: "PUT" as const, armId: `${ourId}2` },
      { kind: "operation" as const, method: "DELETE" as const },
      broken,
    ),
    live: lives,
    listed: fc.constantFrom({ kind: "same" as const }, { kind: "unsure" as const }),
  })
  .map(({ noDelete, known, ...rest }) => ({
    now,
    operatorNamespace: "us",
    convertVersion: "1",
    kind: known ? { noDelete, headOnly: false } : { problem },
    ...rest,
  }));

const needs = [
  "policy",
  "owner",
  "credential",
  "goal",
  "ownership",
  "deleteId",
  "admission",
  "token",
  "live",
  "listed",
] as const;

/** Facts that no request to Azure is needed for, and decisions that send none. */
const beforeAzure = ["policy", "deleteId"];
const quiet = ["problem", "leave", "rest", "unclaim", "postpone"];

type Step = { readonly decision: Decision; readonly facts: Facts };

/** Runs a pass that starts with nothing gathered; returns its last decision, what it asked for, and every step. */
function pass(known: Facts): {
  readonly last: Decision;
  readonly asked: readonly string[];
  readonly steps: readonly Step[];
} {
  const asked: string[] = [];
  const steps: Step[] = [];
  let current: Facts = {
    ...known,
    ...Object.fromEntries(needs.map((need) => [need, undefined])),
  };
  for (;;) {
    const decision = decide(current);
    steps.push({ decision, facts: current });
    if (decision.do !== "gather") return { last: decision, asked, steps };
    asked.push(decision.need);
    expect(asked.length, `${asked.join()} goes on for ever`).toBeLessThanOrEqual(needs.length);
    current = { ...current, [decision.need]: known[decision.need] };
  }
}

function check(
  holds: (
    decision: Decision,
    known: Facts,
    asked: readonly string[],
    steps: readonly Step[],
  ) => void,
): void {
  fc.assert(
    fc.property(facts, (known) => {
      const { last, asked, steps } = pass(known);
      holds(last, known, asked, steps);
    }),
    { numRuns: 3000 },
  );
}

describe("whatever the facts are", () => {
  test("a pass asks for each fact at most once and comes to a decision", () => {
    check((_decision, _known, asked) => expect(new Set(asked).size).toBe(asked.length));
  });

  test("a DELETE needs a deletionTimestamp, our finalizer, a policy that permits it, an id that is ours and leave", () => {
    check((decision, { resource, policy, kind, admission }) => {
      if (decision.do !== "delete") return;
      expect(resource?.metadata.deletionTimestamp).toBeDefined();
      expect(resource?.metadata.finalizers).toContain(finalizer);
      expect(policy?.mayDelete).toBe(true);
      expect(decision.armId).toBe(ourId);
      expect(kind).toMatchObject({ noDelete: false });
      expect(admission).toEqual({ kind: "admitted" });
    });
  });

  test("a PUT needs a claim, a goal, the id that was claimed and a policy that permits it", () => {
    check((decision, { resource, policy, goal, ownership, credential }) => {
      if (decision.do !== "put") return;
      const noted = resource?.metadata.annotations ?? {};
      expect(resource?.metadata.deletionTimestamp).toBeUndefined();
      expect(resource?.metadata.finalizers).toContain(finalizer);
      expect(noted[annotations.operatorNamespace]).toBe("us");
      expect(goal?.kind === "goal" && goal.armId.toLowerCase()).toBe(
        noted[annotations.resourceId]?.toLowerCase(),
      );
      expect(ownership).toEqual({ kind: "held" });
      expect(credential?.kind).toBe("credential");
      expect(policy?.mayModify).toBe(true);
    });
  });

  test("what may not write needs no ownership, and keeps none", () => {
    check((decision, { policy, memory }, asked) => {
      if (policy?.mayModify !== false) return;
      expect(asked).not.toContain("ownership");
      if (decision.do === "record") expect(memory.isHeld).toBe(false);
    });
  });

  test("a PUT over an accepted goal that is Ready follows a GET", () => {
    check((decision, known, asked) => {
      if (decision.do !== "put" || known.goal?.kind !== "goal") return;
      if (known.memory.acceptedGoal === known.goal.hash) expect(asked).toContain("live");
    });
  });

  test("nothing goes to Azure, and no id is taken, while the central policy refuses what is known", () => {
    let refused = 0;
    check((_decision, { resource }, _asked, steps) => {
      for (const { decision, facts: known } of steps) {
        if (resource === undefined || accessDenied(known, resource) === undefined) continue;
        refused += 1;
        if (decision.do === "gather") expect(beforeAzure).toContain(decision.need);
        else expect(quiet).toContain(decision.do);
      }
    });
    expect(refused).toBeGreaterThan(500);
  });

  test("nothing but the event is done to a resource of another operator", () => {
    check((decision, { resource }) => {
      if (resource?.metadata.annotations?.[annotations.operatorNamespace] !== "aso-system") return;
      expect(decision.do).toBe("leave");
    });
  });

  test("no operation is polled before its time", () => {
    check((decision, { memory }) => {
      if (decision.do === "poll" && memory.pollAt !== undefined)
        expect(memory.pollAt).toBeLessThanOrEqual(now);
    });
  });

  test("what is only planned is neither written, followed, recorded nor deleted in Azure", () => {
    check((decision, { resource, memory, policy, live }) => {
      const { [annotations.adopt]: adopt = "adopt", [annotations.adopted]: adopted } =
        resource?.metadata.annotations ?? {};
      const wasAccepted = memory.acceptedGoal !== undefined && memory.acceptedGoal !== "skip";
      if (adopt === "adopt" || wasAccepted || memory.openGoal !== undefined || adopted === "u") {
        expect(decision).not.toMatchObject({ do: "plan" });
        expect(decision).not.toMatchObject({ wasPlanned: true });
        return;
      }
      expect(["delete", "poll"]).not.toContain(decision.do);
      if (decision.do === "put") expect(live).toEqual({ kind: "notFound" });
      if (decision.do === "adoptOperation" || (decision.do === "record" && policy?.mayModify))
        expect.fail(`a planned resource was taken over: ${decision.do}`);
    });
  });

  test("a resource that was let go had nothing in Azure, or the policy or the DELETE said so", () => {
    check((decision, { policy, live, deleteId, progress }) => {
      if (decision.do !== "unclaim") return;
      const reasons = [
        policy?.mayDelete === false,
        progress.kind === "deleteDone",
        live?.kind === "notFound",
        deleteId?.kind === "nothing",
        decision.wasPlanned === true,
      ];
      expect(reasons).toContain(true);
    });
  });
});
