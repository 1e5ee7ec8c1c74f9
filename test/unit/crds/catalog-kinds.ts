import { groupNames, loadGroup } from "../../../src/catalog/index.ts";
import type { CatalogGroup, CatalogKind } from "../../../src/catalog/types.ts";

export type Member = {
  readonly group: CatalogGroup;
  readonly name: string;
  readonly kind: CatalogKind;
};

/** A kind of the real catalog; throws when it is not there. */
export async function memberOf(groupName: string, name: string): Promise<Member> {
  const group = await loadGroup(groupName);
  const kind = group?.kinds[name];
  if (group === undefined || kind === undefined) throw new Error(`no ${groupName}/${name}`);
  return { group, name, kind };
}

/** Every kind of the real catalog. */
export async function allMembers(): Promise<Member[]> {
  const groups = await Promise.all(groupNames().map((name) => loadGroup(name)));
  return groups.flatMap((group) =>
    group === undefined
      ? []
      : Object.entries(group.kinds).map(([name, kind]) => ({ group, name, kind })),
  );
}
