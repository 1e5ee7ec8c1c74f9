import { annotations, namespaceCredential } from "../core/resource/names.ts";
import type { CustomResource } from "../core/resource/types.ts";
import { blocksOfSource } from "./blocks.ts";
import { type Dependencies, dependenciesOf } from "./dependencies.ts";
import { isHeld, readMarker } from "./hold.ts";
import {
  type Found,
  type Move,
  nameOf,
  type ObjectName,
  objectText,
  type Place,
  resourceName,
} from "./transfer-types.ts";

/** Where a Secret or ConfigMap exists. */
export type Presence = { readonly atSource: boolean; readonly atTarget: boolean };

/** Both sides as they were read. */
export type TransferFacts = {
  readonly from: Place;
  readonly to: Place;
  /** Every resource of the source namespace: those that are not selected may refer to one that is. */
  readonly sources: readonly Found[];
  /** Every resource of the target namespace. */
  readonly targets: readonly Found[];
  /** Whether the target serves a kind at an API version. */
  readonly serves: (group: string, kind: string, apiVersion: string) => boolean;
  /** By {@link objectText}; what was not looked up counts as there. */
  readonly objects: ReadonlyMap<string, Presence>;
  /** Missing Secrets and ConfigMaps are copied. */
  readonly copyObjects: boolean;
  /** What the target's API server said to a copy, by {@link nameOf}. */
  readonly refusals: ReadonlyMap<string, string>;
};

/** Everything that the selected resources read, to be looked up on both sides. */
export function objectsToLookUp(sources: readonly Found[]): readonly ObjectName[] {
  const all = sources.filter(({ selected }) => selected).flatMap((one) => depends(one).objects);
  return [...new Map(all.map((one) => [objectText(one), one])).values()];
}

/**
 * What would happen to each selected resource, owners first (aso-features.md 17.3). A copy that an earlier run made is gone on with; it is
 * known by its marker, also when its source is gone.
 */
export function planTransfer(facts: TransferFacts): readonly Move[] {
  const chosen = facts.sources.filter(({ selected }) => selected);
  const here = byName(facts.sources);
  const left = facts.targets.filter((one) => isOurs(one, facts) && !here.has(idOf(one)));
  const world = {
    set: byName([...chosen, ...left]),
    here,
    there: byName(facts.targets),
    users: usersOf(facts.sources.filter(({ selected }) => !selected)),
  };
  const moves = [
    ...chosen.map((one) => moveOf(one, facts, world)),
    ...left.map((one) => releaseOf(one, world.set)),
  ];
  return moves.toSorted((a, b) => a.level - b.level || (nameOf(a) < nameOf(b) ? -1 : 1));
}

type World = {
  /** What the plan is about. */
  readonly set: ReadonlyMap<string, Found>;
  readonly here: ReadonlyMap<string, Found>;
  readonly there: ReadonlyMap<string, Found>;
  /** What is not selected, by what it refers to. */
  readonly users: ReadonlyMap<string, readonly string[]>;
};

function usersOf(staying: readonly Found[]): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>();
  for (const one of staying)
    for (const name of depends(one).resources)
      users.set(nameOf(name), [...(users.get(nameOf(name)) ?? []), idOf(one)]);
  return users;
}

/** A held copy whose source is gone: only its release is left. */
function isOurs({ resource, selected }: Found, { from }: TransferFacts): boolean {
  const origin = readMarker(resource)?.from;
  return (
    selected &&
    isHeld(resource) &&
    origin?.cluster === from.cluster &&
    origin.namespace === from.namespace
  );
}

function moveOf(source: Found, facts: TransferFacts, world: World): Move {
  const { resource } = source;
  const target = world.there.get(idOf(source));
  const { objects } = depends(source);
  const isCopy = target !== undefined && originOf(target.resource) === resource.metadata.uid;
  const absent = objects.filter((one) => facts.objects.get(objectText(one))?.atTarget === false);
  const lacks = absent.filter((one) => facts.objects.get(objectText(one))?.atSource === true);
  const nowhere = absent.filter((one) => !lacks.includes(one) && one.name !== namespaceCredential);
  return {
    ...moveBase(source, world.set),
    step: isCopy ? "resume" : "move",
    source: resource,
    target: isCopy ? target.resource : undefined,
    lacks,
    blocks: [
      ...blocksOfSource(source, facts.from.policy, isCopy),
      ...(isCopy ? [] : blocksOfTarget(source, target, facts)),
      ...outside(source, world),
      ...nowhere.map((one) => `${objectText(one)} exists on neither side; create it`),
      ...(facts.copyObjects
        ? []
        : lacks.map(
            (one) =>
              `${objectText(one)} is missing at the target; create it there, or copy it with --copy-secrets`,
          )),
    ],
  };
}

