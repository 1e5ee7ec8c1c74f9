import { groupNames, loadGroup } from "../../src/catalog/index.ts";
import type { CatalogGroup } from "../../src/catalog/types.ts";
import { type KindVersion, resolveKindVersion } from "../../src/core/convert/kind-version.ts";

/** Every version of every kind that is a resource of ARM. */
export async function everyVersion(): Promise<KindVersion[]> {
  const groups = await Promise.all(groupNames().map(loadGroup));
  return groups
    .filter((group) => group !== undefined)
    .flatMap(versionsOf)
    .filter((version) => !version.nonArm);
}

function versionsOf(group: CatalogGroup): KindVersion[] {
  return Object.entries(group.kinds).flatMap(([kind, { versions }]) =>
    Object.keys(versions)
      .map((version) => resolveKindVersion(group, kind, version))
      .filter((version) => version !== undefined),
  );
}
