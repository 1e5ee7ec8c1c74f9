import type { Inputs } from "../core/convert/inputs.ts";
import type { Resolver } from "../core/convert/to-arm.ts";
import { inputNotFound, referenceNotFound } from "../core/goal/input-problems.ts";
import { type InputReads, referenceKey, resolverOver } from "../core/goal/resolvers.ts";
import { isJsonObject, type JsonValue } from "../core/json.ts";
import type { OwnerTarget } from "../core/resource/owner.ts";
import type { CustomResource, Problem } from "../core/resource/types.ts";
import { describe } from "./plan-types.ts";
import { nameKey, type PlanWorld, resourceKey } from "./plan-world.ts";

/** A resource whose ARM id is known. */
export type SettledResource = {
  /** Empty for a resource that is not in ARM. */
  readonly armId: string;
  /** It waits for something that is not among the manifests; what depends on it waits for it. */
  readonly waits: boolean;
};

/** The resources that were planned already, by `resourceKey`. */
export type Settled = ReadonlyMap<string, SettledResource>;

/** What stands for a secret value in a plan. */
const redacted = "[redacted]";

/** Something that is missing; with `waitsFor` it is among the manifests and was not planned yet. */
export type MissingThing = {
  readonly kind: "problem";
  readonly problem: Problem;
  readonly notes: readonly string[];
  readonly waitsFor?: string | undefined;
};

/** A resolver for the body, or the first thing that is missing. */
export type PlannedInputs =
  | { readonly kind: "resolver"; readonly resolver: Resolver; readonly notes: readonly string[] }
  | MissingThing;

/** Finds everything that a spec names among the manifests (aso-semantics.md 4.4, 4.6). */
export function planInputs(
  resource: CustomResource,
  inputs: Inputs,
  world: PlanWorld,
  settled: Settled,
  showSecrets: boolean,
): PlannedInputs {
  const namespace = resource.metadata.namespace ?? "";
  const references = resolveReferences(namespace, inputs, world, settled);
  if (references.kind === "problem") return references;
  const { ids, notes } = references;
  const secrets = [
    ...inputs.secrets,
    ...inputs.secretMaps.map((map) => ({ ...map, key: undefined })),
  ];
  const missing =
    missingInput(world, namespace, "Secret", secrets) ??
    missingInput(world, namespace, "ConfigMap", inputs.configMaps);
  if (missing !== undefined) return missing;
  const reads: InputReads = {
    ids,
    secrets: ofNamespace(world.secrets, namespace),
    configMaps: ofNamespace(world.configMaps, namespace),
  };
  const resolver = resolverOver(reads, (_secret, _key, value) =>
    showSecrets ? value.reveal() : redacted,
  );
  return { kind: "resolver", resolver, notes };
}

/** The value of a ConfigMap's key, or the problem that it is not among the manifests. */
export function planConfigValue(
  resource: CustomResource,
  from: { readonly name: string; readonly key: string },
  world: PlanWorld,
): string | MissingThing {
  const namespace = resource.metadata.namespace ?? "";
  const missing = missingInput(world, namespace, "ConfigMap", [from]);
  return missing ?? world.configMaps.get(nameKey(namespace, from.name))?.data[from.key] ?? "";
}

type References = {
  readonly kind: "ids";
  readonly ids: ReadonlyMap<string, string>;
  readonly notes: readonly string[];
};

function resolveReferences(
  namespace: string,
  inputs: Inputs,
  world: PlanWorld,
  settled: Settled,
): References | MissingThing {
  const ids = new Map<string, string>();
  const notes = new Set<string>();
  for (const { reference } of inputs.references) {
    const key = referenceKey(reference);
    if (reference.kind === "armId") ids.set(key, reference.armId);
    if (reference.kind === "wellKnown") ids.set(key, reference.name);
    if (reference.kind !== "resource") continue;
    const { target } = reference;
    const at = resourceKey(namespace, target);
    const found = settled.get(at);
    if (found === undefined || found.armId === "")
      return unsettled(
        world,
        namespace,
        target,
        referenceNotFound(target, namespace, world.resources.has(at)),
      );
    for (const note of waitNotes(found, namespace, target)) notes.add(note);
    ids.set(key, found.armId);
  }
  return { kind: "ids", ids, notes: [...notes] };
}

/** What is said of an owner or reference that was not planned: it is missing, or there and not plannable itself. */
export function unsettled(
  world: PlanWorld,
  namespace: string,
  target: OwnerTarget,
  problem: Problem,
): MissingThing {
  const key = resourceKey(namespace, target);
  const found = world.resources.get(key);
  if (found === undefined) {
    const note = `${target.kind} ${namespace}/${target.name} is not among the manifests.`;
    return { kind: "problem", problem, notes: [note] };
  }
  const note = `${describe(found.resource)} is among the manifests, but cannot be planned itself.`;
  return { kind: "problem", problem, notes: [note], waitsFor: key };
}

/** What is said of a request that is sent only after something else, which waits. */
export function waitNotes(
  found: SettledResource,
  namespace: string,
  target: OwnerTarget,
): readonly string[] {
  return found.waits
    ? [`It is sent only after ${target.kind} ${namespace}/${target.name}, which waits itself.`]
    : [];
}

type Wanted = { readonly name: string; readonly key: string | undefined };

function missingInput(
  world: PlanWorld,
  namespace: string,
  object: "Secret" | "ConfigMap",
  wanted: readonly Wanted[],
): MissingThing | undefined {
  const known = object === "Secret" ? world.secrets : world.configMaps;
  for (const { name, key } of wanted) {
    const found = known.get(nameKey(namespace, name));
    if (found !== undefined && (key === undefined || Object.hasOwn(found.data, key))) continue;
    return {
      kind: "problem",
      problem: inputNotFound(object, namespace, name, found === undefined ? undefined : key),
      notes: writersOf(world, namespace, object, name).map(
        (writer) =>
          `${object} ${namespace}/${name} is written by ${describe(writer)} once Azure has it.`,
      ),
    };
  }
  return undefined;
}

/** The resources of the namespace that export to a Secret or ConfigMap. */
function writersOf(
  world: PlanWorld,
  namespace: string,
  object: "Secret" | "ConfigMap",
  name: string,
): CustomResource[] {
  const [values, expressions] =
    object === "Secret"
      ? (["secrets", "secretExpressions"] as const)
      : (["configMaps", "configMapExpressions"] as const);
  return [...world.resources.values()]
    .map(({ resource }) => resource)
    .filter(({ metadata, spec }) => {
      const operatorSpec = spec?.["operatorSpec"];
      if (metadata.namespace !== namespace || !isJsonObject(operatorSpec)) return false;
      return [operatorSpec[values], operatorSpec[expressions]].some((one) => names(one, name));
    })
    .toSorted((a, b) => (describe(a) < describe(b) ? -1 : 1));
}

function names(destinations: JsonValue | undefined, name: string): boolean {
  if (typeof destinations !== "object" || destinations === null) return false;
  return Object.values(destinations).some((one) => isJsonObject(one) && one["name"] === name);
}

function ofNamespace<T>(objects: ReadonlyMap<string, T>, namespace: string): Map<string, T> {
  const prefix = nameKey(namespace, "");
  return new Map(
    [...objects].flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value] as const] : [],
    ),
  );
}
