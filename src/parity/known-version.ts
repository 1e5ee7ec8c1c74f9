import { loadGroup } from "../catalog/index.ts";
import { type KindVersion, resolveKindVersion } from "../core/convert/kind-version.ts";

/** The catalog's entry for a custom resource at the version it is written in; undefined when the catalog does not have it. */
export async function versionOf(resource: {
  readonly apiVersion: string;
  readonly kind: string;
}): Promise<KindVersion | undefined> {
  const [group = "", version = ""] = resource.apiVersion.split("/");
  const catalog = await loadGroup(group);
  return catalog === undefined ? undefined : resolveKindVersion(catalog, resource.kind, version);
}
