import { groupNames, loadGroup } from "../../catalog/index.ts";
import { ownManagers } from "../../controller/managers.ts";
import { resolveKindVersion } from "../../core/convert/kind-version.ts";
import { originalVersion } from "../../core/resource/original-version.ts";
import type { CustomResource } from "../../core/resource/types.ts";
import type { ServedKind } from "../../ports/cluster.ts";
import type { Found } from "../../transfer/transfer-types.ts";
import type { ClusterObjects } from "./cluster-objects.ts";
import { inParallel } from "./in-parallel.ts";

/** Which resources of a namespace a command is about; all of them where nothing is said. */
export type Selection = {
  /** `Kind` or `Kind.group`, in any case. */
  readonly kinds: readonly string[];
  readonly names: readonly string[];
  /** A label selector as kubectl's `-l`. */
  readonly labels: string | undefined;
};

/** The Azure resources of a namespace, and what their cluster serves. */
export type NamespaceContent = {
  readonly found: readonly Found[];
  readonly kinds: readonly ServedKind[];
};

/** Reads every Azure resource of a namespace, each at the version that its user wrote it with. */
export async function readNamespace(
  objects: ClusterObjects,
  namespace: string,
  selection: Selection,
): Promise<NamespaceContent> {
  const kinds = await objects.kinds(groupNames());
  const found = await inParallel(kinds, (kind) => readKind(objects, kind, namespace, selection));
  return { kinds, found: found.flat() };
}

async function readKind(
  objects: ClusterObjects,
  kind: ServedKind,
  namespace: string,
  selection: Selection,
): Promise<readonly Found[]> {
  const { group, plural } = kind;
  const [first = ""] = kind.versions;
  const at = (version: string, labels?: string): Promise<CustomResource[]> =>
    objects.list({ group, version, plural, namespace }, labels);
  const listed = await at(first);
  if (listed.length === 0) return [];
  const catalog = await loadGroup(group);
  const labelled =
    selection.labels === undefined
      ? undefined
      : new Set((await at(first, selection.labels)).map(({ metadata }) => metadata.uid));
  const atVersions = new Map([[first, listed]]);
  const found: Found[] = [];
  for (const one of listed) {
    const written = originalVersion(one, first, ownManagers);
    const version = kind.versions.includes(written) ? written : first;
    const items = atVersions.get(version) ?? (await at(version));
    atVersions.set(version, items);
    const resource = items.find(({ metadata }) => metadata.uid === one.metadata.uid);
    if (resource === undefined) continue;
    found.push({
      // Items of a list do not always say what they are.
      resource: { ...resource, apiVersion: `${group}/${version}`, kind: kind.kind },
      version: catalog === undefined ? undefined : resolveKindVersion(catalog, kind.kind, version),
      selected: isSelected(kind, one, selection) && labelled?.has(one.metadata.uid) !== false,
    });
  }
  return found;
}

function isSelected(
  { group, kind }: ServedKind,
  { metadata }: CustomResource,
  { kinds, names }: Selection,
): boolean {
  const own = [kind, `${kind}.${group}`].map((one) => one.toLowerCase());
  return (
    (kinds.length === 0 || kinds.some((one) => own.includes(one.toLowerCase()))) &&
    (names.length === 0 || names.includes(metadata.name))
  );
}
