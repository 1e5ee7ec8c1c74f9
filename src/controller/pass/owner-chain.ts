import { loadGroup } from "../../catalog/index.ts";
import type { ChainLink } from "../../core/arm/arm-id.ts";
import { type KindVersion, resolveKindVersion } from "../../core/convert/kind-version.ts";
import type { WaitsFor } from "../../core/decide/facts.ts";
import { defaultAzureName } from "../../core/resource/azure-name.ts";
import { annotations } from "../../core/resource/names.ts";
import { originalVersion } from "../../core/resource/original-version.ts";
import { type OwnerRef, parseOwner } from "../../core/resource/owner.ts";
import type { CustomResource, Problem } from "../../core/resource/types.ts";
import { ownManagers } from "../managers.ts";
import { type Pass, readOther } from "./pass.ts";

/** The owners of a resource from the root down to itself, as far as they exist. */
export type OwnerChain =
  | { readonly kind: "chain"; readonly links: readonly ChainLink[] }
  | { readonly kind: "missing"; readonly on: WaitsFor }
  | { readonly kind: "problem"; readonly problem: Problem };

/** Longest chain that is followed: ARM knows at most four levels below a group. */
const longestChain = 8;

/** Follows `spec.owner` to the root (aso-semantics.md 6.1). Owners stand in the resource's own namespace. */
export async function readOwnerChain(
  pass: Pass,
  resource: CustomResource,
  version: KindVersion,
  azureName: string,
): Promise<OwnerChain> {
  let current = { resource, version, azureName };
  const links: ChainLink[] = [];
  for (let depth = 0; depth < longestChain; depth++) {
    const ref = parseOwner(current.resource.spec ?? {}, current.version.owner);
    if (ref.kind === "problem") return ref;
    links.unshift(chainLink(current.resource, current.version, current.azureName, ref));
    if (ref.kind !== "resource") return { kind: "chain", links };
    const found = await readOther(pass, ref.owner);
    if (found === undefined) return { kind: "missing", on: ref.owner };
    const known = await ownerVersion(found, ref.owner);
    if (known === undefined) return { kind: "problem", problem: unknownOwnerKind(ref.owner) };
    current = { resource: found, ...known };
  }
  return { kind: "problem", problem: endlessChain };
}

/** The kind at the version that the user of that resource wrote, and its Azure name. */
async function ownerVersion(
  resource: CustomResource,
  { group, kind }: WaitsFor,
): Promise<{ version: KindVersion; azureName: string } | undefined> {
  const catalog = await loadGroup(group);
  if (catalog === undefined) return undefined;
  const storage = resource.apiVersion.slice(resource.apiVersion.indexOf("/") + 1);
  const written = originalVersion(resource, storage, ownManagers);
  const version =
    resolveKindVersion(catalog, kind, written) ?? resolveKindVersion(catalog, kind, storage);
  if (version === undefined) return undefined;
  return { version, azureName: effectiveAzureName(resource, version) ?? "" };
}

/** `spec.azureName`, the name taken from a config map at claim, the kind's fixed name, or the default rule (6.5, 6.6). */
export function effectiveAzureName(
  resource: CustomResource,
  version: KindVersion,
): string | undefined {
  const noted = resource.metadata.annotations?.[annotations.azureNameFromConfig];
  return defaultAzureName({
    resource,
    version,
    ...(noted === undefined ? {} : { fromConfig: noted }),
  });
}

function chainLink(
  resource: CustomResource,
  version: KindVersion,
  azureName: string,
  owner: OwnerRef,
): ChainLink {
  const noted = resource.metadata.annotations ?? {};
  const resourceId = noted[annotations.resourceId];
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

function unknownOwnerKind(ref: WaitsFor): Problem {
  return {
    reason: "ReferenceNotFound",
    severity: "Warning",
    retry: "slow",
    message: `The owner's kind ${ref.kind}.${ref.group} is not known to this controller at the version it was written with. Name an owner of a supported kind, or its ARM id in spec.owner.armId.`,
  };
}

const endlessChain: Problem = {
  reason: "Failed",
  severity: "Error",
  retry: "slow",
  message: "The chain of owners does not end. Correct spec.owner so that no resource owns itself.",
};
