import type { CustomResource } from "../../core/resource/types.ts";
import { type AnnotationPatch, holdPatch, isHeld, releasePatch } from "../../transfer/hold.ts";
import type { Move } from "../../transfer/transfer-types.ts";
import { inParallel } from "./in-parallel.ts";
import type { ReadPlan, Side } from "./read-transfer.ts";
import { whileConflict } from "./waiting.ts";

/**
 * Gives resources to another operator of their cluster, in two writes: held by nobody, then the operator's. The first takes the old operator's
 * hands off before the second calls the new one. May die at any point; the same command goes on.
 */
export async function runHandOver(side: Side, plan: ReadPlan, operator: string): Promise<number> {
  const moves = plan.moves.filter(({ step }) => step !== "nothing");
  await inParallel(moves, async (move) => {
    await annotate(side, plan, move, (found) => (isHeld(found) ? undefined : holdPatch(found)));
    await annotate(side, plan, move, (found) =>
      isHeld(found) ? releasePatch(found, operator) : undefined,
    );
  });
  return moves.length;
}

async function annotate(
  { objects, namespace }: Side,
  { plurals }: ReadPlan,
  move: Move,
  patchFor: (found: CustomResource) => AnnotationPatch | undefined,
): Promise<void> {
  const { group, kind, apiVersion: version, name } = move;
  const plural = plurals.get(`${kind}.${group}`) ?? "";
  const address = { group, version, plural, namespace, name };
  const { uid } = (move.source ?? move.target)?.metadata ?? {};
  await whileConflict(move, async () => {
    const found = await objects.get(address);
    if (found === undefined || found.metadata.uid !== uid) return undefined;
    const patch = patchFor(found);
    return patch === undefined ? undefined : objects.annotate(address, found, patch);
  });
}
