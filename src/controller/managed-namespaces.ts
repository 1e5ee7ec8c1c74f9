import type { ClusterEntry } from "../ports/registry.ts";

/** Whether a namespace of the cluster is managed (AZURE_TARGET_NAMESPACES). What stands in another one is left entirely alone. */
export function isManagedNamespace(
  { namespaces }: Pick<ClusterEntry, "namespaces">,
  namespace: string,
): boolean {
  return namespaces === undefined || namespaces.includes(namespace);
}
