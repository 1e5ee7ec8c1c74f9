import type { JsonObject } from "../core/json.ts";
import { conditionsOf, setCondition } from "../core/resource/conditions.ts";
import type { Condition, CustomResource } from "../core/resource/types.ts";
import type { Cluster, ObjectRef } from "../ports/cluster.ts";
import type { Engine } from "./engine.ts";

/** Sets a condition outside of a pass, once: a resource that changes at this moment gets a pass of its own anyway. */
export async function replaceReady(
  engine: Engine,
  cluster: Cluster,
  ref: ObjectRef,
  signal: AbortSignal,
  conditionFor: (resource: CustomResource) => Omit<Condition, "lastTransitionTime">,
): Promise<void> {
  const resource = await cluster.get(ref, signal);
  if (resource === undefined) return;
  const next = setCondition(
    conditionsOf(resource.status),
    conditionFor(resource),
    engine.clock.now(),
  );
  if (!next.changed) return;
  const conditions = next.conditions.map((one) => ({ ...one }) as JsonObject);
  await cluster.replaceStatus(resource, { ...resource.status, conditions }, signal);
}
