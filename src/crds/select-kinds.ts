import { groupNames, loadGroup } from "../catalog/index.ts";
import type { CatalogGroup, CatalogKind } from "../catalog/types.ts";
import type { UsedKind } from "./manifest-kinds.ts";
import { servedVersions, type VersionChoice } from "./served-versions.ts";

/** One CRD to build. */
export type SelectedKind = {
  readonly group: CatalogGroup;
  readonly name: string;
  readonly kind: CatalogKind;
  readonly served: readonly string[];
};

/** The kinds that were asked for, or which of the names is unknown. */
export type Selection =
  | { readonly kind: "selected"; readonly kinds: readonly SelectedKind[] }
  | { readonly kind: "refused"; readonly reason: string };

type Member = { readonly group: CatalogGroup; readonly name: string; readonly kind: CatalogKind };

/**
 * The kinds that manifests use, each with the versions they use or, with a choice, with the chosen ones.
 * Refused with the place in the manifest when the catalog does not have a kind or version.
 */
export async function selectUsed(
  used: readonly UsedKind[],
  choice: VersionChoice | undefined,
): Promise<Selection> {
  const versions = new Map<string, { readonly member: Member; readonly names: Set<string> }>();
  for (const { group, version, kind, where } of used) {
    const member = await memberOf(group, kind);
    if (member === undefined) return refused(`${where}: no kind ${kind} in group ${group}`);
    if (member.kind.versions[version] === undefined) {
      const known = Object.keys(member.kind.versions).join(", ");
      return refused(`${where}: ${kind} has no version ${version}; it has ${known}`);
    }
    const key = `${group}/${kind}`;
    const entry = versions.get(key) ?? { member, names: new Set<string>() };
    entry.names.add(version);
    versions.set(key, entry);
  }
  if (versions.size === 0) return refused("no object of an *.azure.com group in the manifests");
  const members = [...versions.values()];
  return chosen(
    members.map((entry) => entry.member),
    (member) => choice ?? [...(members.find((entry) => entry.member === member)?.names ?? [])],
  );
}

async function memberOf(groupName: string, name: string): Promise<Member | undefined> {
  const group = await loadGroup(groupName);
  const kind =
    group !== undefined && Object.hasOwn(group.kinds, name) ? group.kinds[name] : undefined;
  return group === undefined || kind === undefined ? undefined : { group, name, kind };
}

/**
 * Every kind of the named groups and the named kinds. A group is given with or without `.azure.com`, `all` is every group;
 * a kind as `Kind`, `group/Kind` or by its plural, in any case. Refused when a name is unknown or fits more than one kind.
 */
export async function selectNamed(
  names: { readonly groups: readonly string[]; readonly kinds: readonly string[] },
  choice: VersionChoice,
): Promise<Selection> {
  const everything = await allMembers();
  const selected = new Set<Member>();
  for (const group of names.groups) {
    const members = everything.filter((member) => group === "all" || isGroup(member.group, group));
    if (members.length === 0) {
      return refused(`no group ${group}; there are ${groupNames().map(shortName).join(", ")}`);
    }
    for (const member of members) selected.add(member);
  }
  for (const name of names.kinds) {
    const members = everything.filter((member) => isNamed(member, name));
    const [only, ...more] = members;
    if (only === undefined) return refused(`no kind ${name}`);
    if (more.length > 0) {
      return refused(`more than one kind ${name}: say which of ${members.map(idOf).join(", ")}`);
    }
    selected.add(only);
  }
  const kinds = everything.filter((member) => selected.has(member));
  return chosen(kinds, () => choice);
}

async function allMembers(): Promise<Member[]> {
  const groups = await Promise.all(groupNames().map((name) => loadGroup(name)));
  return groups.flatMap((group) =>
    group === undefined
      ? []
      : Object.entries(group.kinds).map(([name, kind]) => ({ group, name, kind })),
  );
}

function chosen(
  members: readonly Member[],
  choiceOf: (member: Member) => VersionChoice,
): Selection {
  const kinds = members.map((member) => ({
    ...member,
    served: servedVersions(Object.keys(member.kind.versions), choiceOf(member)),
  }));
  const none = kinds.find((selected) => selected.served.length === 0);
  if (none === undefined) return { kind: "selected", kinds };
  const known = Object.keys(none.kind.versions).join(", ");
  return refused(`${idOf(none)} has none of these versions; it has ${known}`);
}

function refused(reason: string): Selection {
  return { kind: "refused", reason };
}

function shortName(group: string): string {
  return group.replace(/\.azure\.com$/, "");
}

function isGroup(group: CatalogGroup, name: string): boolean {
  const wanted = name.toLowerCase();
  return group.group === wanted || shortName(group.group) === wanted;
}

function isNamed(member: Member, name: string): boolean {
  const wanted = name.toLowerCase();
  const { kind, group } = member;
  const short = shortName(group.group);
  const kindName = member.name.toLowerCase();
  return [
    kindName,
    kind.plural,
    `${kind.plural}.${group.group}`,
    `${short}/${kindName}`,
    `${group.group}/${kindName}`,
  ].includes(wanted);
}

function idOf(member: Member): string {
  return `${shortName(member.group.group)}/${member.name}`;
}
