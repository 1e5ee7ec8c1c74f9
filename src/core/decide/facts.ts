import type { AccessRule } from "../access/access-policy.ts";
import type { ArmCredential } from "../resource/credential.ts";
import type { CustomResource, Problem } from "../resource/types.ts";

/** A reference to another custom resource of the same namespace that has to move first. */
export type WaitsFor = { readonly group: string; readonly kind: string; readonly name: string };

/** Whether the owner lets the resource go on. */
export type OwnerFact =
  /** No owner, or an owner by ARM id: nothing to wait for. */
  | { readonly kind: "free" }
  | { readonly kind: "ready" }
  | { readonly kind: "waiting"; readonly problem: Problem; readonly on: WaitsFor }
  | { readonly kind: "problem"; readonly problem: Problem };

/** The credential that the resource is reconciled with, or why there is none. */
export type CredentialFact =
  | { readonly kind: "credential"; readonly credential: ArmCredential }
  | { readonly kind: "problem"; readonly problem: Problem };

/** What ARM should hold: the id and the hash of the goal, or why it cannot be computed and what that waits for. */
export type GoalFact =
  | {
      readonly kind: "goal";
      readonly armId: string;
      readonly hash: string;
      /** What is asked for besides cannot be exported, whatever ARM answers: nothing is sent. */
      readonly unusable?: Problem | undefined;
    }
  | { readonly kind: "problem"; readonly problem: Problem; readonly on?: WaitsFor | undefined };

/** Whether this resource holds its ARM id, or another one does. */
export type OwnershipFact =
  | { readonly kind: "held" }
  /** It does, but a write of a former holder may be under way until then (epoch ms). */
  | { readonly kind: "fenced"; readonly until: number }
  | { readonly kind: "other"; readonly problem: Problem };

/** What one GET of the resource told. */
export type LiveFact =
  | {
      readonly kind: "found";
      /** A provisioningState that is not terminal: an operation runs. */
      readonly inProgress: boolean;
      /** Every leaf of the goal is there: judged without a baseline. */
      readonly matchesGoal: boolean;
      /** Equal to the projection after our last PUT; undefined when there is none. */
      readonly sameAsAccepted: boolean | undefined;
      /** A PUT would change nothing: `matchesGoal`, and no secret to set and no member of a map to remove either. */
      readonly isExact?: boolean | undefined;
    }
  | { readonly kind: "notFound" }
  /** ARM or the shared budget asks for a pause: nothing is known, and nothing is wrong. */
  | { readonly kind: "throttled"; readonly until: number }
  | {
      readonly kind: "problem";
      readonly problem: Problem;
      readonly notBefore?: number | undefined;
      /** No answer, or a failure of the server: it says nothing about the resource. */
      readonly isTransient?: boolean | undefined;
    };

/** What a list told about the resource. A difference or an absence in a list is only a reason for a GET. */
export type ListedFact = { readonly kind: "same" | "unsure" };

/** What the resume token on the resource says: an operation to go on with, or why it is not trusted. */
export type TokenFact =
  | {
      readonly kind: "operation";
      readonly method: "PUT" | "DELETE";
      /** The resource that is polled, where an operation is followed by its body. */
      readonly armId?: string | undefined;
    }
  | { readonly kind: "problem"; readonly problem: Problem };

/** The id that a delete may go to: the one the row holds, the one computed now, or the one the ownership table has for us. */
export type DeleteIdFact =
  | { readonly kind: "id"; readonly armId: string }
  /** Only the annotation names it, and it cannot be computed now: it may be looked up, and let go when it is not there. */
  | { readonly kind: "unproven"; readonly armId: string; readonly problem: Problem }
  | { readonly kind: "nothing" }
  /** It is ours, but a write of a former holder may be under way until then (epoch ms). */
  | { readonly kind: "fenced"; readonly until: number }
  | { readonly kind: "problem"; readonly problem: Problem };

/** Whether a DELETE may be sent, or the cluster's deletions are paused until an operator confirms them. */
export type AdmissionFact =
  | { readonly kind: "admitted" }
  | { readonly kind: "paused"; readonly problem: Problem };

/** What happened earlier in this invocation. */
export type Progress =
  | { readonly kind: "none" }
  /** ARM finished the PUT of this goal: read it back and record it. `undefined`: the goal of the operation is not known. */
  | { readonly kind: "putDone"; readonly goalHash: string | undefined }
  /** `isProven` false: only a stored token says so, and it may have been edited. */
  | { readonly kind: "deleteDone"; readonly isProven: boolean };

/** The row's memory as far as it decides. */
export type MemoryFacts = {
  readonly armId?: string | undefined;
  /** Nobody else may write to the id. */
  readonly isHeld?: boolean | undefined;
  /** Set when the row holds an `inFlight` of an earlier epoch, or an `uncertain` mark. */
  readonly uncertain: boolean;
  /** Goal of a PUT, or of its operation, of which nobody knows what became of it. */
  readonly openGoal?: string | undefined;
  readonly acceptedGoal?: string | undefined;
  /** Generation that another operator brought to Ready, kept where a problem of ours has replaced its Ready. */
  readonly takenOver?: number | undefined;
  readonly convertVersion?: string | undefined;
  readonly verifiedAt?: number | undefined;
  readonly pollAt?: number | undefined;
  /** The operation that the resource notes is over and its goal accepted; only exports or Ready are still to follow. */
  readonly isOperationOver?: boolean | undefined;
  /** Consecutive failed passes. */
  readonly attempts?: number | undefined;
};

/** What the catalog knows of the kind and version. */
export type KindFacts = {
  readonly noDelete: boolean;
  readonly headOnly: boolean;
};

/**
 * Everything a decision may rest on. A field that is undefined was not gathered yet; `decide` asks for it when it matters.
 * Facts are gathered once per pass and dropped when a step changes what they tell.
 */
export type Facts = {
  readonly now: number;
  readonly operatorNamespace: string;
  /** Undefined: the custom resource does not exist any more. */
  readonly resource: CustomResource | undefined;
  readonly kind: KindFacts | { readonly problem: Problem };
  readonly memory: MemoryFacts;
  readonly progress: Progress;
  /** When ARM is compared with the goal again (epoch ms); `never`: not by time. */
  readonly verifyAt: number | "never";
  readonly convertVersion: string;
  /** The central policy for the resource's namespace; undefined: there is none, and everything is allowed. */
  readonly access?: readonly AccessRule[] | undefined;
  readonly policy?: { readonly mayModify: boolean; readonly mayDelete: boolean } | undefined;
  readonly owner?: OwnerFact | undefined;
  readonly credential?: CredentialFact | undefined;
  readonly goal?: GoalFact | undefined;
  readonly ownership?: OwnershipFact | undefined;
  readonly deleteId?: DeleteIdFact | undefined;
  readonly admission?: AdmissionFact | undefined;
  readonly token?: TokenFact | undefined;
  readonly live?: LiveFact | undefined;
  readonly listed?: ListedFact | undefined;
};
