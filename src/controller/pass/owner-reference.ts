import { mergeOwnerReference, parseOwner } from "../../core/resource/owner.ts";
import type { CustomResource, OwnerReference } from "../../core/resource/types.ts";
import { type Pass, readOther, resourceOf } from "./pass.ts";

/** The owner as an entry of `metadata.ownerReferences`; undefined without an owner in the cluster. */
export async function ownerReference(pass: Pass): Promise<OwnerReference | undefined> {
  const owner = parseOwner(resourceOf(pass).spec ?? {}, pass.version?.owner);
  if (owner.kind !== "resource") return undefined;
  const found = await readOther(pass, owner.owner);
  if (found === undefined) return undefined;
  const { apiVersion, kind, metadata } = found;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid };
}

/** The resource's references together with that of its owner. */
export function withOwner(
  resource: CustomResource,
  owner: OwnerReference,
): readonly OwnerReference[] {
  return mergeOwnerReference(resource.metadata.ownerReferences ?? [], owner);
}