function releaseOf(target: Found, set: ReadonlyMap<string, Found>): Move {
  const base = moveBase(target, set);
  return {
    ...base,
    step: "release",
    source: undefined,
    target: target.resource,
    lacks: [],
    blocks: [],
  };
}

function moveBase(
  one: Found,
  set: ReadonlyMap<string, Found>,
): Pick<Move, "group" | "kind" | "name" | "apiVersion" | "version" | "level"> {
  return {
    ...resourceName(one.resource),
    apiVersion: one.resource.apiVersion.split("/")[1] ?? "",
    version: one.version,
    level: levelOf(one, set, new Set()),
  };
}

/** One more than the highest of what it refers to; a circle of references ends where it closes. */
function levelOf(one: Found, set: ReadonlyMap<string, Found>, above: ReadonlySet<string>): number {
  const below = depends(one).resources.flatMap((name) => {
    const id = nameOf(name);
    const found = set.get(id);
    const path = new Set([...above, idOf(one)]);
    return found === undefined || path.has(id) ? [] : [levelOf(found, set, path) + 1];
  });
  return Math.max(0, ...below);
}

function blocksOfTarget(
  source: Found,
  target: Found | undefined,
  facts: TransferFacts,
): readonly string[] {
  const { group, kind } = resourceName(source.resource);
  const version = source.resource.apiVersion.split("/")[1] ?? "";
  if (target !== undefined) {
    const { uid } = target.resource.metadata;
    return [
      isHeld(target.resource)
        ? `a held copy of another resource is at the target (uid ${uid}); finish that transfer, or delete the copy`
        : `a resource of this name is at the target (uid ${uid}); delete it there with reconcile-policy skip, or select without this one`,
    ];
  }
  if (!facts.serves(group, kind, version))
    return [
      `the target does not serve ${group}/${version} ${kind}; install its CRD (aso-functions crds)`,
    ];
  const refused = facts.refusals.get(idOf(source));
  return refused === undefined ? [] : [`the target refuses the copy: ${refused}`];
}

/** References that would cross the border: from the set to what stays, and from what stays to the set. */
function outside(source: Found, { set, here, there, users }: World): readonly string[] {
  const away = depends(source)
    .resources.map(nameOf)
    .filter((id) => !set.has(id) && !isSame(here.get(id), there.get(id)));
  return [
    ...away.map(
      (id) =>
        `refers to ${id}, which is not selected and not at the target for the same Azure resource; select it too`,
    ),
    ...(users.get(idOf(source)) ?? []).map(
      (id) => `${id} refers to it and is not selected; select it too`,
    ),
  ];
}

function isSame(here: Found | undefined, there: Found | undefined): boolean {
  if (there === undefined) return false;
  return here === undefined || armId(here.resource) === armId(there.resource);
}

function armId({ metadata }: CustomResource): string {
  return (metadata.annotations?.[annotations.resourceId] ?? "").toLowerCase();
}

function originOf(resource: CustomResource): string | undefined {
  return isHeld(resource) ? readMarker(resource)?.from?.uid : undefined;
}

const known = new WeakMap<Found, Dependencies>();

function depends(one: Found): Dependencies {
  const { resource, version } = one;
  const none = { resources: [], objects: [] };
  const found =
    known.get(one) ?? (version === undefined ? none : dependenciesOf(resource, version));
  known.set(one, found);
  return found;
}

function byName(found: readonly Found[]): ReadonlyMap<string, Found> {
  return new Map(found.map((one) => [idOf(one), one]));
}

function idOf({ resource }: Found): string {
  return nameOf(resourceName(resource));
}
