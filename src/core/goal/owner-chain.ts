import type { ChainLink } from "../arm/arm-id.ts";
import type { KindVersion } from "../convert/kind-version.ts";
import { plannedId } from "../diff/show-changes.ts";
import { defaultAzureName } from "../resource/azure-name.ts";
import { annotations } from "../resource/names.ts";
import { type OwnerRef, type OwnerTarget, parseOwner } from "../resource/owner.ts";
import type { CustomResource, Problem } from "../resource/types.ts";
import { endlessChain } from "./input-problems.ts";

/** One resource of an owner chain, at the version that its user wrote. */
export type ChainMember = {
  readonly resource: CustomResource;
  readonly version: KindVersion;
  /** Effective Azure name; empty when none can be determined. */
  readonly azureName: string;
};

/** The owner chain as far as it is known. */
export type OwnerChainStep =
  /** Complete: links from the root down to the resource itself. */
  | { readonly kind: "chain"; readonly links: readonly ChainLink[] }
  /** The next owner up has to be read, from the resource's own namespace. */
  | { readonly kind: "needs"; readonly owner: OwnerTarget }
  | { readonly kind: "problem"; readonly problem: Problem };

/** Longest chain that is followed: ARM knows at most four levels below a group. */
const longestChain = 8;

/**
 * Follows `spec.owner` towards the root (aso-semantics.md 6.1) through the owners that were read already, nearest first. Whoever reads
 * calls it again with each owner that it asks for.
 */
export function ownerChain(self: ChainMember, owners: readonly ChainMember[]): OwnerChainStep {
  const links: ChainLink[] = [];
  for (const [depth, member] of [self, ...owners].entries()) {
    const { resource, version, azureName } = member;
    const ref = parseOwner(resource.spec ?? {}, version.owner);
    if (ref.kind === "problem") return ref;
    links.unshift(chainLink(resource, version, azureName, ref));
    if (ref.kind !== "resource") return { kind: "chain", links };
    if (links.length >= longestChain) return { kind: "problem", problem: endlessChain };
    if (depth === owners.length) return { kind: "needs", owner: ref.owner };
  }
  return { kind: "problem", problem: endlessChain };
}

/**
 * `spec.azureName`, the name taken from a config map, the kind's fixed name, or the default rule (aso-semantics.md 6.5, 6.6).
 * `fromConfig` is the name that the annotation of the claim holds, unless it was just read.
 */
export function effectiveAzureName(
  resource: CustomResource,
  version: KindVersion,
  fromConfig = resource.metadata.annotations?.[annotations.azureNameFromConfig],
): string | undefined {
  return defaultAzureName({
    resource,
    version,
    ...(fromConfig === undefined ? {} : { fromConfig }),
  });
}

function chainLink(
  resource: CustomResource,
  version: KindVersion,
  azureName: string,
  owner: OwnerRef,
): ChainLink {
  const noted = resource.metadata.annotations ?? {};
  // Below an owner that is only planned, its children can be planned too; they cannot be claimed.
  const resourceId = noted[annotations.resourceId] ?? plannedId(noted[annotations.adoptionPlan]);
  const childOverride = noted[annotations.childResourceIdOverride];
  return {
    group: version.group,
    kind: version.kind,
    armType: version.armType,
    scope: version.scope,
    azureName,
    ...(owner.kind === "armId" ? { ownerArmId: owner.armId } : {}),
    ...(resourceId === undefined ? {} : { resourceId }),
    ...(childOverride === undefined ? {} : { childOverride }),
  };
}
