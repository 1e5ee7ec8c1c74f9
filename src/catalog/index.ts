import { groupFiles } from "./data/groups.ts";
import type { CatalogGroup } from "./types.ts";

const loaded = new Map<string, Promise<CatalogGroup>>();

/**
 * The catalog of one API group, by its full name (`network.azure.com`); undefined for a group that the catalog does not know.
 * The file is read at the first call; later calls get the same object.
 */
export async function loadGroup(group: string): Promise<CatalogGroup | undefined> {
  const known = loaded.get(group);
  if (known !== undefined) return known;
  const file = Object.hasOwn(groupFiles, group) ? groupFiles[group] : undefined;
  if (file === undefined) return undefined;
  const loading = file().then((module) => module.default as CatalogGroup);
  loaded.set(group, loading);
  return loading;
}

/** The full names of all groups, sorted. */
export function groupNames(): readonly string[] {
  return Object.keys(groupFiles);
}
