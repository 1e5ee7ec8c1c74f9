import { readyCondition } from "../../core/resource/conditions.ts";
import type { Problem } from "../../core/resource/types.ts";
import type { Holder } from "../../ports/ownership.ts";
import { type Pass, resourceOf } from "./pass.ts";

/** Longest that another cluster may take for it, in milliseconds: its trouble is not this resource's. */
const patienceMs = 10_000;

/**
 * Tells the resource that holds an ARM id that another one names it as well: one Warning event per conflict, not one per try. The
 * holder may stand in another cluster; that it cannot be told stops nothing.
 */
export async function tellHolder(
  pass: Pass,
  armId: string,
  holder: Holder,
  problem: Problem,
): Promise<void> {
  if (readyCondition(resourceOf(pass).status)?.message === problem.message) return;
  const { kind, namespace, name, cluster } = pass.key;
  try {
    const other = await pass.engine.clusters.get(holder.cluster);
    const signal = AbortSignal.any([pass.signal, AbortSignal.timeout(patienceMs)]);
    const held = await other.get(holder, signal);
    if (held === undefined || held.metadata.uid !== holder.uid) return;
    await other.recordEvent(
      held,
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
