import { isReadyAtGeneration } from "../core/decide/state.ts";
import { isJsonObject, parseJsonObject } from "../core/json.ts";
import { annotations, transferHold } from "../core/resource/names.ts";
import type { CustomResource } from "../core/resource/types.ts";

/** Where a held copy came from. */
export type Origin = {
  readonly cluster: string;
  readonly namespace: string;
  /** uid of the source. */
  readonly uid: string;
  /** Hash of what was copied: a source that was edited since is copied again. */
  readonly content: string;
};

/** The annotation `aso-functions/transfer`: what a resource gets back at the end, and of a copy where it came from. */
export type Marker = {
  /** The resource's own `reconcile-policy`, empty for none. */
  readonly policy: string;
  readonly from?: Origin | undefined;
};

/** Annotations to be merged; null removes one. */
export type AnnotationPatch = Readonly<Record<string, string | null>>;

/** The marker of a resource; undefined when there is none that can be read. */
export function readMarker({ metadata }: CustomResource): Marker | undefined {
  const marker = parseJsonObject(metadata.annotations?.[annotations.transfer] ?? "");
  const policy = marker?.["policy"];
  if (typeof policy !== "string") return undefined;
  const from = marker?.["from"];
  if (!isJsonObject(from)) return { policy };
  const { cluster, namespace, uid, content } = from;
  if (typeof cluster !== "string" || typeof namespace !== "string") return undefined;
  if (typeof uid !== "string" || typeof content !== "string") return undefined;
  return { policy, from: { cluster, namespace, uid, content } };
}

/** Whether every operator leaves the resource alone until a transfer goes on. */
export function isHeld({ metadata }: CustomResource): boolean {
  return metadata.annotations?.[annotations.operatorNamespace] === transferHold;
}

/** The reconcile policy that the resource's user gave it, empty for none. */
export function ownPolicy(resource: CustomResource): string {
  return (
    readMarker(resource)?.policy ??
    resource.metadata.annotations?.[annotations.reconcilePolicy] ??
    ""
  );
}

/**
 * Lets the source be deleted without a DELETE in Azure. `detach-on-delete` starts no pass and can be taken back without a PUT; a resource
 * that is under `skip` stays there, because leaving `skip` causes one (aso-features.md 3.2).
 */
export function detachPatch(source: CustomResource, namespacePolicy: string): AnnotationPatch {
  const policy = ownPolicy(source);
  const effective = policy === "" ? namespacePolicy : policy;
  return {
    [annotations.reconcilePolicy]: effective === "skip" ? "skip" : "detach-on-delete",
    [annotations.transfer]: JSON.stringify({ policy } satisfies Marker),
  };
}

/**
 * Annotations of a resource that nobody manages. Besides the operator the policy changes to or from `skip`: ASO does not look at a resource
 * because of `operator-namespace` alone, but it does for that, when the hold ends (aso-semantics.md 1.1).
 */
export function heldAnnotations(marker: Marker): Readonly<Record<string, string>> {
  return {
    [annotations.operatorNamespace]: transferHold,
    [annotations.reconcilePolicy]: marker.policy === "skip" ? "detach-on-delete" : "skip",
    [annotations.transfer]: JSON.stringify(marker),
  };
}

/** Takes a resource from its operator, where it is. What only that operator knows of the goal goes: the next one compares with Azure. */
export function holdPatch(resource: CustomResource): AnnotationPatch {
  const { annotations: noted = {}, generation = 0 } = resource.metadata;
  const sent = noted[annotations.latestReconciledGeneration] !== undefined;
  return {
    ...heldAnnotations({ policy: ownPolicy(resource) }),
    [annotations.acceptedGoal]: null,
    ...(sent && isReadyAtGeneration(resource)
      ? { [annotations.latestReconciledGeneration]: String(generation) }
      : {}),
  };
}

/** Ends a hold. `operator` undefined: whichever operator is there takes the resource. */
export function releasePatch(held: CustomResource, operator: string | undefined): AnnotationPatch {
  const policy = readMarker(held)?.policy ?? "";
  return {
    [annotations.operatorNamespace]: operator ?? null,
    [annotations.reconcilePolicy]: policy === "" ? null : policy,
    [annotations.transfer]: null,
  };
}
