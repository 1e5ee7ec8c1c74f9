import type {
  CatalogGroup,
  CatalogKind,
  CatalogVersion,
  ObjectType,
  Property,
} from "../../src/catalog/types.ts";
import { shortGroup } from "./kind-facts.ts";

/** Paths of a kind that are listed one by one; more are counted. */
const mostPaths = 20;

/**
 * What another release of the inputs means for users, a line for each kind: added, removed, or changed with its versions, facts and
 * properties. Groups and kinds are sorted; equal catalogs give no line.
 */
export function releaseChanges(
  before: readonly CatalogGroup[],
  after: readonly CatalogGroup[],
): string[] {
  const [old, now] = [kindsOf(before), kindsOf(after)];
  const ids = [...new Set([...old.keys(), ...now.keys()])].sort();
  return ids.flatMap((id) => {
    const [was, is] = [old.get(id), now.get(id)];
    if (was === undefined) return is === undefined ? [] : [`added ${id}: ${versionsOf(is.kind)}`];
    if (is === undefined) return [`removed ${id}: ${versionsOf(was.kind)}`];
    const changes = kindChanges(was, is);
    return changes.length === 0 ? [] : [`changed ${id}: ${changes.join("; ")}`];
  });
}

type Known = { readonly group: CatalogGroup; readonly kind: CatalogKind };

function kindsOf(groups: readonly CatalogGroup[]): Map<string, Known> {
  return new Map(
    groups.flatMap((group) =>
      Object.entries(group.kinds).map(([name, kind]): [string, Known] => [
        `${shortGroup(group.group)}/${name}`,
        { group, kind },
      ]),
    ),
  );
}

function versionsOf(kind: CatalogKind): string {
  return Object.keys(kind.versions).join(", ");
}

function kindChanges(was: Known, is: Known): string[] {
  const { versions: oldVersions, ...oldFacts } = was.kind;
  const { versions: newVersions, ...newFacts } = is.kind;
  const versions = compare(oldVersions, newVersions).filter(({ how }) => how !== "changed");
  const facts = compare({ ...oldFacts, ...head(was) }, { ...newFacts, ...head(is) });
  const paths = Object.keys(newVersions)
    .filter((name) => Object.hasOwn(oldVersions, name))
    .flatMap((name) => pathChanges(was, is, name));
  const rest = paths.length - mostPaths;
  return [
    ...versions.map(({ name, how }) => `version ${name} ${how}`),
    ...facts.map(({ name, how }) => `${name} ${how}`),
    ...paths.slice(0, mostPaths),
    ...(rest > 0 ? [`and ${rest} more`] : []),
  ];
}

function head({ group }: Known): Record<string, unknown> {
  return group.collections === undefined ? {} : { collections: group.collections };
}

function pathChanges(was: Known, is: Known, version: string): string[] {
  const [old, now] = [flat(was, version), flat(is, version)];
  return compare(old, now).map(({ name, how }) => `${version} ${name} ${how}`);
}

type Change = { readonly name: string; readonly how: "added" | "removed" | "changed" };

function compare(
  old: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): Change[] {
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
  return names.flatMap((name): Change[] => {
    if (!Object.hasOwn(old, name)) return [{ name, how: "added" }];
    if (!Object.hasOwn(now, name)) return [{ name, how: "removed" }];
    const same = JSON.stringify(old[name]) === JSON.stringify(now[name]);
    return same ? [] : [{ name, how: "changed" }];
  });
}

/** Everything about a version by path: its facts, and every property without the numbers that the catalog gives to types. */
function flat({ group, kind }: Known, name: string): Record<string, unknown> {
  const { spec, status, ...facts } = content(kind, name);
  const found: Record<string, unknown> = { ...facts };
  if (spec !== undefined) flatten(group.types, spec, "spec", [], found);
  if (status !== undefined) flatten(group.types, status, "status", [], found);
  return found;
}

function content(kind: CatalogKind, name: string): CatalogVersion {
  const version = kind.versions[name] ?? {};
  return version.same === undefined ? version : content(kind, version.same);
}

function flatten(
  types: readonly ObjectType[],
  index: number,
  path: string,
  above: readonly number[],
  found: Record<string, unknown>,
): void {
  if (above.includes(index)) return;
  const { "!": required, "?": discriminator, ...properties } = types[index] ?? {};
  if (required !== undefined) found[`${path}: required`] = required;
  if (discriminator !== undefined) found[`${path}: discriminator`] = discriminator;
  for (const [name, property] of Object.entries(properties)) {
    const at = `${path}.${name}`;
    found[at] = withoutIndexes(property as Property, (below, place) =>
      flatten(types, below, `${at}${place}`, [...above, index], found),
    );
  }
}

function withoutIndexes(
  property: Property,
  descend: (index: number, place: string) => void,
  place = "",
): unknown {
  if (typeof property === "string") return property;
  const { o, e, ...rest } = property;
  if (o !== undefined) descend(o, place);
  if (e === undefined) return rest;
  return { ...rest, e: withoutIndexes(e, descend, `${place}[]`) };
}
