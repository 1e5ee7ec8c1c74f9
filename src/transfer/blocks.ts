import { hasFinalizer, hasPoller, isReadyAtGeneration, skippedGoal } from "../core/decide/state.ts";
import { readyCondition } from "../core/resource/conditions.ts";
import { annotations, finalizer } from "../core/resource/names.ts";
import { effectivePolicy } from "../core/resource/policy.ts";
import type { CustomResource } from "../core/resource/types.ts";
import { isHeld, ownPolicy, readMarker } from "./hold.ts";
import type { Found } from "./transfer-types.ts";

/** Garbage collection's own finalizers: Kubernetes takes them away by itself. */
const kubernetes: ReadonlySet<string> = new Set(["orphan", "foregroundDeletion"]);

/**
 * Why a source cannot leave its cluster or namespace now. `isCopied`: its copy is there and it may be on its way out already.
 */
export function blocksOfSource(
  { resource, version }: Found,
  namespacePolicy: string,
  isCopied: boolean,
): readonly string[] {
  if (version === undefined)
    return ["its kind or version is not known to this release; use one that knows it"];
  const { metadata } = resource;
  if (metadata.deletionTimestamp !== undefined)
    return isCopied && readMarker(resource) !== undefined
      ? []
      : ["is being deleted; nothing of it is left to move"];
  return [
    ...unclaimed(resource),
    ...(isHeld(resource)
      ? ["is held by another transfer; finish that one first, by running it again"]
      : []),
    ...(hasPoller(resource) ? ["an operation runs in Azure; try again when it has ended"] : []),
    ...(hasPoller(resource) ? [] : notReady(resource)),
    ...policyBlocks(resource, namespacePolicy),
    ...strangers(resource),
  ];
}

/** Why a resource cannot change its operator now. A running operation is no reason: its token goes along. */
export function blocksOfHandOver({ resource }: Found): readonly string[] {
  if (resource.metadata.deletionTimestamp !== undefined)
    return ["is being deleted; its operator has to finish that"];
  if (isHeld(resource))
    return readMarker(resource) === undefined || readMarker(resource)?.from !== undefined
      ? ["is a held copy of a transfer between clusters or namespaces; finish that one first"]
      : [];
  return [...unclaimed(resource), ...(hasPoller(resource) ? [] : notReady(resource))];
}

function unclaimed(resource: CustomResource): readonly string[] {
  const id = resource.metadata.annotations?.[annotations.resourceId] ?? "";
  return hasFinalizer(resource) && id !== ""
    ? []
    : ["no operator has claimed it yet; apply its manifest at the target instead"];
}

function notReady(resource: CustomResource): readonly string[] {
  if (isReadyAtGeneration(resource)) return [];
  const ready = readyCondition(resource.status);
  const reason = ready === undefined ? "" : ` (${ready.reason}: ${ready.message ?? ""})`;
  return [
    `is not Ready at its present generation${reason}; solve that first, or select without it`,
  ];
}

function policyBlocks(resource: CustomResource, namespacePolicy: string): readonly string[] {
  const { policy, invalid } = effectivePolicy(ownPolicy(resource), namespacePolicy, "");
  if (invalid !== undefined)
    return [`its reconcile-policy "${invalid}" is none; use manage, skip or detach-on-delete`];
  const noted = resource.metadata.annotations ?? {};
  const sent = (noted[annotations.latestReconciledGeneration] ?? "") !== "";
  return policy === "skip" || (sent && noted[annotations.acceptedGoal] !== skippedGoal)
    ? []
    : [
        "its operator has sent nothing to Azure yet, so that its default policy must be skip; set the annotation reconcile-policy: skip",
      ];
}

/** Others that hold the object, or make it again when it is gone. */
function strangers({ metadata }: CustomResource): readonly string[] {
  const others = (metadata.finalizers ?? []).filter(
    (one) => one !== finalizer && !kubernetes.has(one),
  );
  const controller = metadata.ownerReferences?.find((one) => one.controller === true);
  return [
    ...others.map((one) => `has the finalizer ${one} of somebody else; have it removed first`),
    ...(controller === undefined
      ? []
      : [`is made by ${controller.kind} ${controller.name}; move that instead`]),
  ];
}
