import { loadGroup } from "../../catalog/index.ts";
import type { ChainLink } from "../../core/arm/arm-id.ts";
import { type KindVersion, resolveKindVersion } from "../../core/convert/kind-version.ts";
import type { WaitsFor } from "../../core/decide/facts.ts";
import { unknownOwnerKind } from "../../core/goal/input-problems.ts";
import { type ChainMember, effectiveAzureName, ownerChain } from "../../core/goal/owner-chain.ts";
import { originalVersion } from "../../core/resource/original-version.ts";
import type { CustomResource, Problem } from "../../core/resource/types.ts";
import { ownManagers } from "../managers.ts";
import type { Pass } from "./pass.ts";

/** The owners of a resource from the root down to itself, as far as they exist. */
export type OwnerChain =
  | { readonly kind: "chain"; readonly links: readonly ChainLink[] }
  | { readonly kind: "missing"; readonly on: WaitsFor }
  | { readonly kind: "problem"; readonly problem: Problem };

/** Reads the owners up to the root (aso-semantics.md 6.1). They stand in the resource's own namespace. */
export async function readOwnerChain(
  pass: Pass,
  resource: CustomResource,
  version: KindVersion,
  azureName: string,
): Promise<OwnerChain> {
  const owners: ChainMember[] = [];
  for (;;) {
    const step = ownerChain({ resource, version, azureName }, owners);
    if (step.kind !== "needs") return step;
    const { owner } = step;
    const found = await pass.cluster.get({ ...owner, namespace: pass.key.namespace }, pass.signal);
    if (found === undefined) return { kind: "missing", on: owner };
    const known = await ownerVersion(found, owner);
    if (known === undefined) return { kind: "problem", problem: unknownOwnerKind(owner) };
    owners.push({ resource: found, ...known });
  }
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
