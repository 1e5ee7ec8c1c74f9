import type { OwnerTarget } from "../resource/owner.ts";
import type { Problem } from "../resource/types.ts";

/** ASO's own sentence, also when the owner exists and is not ready (aso-semantics.md 1.4). */
export function waitingForOwner(owner: OwnerTarget): Problem {
  return {
    reason: "WaitingForOwner",
    severity: "Warning",
    retry: "fast",
    message: `Owner "${owner.name}, Group/Kind: ${owner.group}/${owner.kind}" cannot be found. Progress is blocked until the owner is created.`,
  };
}

/** An owner that was there at the claim, or the owner of an owner, and is gone (aso-features.md 4.2). */
export function ownerNotFound(owner: OwnerTarget, namespace: string): Problem {
  return {
    reason: "ReferenceNotFound",
    severity: "Warning",
    retry: "fast",
    message: `The owner ${owner.kind}.${owner.group} "${owner.name}" does not exist in namespace "${namespace}". Progress goes on as soon as it is there.`,
  };
}

/** A referenced resource that is not there, or was not claimed yet (aso-semantics.md 4.4). */
export function referenceNotFound(
  target: OwnerTarget,
  namespace: string,
  exists: boolean,
): Problem {
  const what = `${target.kind}.${target.group} "${target.name}"`;
  const hint = target.name.startsWith("/")
    ? " The name looks like an ARM id: use armId instead of name."
    : "";
  const why = exists ? "has no ARM id yet" : "does not exist";
  return {
    reason: "ReferenceNotFound",
    severity: "Warning",
    retry: "fast",
    message: `The referenced ${what} ${why} in namespace "${namespace}". Progress goes on as soon as it is there.${hint}`,
  };
}

/** A Secret or ConfigMap that is not there; with `key`: that is there and lacks the key (aso-semantics.md 4.6). */
export function inputNotFound(
  object: "Secret" | "ConfigMap",
  namespace: string,
  name: string,
  key: string | undefined,
): Problem {
  const what =
    key === undefined
      ? `${object} "${namespace}/${name}" does not exist`
      : `${object} "${namespace}/${name}" does not contain key "${key}"`;
  return {
    reason: object === "Secret" ? "SecretNotFound" : "ConfigMapNotFound",
    severity: "Warning",
    retry: "fast",
    message: `${what}. Progress goes on as soon as it does.`,
  };
}

/** No Azure name can be determined (aso-semantics.md 6.5, errata 15). */
export function noAzureName(kind: string, name: string): Problem {
  return {
    reason: "ReferenceNotFound",
    severity: "Warning",
    retry: "fast",
    message: `${kind} ${name} has no Azure name, and none follows from its metadata. Set spec.azureName.`,
  };
}

/** An owner of a kind or version that the catalog does not have. */
export function unknownOwnerKind(owner: OwnerTarget): Problem {
  return {
    reason: "ReferenceNotFound",
    severity: "Warning",
    retry: "slow",
    message: `The owner's kind ${owner.kind}.${owner.group} is not known to this controller at the version it was written with. Name an owner of a supported kind, or its ARM id in spec.owner.armId.`,
  };
}

/** A resource that owns itself, or a chain that is longer than ARM allows. */
export const endlessChain: Problem = {
  reason: "Failed",
  severity: "Error",
  retry: "slow",
  message: "The chain of owners does not end. Correct spec.owner so that no resource owns itself.",
};
