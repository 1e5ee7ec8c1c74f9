import { armError, groupNotFound } from "./arm-error.ts";
import { checkBusy } from "./check-put.ts";
import { groupType, type ResourceId } from "./parse-target.ts";
import { lroFor, typeRule } from "./resource-types.ts";
import { operationHeaders, startOperation } from "./start-operation.ts";
import type { Answer, Fault } from "./types.ts";
import { type Call, removeResource, type World, withState } from "./world.ts";

/** DELETE of a resource with everything below it: at once, or as a long-running operation. */
export function deleteResource(
  world: World,
  call: Call,
  resource: ResourceId,
  failing: Fault | undefined,
): Answer {
  const existing = world.store.get(resource.id);
  if (typeRule(resource.type).noDelete === true) {
    return armError(
      405,
      "MethodNotAllowed",
      "The requested resource does not support http method 'DELETE'.",
    );
  }
  if (existing === undefined) return nothingThere(world, resource);
  world.statistics.delete(existing.id);
  const running = world.operations.runningOn(existing.id);
  if (existing.deleting && running !== undefined) {
    return { status: 202, headers: operationHeaders(running, call) };
  }
  const busy = checkBusy(world, call, resource);
  if (busy !== undefined) return busy;
  const { expectedDeletes } = world.settings;
  const isExpected = expectedDeletes !== "" && new RegExp(expectedDeletes, "i").test(existing.id);
  if (!isExpected) world.statistics.event("unexpectedDeletes");
  const lro = lroFor(resource.type, "DELETE", world.settings.durations);
  const atOnce = lro.shape === "none" || lro.shape === "relative";
  if (atOnce && failing?.lro === undefined) {
    removeResource(world, existing.id);
    return { status: 200 };
  }
  // A body cannot be polled once it is gone, and a DELETE without a poll URL could not be followed.
  const shape = atOnce || lro.shape === "body" ? "location" : lro.shape;
  const deleting = { ...withState(world, existing, "Deleting"), deleting: true };
  world.store.set(deleting);
  const operation = startOperation(world, deleting, "DELETE", { ...lro, shape }, failing);
  return { status: 202, headers: operationHeaders(operation, call) };
}

function nothingThere(world: World, resource: ResourceId): Answer {
  if (resource.type === groupType) return groupNotFound(resource.name);
  const { group, subscription } = resource;
  const id = `/subscriptions/${subscription ?? ""}/resourceGroups/${group ?? ""}`;
  if (group !== undefined && world.store.get(id) === undefined) return groupNotFound(group);
  return { status: 204 };
}
