import { OperatorError } from "../../core/errors.ts";
import { annotations } from "../../core/resource/names.ts";
import {
  objectsToLookUp,
  type Presence,
  planTransfer,
  type TransferFacts,
} from "../../transfer/plan-transfer.ts";
import { targetObject } from "../../transfer/target-object.ts";
import { type Move, nameOf, objectText, type Place } from "../../transfer/transfer-types.ts";
import type { ClusterObjects } from "./cluster-objects.ts";
import { inParallel } from "./in-parallel.ts";
import { readNamespace, type Selection } from "./read-namespace.ts";

/** A namespace of a cluster that can be read and written. */
export type Side = Place & { readonly objects: ClusterObjects };

/** A plan, and the plural names of the kinds in it by `Kind.group`. */
export type ReadPlan = {
  readonly moves: readonly Move[];
  readonly plurals: ReadonlyMap<string, string>;
};

/** Opens one side. Throws OperatorError `ConfigInvalid` when the namespace does not exist. */
export async function openSide(objects: ClusterObjects, namespace: string): Promise<Side> {
  const noted = await objects.namespace(namespace);
  if (noted === undefined)
    throw new OperatorError(
      "ConfigInvalid",
      `there is no namespace ${namespace} in cluster "${objects.cluster}"; create it first, for example with kubectl create namespace ${namespace}`,
    );
  const policy = noted[annotations.reconcilePolicy] ?? "";
  return { objects, cluster: await objects.uid(), namespace, policy };
}

/** Reads both sides and plans. Asks the target's API server whether it would take every copy; nothing is changed. */
export async function readTransfer(
  from: Side,
  to: Side,
  selection: Selection,
  copyObjects: boolean,
): Promise<ReadPlan> {
  const here = await readNamespace(from.objects, from.namespace, selection);
  const there = await readNamespace(to.objects, to.namespace, selection);
  const served = new Set(
    there.kinds.flatMap(({ group, kind, versions }) =>
      versions.map((version) => `${group}/${version} ${kind}`),
    ),
  );
  const facts: TransferFacts = {
    from,
    to,
    sources: here.found,
    targets: there.found,
    serves: (group, kind, version) => served.has(`${group}/${version} ${kind}`),
    objects: await presenceOf(from, to, objectsToLookUp(here.found)),
    copyObjects,
    refusals: new Map(),
  };
  const plurals = new Map(
    [...here.kinds, ...there.kinds].map(({ group, kind, plural }) => [`${kind}.${group}`, plural]),
  );
  const refusals = await refusalsOf(planTransfer(facts), facts, to, plurals);
  return { moves: planTransfer({ ...facts, refusals }), plurals };
}

async function presenceOf(
  from: Side,
  to: Side,
  names: ReturnType<typeof objectsToLookUp>,
): Promise<ReadonlyMap<string, Presence>> {
  const pairs = await inParallel(names, async (name) => {
    const exists = async ({ objects, namespace }: Side): Promise<boolean> =>
      (await objects.object(namespace, name)) !== undefined;
    const atTarget = await exists(to);
    return [objectText(name), { atTarget, atSource: atTarget || (await exists(from)) }] as const;
  });
  return new Map(pairs);
}

async function refusalsOf(
  moves: readonly Move[],
  { from, to }: TransferFacts,
  { objects }: Side,
  plurals: ReadPlan["plurals"],
): Promise<ReadonlyMap<string, string>> {
  const found = await inParallel(moves, async (move) => {
    const { source, group, version, apiVersion, step, blocks } = move;
    if (source === undefined || step !== "move" || blocks.length > 0) return [];
    const plural = plurals.get(`${move.kind}.${group}`) ?? "";
    const body = targetObject({ resource: source, version, selected: true }, from, to);
    const collection = { group, version: apiVersion, plural, namespace: to.namespace };
    const refusal = await objects.refusal(collection, body);
    return refusal === undefined ? [] : [[nameOf(move), refusal] as const];
  });
  return new Map(found.flat());
}
