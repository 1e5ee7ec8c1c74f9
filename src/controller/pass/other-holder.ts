import { type HolderFacts, reasonToTakeOver } from "../../core/decide/take-over.ts";
import { readyCondition } from "../../core/resource/conditions.ts";
import type { Problem } from "../../core/resource/types.ts";
import type { Owned } from "../../ports/ownership.ts";
import { makeDueNow } from "../due-now.ts";
import { gatherLive } from "./gather-live.ts";
import { type Pass, resourceOf } from "./pass.ts";

/** Longest that another cluster may take for it, in milliseconds: its trouble is not this resource's. */
const patienceMs = 10_000;

type Found = HolderFacts["found"];

/**
 * Takes an ARM id from a holder that is gone for good, or that Azure never let in: one look at the holder, and one GET of the id that
 * shows whether Azure lets this resource in. A loser that is still there is due at once, to say so. Also tells what the look found.
 */
export async function takeOver(
  pass: Pass,
  owned: Owned,
): Promise<{ readonly found: Found; readonly moved: boolean }> {
  const { engine, gathered } = pass;
  const { name: key, namespace } = pass.key;
  const { facts, found } = await factsOfHolder(pass, owned);
  const reason = reasonToTakeOver(facts);
  if (reason === undefined || gathered.credential?.kind !== "credential")
    return { found, moved: false };
  const live = await gatherLive(pass);
  if (live.kind !== "found" && live.kind !== "notFound") return { found, moved: false };
  const to = { ...pass.key, uid: resourceOf(pass).metadata.uid };
  const moved = await engine.ownership.move(owned.armId, owned, to, engine.clock.now());
  if (!moved) return { found, moved };
  pass.gathered = { ...pass.gathered, live };
  await makeDueNow(engine, [owned.holder]);
  const { cluster } = owned.holder;
  pass.log.info("an ARM id changes hands", {
    armId: owned.armId,
    reason,
    from: cluster,
    namespace,
    name: key,
  });
  return { found, moved };
}

async function factsOfHolder(
  pass: Pass,
  { armId, holder, isFirm, since }: Owned,
): Promise<{ readonly facts: HolderFacts; readonly found: Found }> {
  const { clock, settings, registry, checkpoints } = pass.engine;
  const entry = (await registry.list()).find(({ name }) => name === holder.cluster);
  const found = entry === undefined ? "unknown" : await lookAt(pass, holder);
  const cluster =
    entry === undefined
      ? {
          unregistered: true as const,
          reachedAt: (await checkpoints.read(holder.cluster))?.reachedAt ?? 0,
        }
      : { operatorNamespace: entry.operatorNamespace, isAtWork: !entry.paused };
  const now = clock.now();
  const graceMs = settings.deadlineMs;
  return {
    found,
    facts: { now, armId, uid: holder.uid, isFirm, since, graceMs, cluster, found },
  };
}

/** `unknown`: the cluster did not say. */
async function lookAt(pass: Pass, holder: Owned["holder"]): Promise<Found> {
  try {
    const cluster = await pass.engine.clusters.get(holder.cluster);
    const signal = AbortSignal.any([pass.signal, AbortSignal.timeout(patienceMs)]);
    const found = await cluster.look(holder, signal);
    return found === "unserved" ? "unknown" : found;
  } catch (error) {
    pass.log.warn("the holder of an ARM id could not be looked at", {
      cluster: holder.cluster,
      error: String(error),
    });
    return "unknown";
  }
}

/** What a resource says whose ARM id is another's. */
export function heldByOther({ armId, holder }: Owned): Problem {
  return {
    reason: "AzureResourceInUse",
    severity: "Warning",
    retry: "slow",
    message: `${armId} is managed by ${holder.kind} ${holder.namespace}/${holder.name} of cluster ${holder.cluster}. Nothing was sent; this resource takes over when that one lets go. To end it, delete one of the two, give this one another azureName or owner, or move the id with "aso-functions ownership move".`,
  };
}

/**
 * Tells the resource that holds an ARM id that another one names it as well: one Warning event per conflict, not one per try. The
 * holder may stand in another cluster; that it cannot be told stops nothing.
 */
export async function tellHolder(
  pass: Pass,
  { armId, holder }: Owned,
  found: Found,
  problem: Problem,
): Promise<void> {
  if (readyCondition(resourceOf(pass).status)?.message === problem.message) return;
  if (typeof found === "string" || found.metadata.uid !== holder.uid) return;
  const { kind, namespace, name, cluster } = pass.key;
  try {
    const other = await pass.engine.clusters.get(holder.cluster);
    const signal = AbortSignal.any([pass.signal, AbortSignal.timeout(patienceMs)]);
    await other.recordEvent(
      found,
      {
        type: "Warning",
        reason: problem.reason,
        message: `${kind} ${namespace}/${name} of cluster ${cluster} names ${armId} as well. This resource keeps it, and nothing is sent for the other one. Delete one of the two, or give it another azureName or owner.`,
      },
      signal,
    );
  } catch (error) {
    pass.log.warn("the holder of an ARM id could not be told of another claim", {
      cluster: holder.cluster,
      error: String(error),
    });
  }
}
