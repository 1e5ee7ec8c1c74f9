import { annotations } from "./names.ts";

/** The reconcile policies of ASO. */
export type Policy = "manage" | "skip" | "detach-on-delete";

/** What a resource's policy allows, after namespace and default were taken into account. */
export type EffectivePolicy = {
  readonly policy: Policy;
  readonly mayModify: boolean;
  readonly mayDelete: boolean;
  /** A value that is no policy and was replaced by the fallback. */
  readonly invalid?: string;
};

/**
 * The reconcile policy of a resource (aso-semantics.md 1.5, errata 13): its own annotation, else the Namespace's, else `fallback`.
 * A value that is no policy gives the fallback, and one on the resource hides the Namespace's. An empty fallback means `manage`, any other
 * that is no policy forbids everything. Values count to the letter.
 */
export function effectivePolicy(
  own: string | undefined,
  namespace: string | undefined,
  fallback: string,
): EffectivePolicy {
  const stated = own !== undefined && own !== "" ? own : (namespace ?? "");
  if (stated === "") return rights(fallback);
  return isPolicy(stated) ? rights(stated) : { ...rights(fallback), invalid: stated };
}

function isPolicy(value: string): value is Policy {
  return value === "manage" || value === "skip" || value === "detach-on-delete";
}

function rights(value: string): EffectivePolicy {
  const stated = value === "" ? "manage" : value;
  const policy = isPolicy(stated) ? stated : "skip";
  return { policy, mayModify: policy !== "skip", mayDelete: policy === "manage" };
}

/** What an update event shows of a resource. */
export type Observed = {
  readonly generation: number;
  readonly annotations: Readonly<Record<string, string>>;
};

/** Whether an update starts a pass at once (aso-semantics.md 1.1). Created resources always do. */
export function triggersPass(before: Observed, after: Observed): boolean {
  return (
    before.generation !== after.generation ||
    changesSkip(before.annotations, after.annotations) ||
    before.annotations[annotations.credentialFrom] !== after.annotations[annotations.credentialFrom]
  );
}

/** Whether a change of a Namespace concerns its resources: the policy annotation became or was exactly `skip` (errata 3). */
export function namespaceTriggers(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): boolean {
  return changesSkip(before, after);
}

/** Whether a resource follows its Namespace's policy: it has none of its own. An empty one counts as none, other than in ASO. */
export function followsNamespace(own: Readonly<Record<string, string>>): boolean {
  return (own[annotations.reconcilePolicy] ?? "") === "";
}

function changesSkip(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): boolean {
  const old = before[annotations.reconcilePolicy];
  const now = after[annotations.reconcilePolicy];
  return old !== now && (old === "skip" || now === "skip");
}
