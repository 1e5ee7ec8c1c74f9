import { sameArmId } from "../arm/arm-id.ts";
import { sha256Hex } from "../hash.ts";
import { annotations, finalizer, userAnnotations } from "./names.ts";
import type { ObjectMeta } from "./types.ts";

/** What a resource is compared against besides itself. */
export type FingerprintContext = {
  /** Our own value of the operator-namespace annotation. */
  readonly operatorNamespace: string;
  /** reconcile-policy of the Namespace. */
  readonly namespacePolicy: string | undefined;
  /** service-account of the Namespace. */
  readonly namespaceAccount?: string | undefined;
  /** ARM id in the resource's row: it was claimed before. */
  readonly claimedId: string | undefined;
};

/**
 * Hash over everything whose change makes a resource due (design.md section 2): uid, generation, deletion, the annotations that users
 * set or that decide who manages it, the Namespace's service account, and its policy where the resource has none of its own. What the controller writes
 * itself at the claim is not part of it, unless somebody took it away or changed it.
 */
export function fingerprint(meta: ObjectMeta, context: FingerprintContext): string {
  const { namespacePolicy, namespaceAccount, claimedId } = context;
  const found = meta.annotations ?? {};
  const parts: (string | number | undefined)[] = [
    meta.uid,
    meta.generation,
    meta.deletionTimestamp === undefined ? "" : "deleting",
    ...userAnnotations.map((name) => found[name]),
    found[annotations.operatorNamespace] === context.operatorNamespace
      ? undefined
      : found[annotations.operatorNamespace],
    (found[annotations.reconcilePolicy] ?? "") === "" ? namespacePolicy : undefined,
    claimedId === undefined ? undefined : lostClaim(meta, claimedId),
    ...(namespaceAccount === undefined ? [] : [namespaceAccount]),
  ];
  return sha256Hex(JSON.stringify(parts.map((part) => part ?? null))).slice(0, 20);
}

/** The id of a resource that carries our claim as we write it. */
export function claimedIdOf(meta: ObjectMeta): string | undefined {
  const id = meta.annotations?.[annotations.resourceId] ?? "";
  return id !== "" && meta.finalizers?.includes(finalizer) === true ? id : undefined;
}

/** An intact claim looks like none: that the controller claims a resource is no change of it. */
function lostClaim(meta: ObjectMeta, claimedId: string): string | undefined {
  const id = meta.annotations?.[annotations.resourceId] ?? "";
  const kept = meta.finalizers?.includes(finalizer) ?? false;
  return sameArmId(id, claimedId) && kept ? undefined : `${id} ${kept}`;
}
