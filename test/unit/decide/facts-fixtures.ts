import type { Decision } from "../../../src/core/decide/decision.ts";
import type { Facts, GoalFact, LiveFact } from "../../../src/core/decide/facts.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { annotations, finalizer, pollerIds } from "../../../src/core/resource/names.ts";
import type { CustomResource, ObjectMeta, Problem } from "../../../src/core/resource/types.ts";
import { aCredential } from "../../doubles/in-memory-tokens.ts";

export const operatorNamespace = "aso-functions";
export const subscription = "00000000-0000-0000-0000-000000000001";
export const armId = `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet`;
export const goalHash = "goal-1";
export const now = 1_800_000_000_000;

/** A row of a decision table. */
export type Row = {
  readonly name: string;
  readonly because: string;
  readonly facts: Facts;
  readonly expected: Decision | Partial<Decision>;
};

export function aProblem(reason: string): Problem {
  return { reason, severity: "Warning", retry: "slow", message: `${reason} happened` };
}

type Shape = {
  readonly metadata?: Partial<ObjectMeta>;
  readonly notes?: Readonly<Record<string, string>>;
  readonly ready?:
    | { readonly status: string; readonly generation?: number; readonly reason?: string }
    | "none";
};

/** A network as the API server has it after `kubectl apply`, before anybody claimed it. */
export function newResource(shape: Shape = {}): CustomResource {
  const ready = shape.ready ?? "none";
  const conditions: JsonObject[] =
    ready === "none"
      ? []
      : [
          {
            type: "Ready",
            status: ready.status,
            observedGeneration: ready.generation ?? 3,
            ...(ready.reason === undefined ? {} : { reason: ready.reason }),
          },
        ];
  return {
    apiVersion: "network.azure.com/v1api20240301storage",
    kind: "VirtualNetwork",
    metadata: {
      name: "vnet",
      namespace: "team",
      uid: "uid-1",
      resourceVersion: "7",
      generation: 3,
      annotations: { ...shape.notes },
      ...shape.metadata,
    },
    spec: { owner: { name: "rg" } },
    ...(ready === "none" ? {} : { status: { conditions } }),
  };
}

/** The same network, claimed and Ready at its generation. */
export function claimedResource(shape: Shape = {}): CustomResource {
  return newResource({
    ready: shape.ready ?? { status: "True" },
    metadata: { finalizers: [finalizer], ...shape.metadata },
    notes: {
      [annotations.operatorNamespace]: operatorNamespace,
      [annotations.resourceId]: armId,
      [annotations.latestReconciledGeneration]: "3",
      [annotations.acceptedGoal]: goalHash,
      ...shape.notes,
    },
  });
}

/** Annotations of a running operation. */
export const createPoller = {
  [annotations.pollerResumeId]: pollerIds.create,
  [annotations.pollerResumeToken]: "{}",
};
export const deletePoller = {
  [annotations.pollerResumeId]: pollerIds.delete,
  [annotations.pollerResumeToken]: "{}",
};

const goal: GoalFact = { kind: "goal", armId, hash: goalHash };
export const otherGoal: GoalFact = { kind: "goal", armId, hash: "goal-2" };
const manage = { mayModify: true, mayDelete: true };
export const skip = { mayModify: false, mayDelete: false };
export const detach = { mayModify: true, mayDelete: false };

/** What a GET found. */
export function found(shape: Partial<Extract<LiveFact, { kind: "found" }>> = {}): LiveFact {
  return {
    kind: "found",
    inProgress: false,
    matchesGoal: true,
    sameAsAccepted: undefined,
    ...shape,
  };
}

/** Facts about a resource of which everything that a claim needs is known. */
export function factsOf(resource: CustomResource | undefined, more: Partial<Facts> = {}): Facts {
  return {
    now,
    operatorNamespace,
    resource,
    kind: { noDelete: false, headOnly: false },
    memory: { uncertain: false },
    progress: { kind: "none" },
    verifyAt: now + 1000,
    convertVersion: "1",
    policy: manage,
    owner: { kind: "ready" },
    credential: { kind: "credential", credential: aCredential({ subscriptionId: subscription }) },
    goal,
    ownership: { kind: "held" },
    ...more,
  };
}

/** Facts about a resource that was accepted, compared and recorded before. */
export function settledFacts(resource: CustomResource, more: Partial<Facts> = {}): Facts {
  return factsOf(resource, {
    ...more,
    memory: {
      uncertain: false,
      armId,
      acceptedGoal: goalHash,
      convertVersion: "1",
      verifiedAt: now - 1000,
      ...more.memory,
    },
  });
}
