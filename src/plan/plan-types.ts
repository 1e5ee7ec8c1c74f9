import type { JsonObject } from "../core/json.ts";
import type { Cloud } from "../core/resource/credential.ts";
import type { CustomResource, Problem } from "../core/resource/types.ts";

/** What a plan is made with besides the manifests. */
export type PlanSettings = {
  /** Subscription of resources without a credential Secret among the manifests. */
  readonly subscription: string;
  readonly tenant?: string | undefined;
  /** Puts secret values into bodies. Otherwise `[redacted]` stands for them. */
  readonly showSecrets: boolean;
  /** @default the public cloud */
  readonly cloud?: Cloud | undefined;
};

/** What the controller would do about one resource. */
export type Outcome =
  /** It would send this; `armId` is the resource's id from then on. */
  | {
      readonly kind: "request";
      readonly method: "PUT";
      /** With ARM endpoint and api-version. */
      readonly url: string;
      readonly armId: string;
      readonly tenant: string | undefined;
      readonly body: JsonObject;
    }
  /** It would send nothing, and that is meant. */
  | { readonly kind: "untouched"; readonly armId: string | undefined; readonly why: string }
  /** It would send nothing and say this on the Ready condition. */
  | { readonly kind: "condition"; readonly problem: Problem }
  /** The API server would not take the resource. */
  | { readonly kind: "refused"; readonly reasons: readonly string[] };

/** An outcome and what else is to be said about it, one sentence each. */
export type Planned = { readonly outcome: Outcome; readonly notes: readonly string[] };

/** A plan for one resource that may have to be made again once more is known. */
export type Attempt = Planned & {
  /** With a condition: the ARM id that the resource would have all the same. */
  readonly armId?: string | undefined;
  /** With a condition: the key of another resource of the manifests that has to be planned first. */
  readonly waitsFor?: string | undefined;
};

/** One resource of the manifests with what was planned for it. */
export type PlanEntry = Planned & { readonly resource: CustomResource };

/** True where the plan says what happens: a request, or on purpose nothing. */
export function isPlannable({ outcome }: Planned): boolean {
  return outcome.kind === "request" || outcome.kind === "untouched";
}

/** How messages name a resource: `Kind namespace/name`. */
export function describe({ kind, metadata }: CustomResource): string {
  return `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
}
