import type { Problem } from "../resource/types.ts";
import type { WaitsFor } from "./facts.ts";

/** The facts that can be gathered. */
export type Need =
  | "policy"
  | "owner"
  | "credential"
  | "goal"
  | "ownership"
  | "deleteId"
  | "admission"
  | "token"
  | "live"
  | "listed";

/** Why a PUT is sent. `uncertain`: an earlier one may have arrived, and a GET did not tell. */
export type PutReason = "new" | "goalChanged" | "drift" | "missing" | "uncertain";

/** One thing to do next. After `gather`, `claim`, `letGo`, `put`, `poll`, `delete` the pass goes on; the others end it. */
export type Decision =
  | { readonly do: "gather"; readonly need: Need }
  /** The custom resource is gone: drop the row. Nothing is deleted in Azure. */
  | { readonly do: "forget" }
  /** Another operator manages it: hands off, event Overlap. */
  | { readonly do: "leave"; readonly operator: string }
  /** Write finalizer, resource-id, labels, ownerReference; nothing was sent to ARM before. */
  | { readonly do: "claim" }
  | { readonly do: "put"; readonly because: PutReason }
  | { readonly do: "poll" }
  /** An operation runs; look again at `until`. */
  | { readonly do: "wait"; readonly until: number }
  /** ARM works on the resource although no token is stored: follow it by its provisioningState. */
  | { readonly do: "adoptOperation" }
  /** ARM has what is wanted: write status, exports and Ready. `goalHash` undefined: nothing was accepted (policy skip). */
  | {
      readonly do: "record";
      readonly goalHash: string | undefined;
      /** Azure differs, and the resource asks for nothing but to be told. */
      readonly drifted?: true;
    }
  /** Somebody deleted the resource in Azure, and it asks for nothing but to be told. */
  | { readonly do: "reportMissing" }
  /** Azure has the resource, and nobody agreed to its adoption yet: show what a PUT would change. */
  | { readonly do: "plan" }
  /** Nothing changed: note the time of the comparison. */
  | { readonly do: "verified" }
  /** The policy forbids every write: the ARM id is free for another custom resource. */
  | { readonly do: "letGo" }
  | { readonly do: "rest" }
  /** Look again later, saying nothing: `until` undefined means after the usual back-off. */
  | { readonly do: "postpone"; readonly until: number | undefined }
  | { readonly do: "delete"; readonly armId: string }
  /** Take our finalizer away: deletion is finished or not ours to do. `wasPlanned`: it was never adopted. */
  | { readonly do: "unclaim"; readonly wasPlanned?: true }
  | {
      readonly do: "problem";
      readonly problem: Problem;
      readonly on?: WaitsFor | undefined;
      readonly notBefore?: number | undefined;
      /** Solved as soon as the owner is gone: its deletion takes this resource along. */
      readonly awaits?: "ownerGone" | undefined;
      readonly event?: { readonly type: "Normal"; readonly reason: string } | undefined;
    };
