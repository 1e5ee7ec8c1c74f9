import { sameArmId } from "../../core/arm/arm-id.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ResourceKey } from "../../core/resource/types.ts";
import type { Holder, Owned } from "../../ports/ownership.ts";
import { makeDueNow } from "../due-now.ts";
import type { Engine } from "../engine.ts";
import { type CommandHandler, refused, textArgument } from "./command.ts";

/** A resource as commands name it: `CLUSTER/NAMESPACE/KIND.group/NAME`. */
export function resourceName({ cluster, namespace, kind, group, name }: ResourceKey): string {
  return `${cluster}/${namespace}/${kind}.${group}/${name}`;
}

function parseResourceName(text: string): ResourceKey | undefined {
  const parts = /^([^/]+)\/([^/]+)\/([^/.]+)\.([^/]+)\/([^/]+)$/.exec(text);
  if (parts === null) return undefined;
  const [, cluster = "", namespace = "", kind = "", group = "", name = ""] = parts;
  return { cluster, namespace, kind, group, name };
}

/**
 * The resource as a holder, if it names the ARM id: it waits for it, or stands for it without ever writing. Nothing is moved to what
 * stands for another id. `isStandIn`: what stands for none yet will do, for its owner may wait first.
 */
export async function claimantOf(
  engine: Engine,
  owned: Owned,
  key: ResourceKey,
  isStandIn: boolean,
): Promise<Holder | undefined> {
  const row = await engine.ledger.get(key);
  if (row === undefined) return undefined;
  const { armId } = row.memory;
  const waits = owned.waiting.some((one) => resourceName(one) === resourceName(key));
  const names = armId === undefined ? waits || isStandIn : sameArmId(armId, owned.armId);
  return names ? { ...row.key, uid: row.seen.uid } : undefined;
}

/** Moves an id and makes both resources due: one takes over, the other says that it waits. False when it changed hands meanwhile. */
export async function moveOwnership(engine: Engine, owned: Owned, to: Holder): Promise<boolean> {
  const { armId, holder } = owned;
  if (!(await engine.ownership.move(armId, owned, to, engine.clock.now()))) return false;
  await makeDueNow(engine, [to, holder]);
  return true;
}

/** Tells who holds an ARM id, and who waits for it. */
export const showOwnership: CommandHandler = async (engine, args) => {
  const armId = textArgument(args, "armId");
  if (armId === undefined) return refused('The argument "armId" is missing.');
  const owned = await engine.ownership.get(armId);
  return { kind: "done", result: owned === undefined ? { armId } : shown(owned) };
};

function shown({ armId, holder, epoch, isFirm, since, waiting }: Owned): JsonObject {
  return {
    armId,
    holder: resourceName(holder),
    epoch,
    isFirm,
    since: new Date(since).toISOString(),
    waiting: waiting.map(resourceName),
  };
}

/** Moves one ARM id to another custom resource that names it. */
export const moveOne: CommandHandler = async (engine, args, log) => {
  const armId = textArgument(args, "armId");
  const name = textArgument(args, "to");
  if (armId === undefined || name === undefined)
    return refused('The arguments "armId" and "to" are needed.');
  const key = parseResourceName(name);
  if (key === undefined)
    return refused(`"${name}" names no resource. Give CLUSTER/NAMESPACE/KIND.group/NAME.`);
  const owned = await engine.ownership.get(armId);
  if (owned === undefined)
    return refused(`Nobody holds ${armId}: a resource that names it takes it by itself.`);
  const from = resourceName(owned.holder);
  const result = { armId: owned.armId, from, to: name };
  if (from === name) return { kind: "done", result };
  const to = await claimantOf(engine, owned, key, false);
  if (to === undefined)
    return refused(
      `${name} does not wait for ${armId}, which ${from} holds. Apply a resource that names it there first.`,
    );
  if (!(await moveOwnership(engine, owned, to)))
    return refused(`${armId} changed hands at this moment. Look again.`);
  log.info("an ARM id was moved", result);
  return { kind: "done", result };
};
