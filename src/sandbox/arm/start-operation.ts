import type { Operation } from "./operations.ts";
import { parseResourceId } from "./parse-target.ts";
import type { StoredResource } from "./resource-store.ts";
import type { Lro } from "./resource-types.ts";
import type { Fault, LroRule } from "./types.ts";
import { type Call, text, type World } from "./world.ts";

/** Starts a long-running operation on a resource; `failing` decides that it will fail or be cancelled. */
export function startOperation(
  world: World,
  resource: StoredResource,
  method: "PUT" | "DELETE",
  lro: Lro & Pick<LroRule, "moving" | "finalStatus">,
  failing: Fault | undefined,
): Operation {
  const now = world.clock.now();
  const outcome =
    failing?.lro === undefined ? "Succeeded" : failing.lro === true ? "Failed" : failing.lro;
  const code =
    failing?.code ?? (outcome === "Canceled" ? "OperationCancelled" : "InternalServerError");
  const operation: Operation = {
    id: world.random.uuid(),
    method,
    resource: resource.id,
    type: resource.type,
    location: text(resource.body["location"]) || "westus",
    shape: lro.shape,
    startedAt: now,
    until: now + lro.seconds * 1000,
    retryAfter: lro.retryAfter,
    moving: lro.moving,
    finalStatus: lro.finalStatus ?? 200,
    outcome,
    error: outcome === "Succeeded" ? undefined : { code, message: failing?.message ?? code },
    state: "InProgress",
    polls: 0,
    notBefore: now + (lro.retryAfter ?? 0) * 1000,
    move: 1,
  };
  world.operations.start(operation);
  return operation;
}

/** Headers of an answer that names an operation: where to poll it and when. */
export function operationHeaders(operation: Operation, call: Call): Record<string, string> {
  const headers: Record<string, string> = {};
  const { shape } = operation;
  if (shape === "async" || shape === "both") {
    headers["Azure-AsyncOperation"] = pollUrl(operation, call, "operationStatuses");
  }
  if (shape === "location" || shape === "both") {
    headers["Location"] = pollUrl(operation, call, "operationResults");
  }
  return { ...headers, ...retryAfterHeader(operation) };
}

/** Retry-After, where the operation has one. */
export function retryAfterHeader(operation: Operation): Record<string, string> {
  return operation.retryAfter === undefined ? {} : { "Retry-After": String(operation.retryAfter) };
}

function pollUrl(operation: Operation, call: Call, collection: string): string {
  const subscription = parseResourceId(operation.resource)?.subscription ?? "";
  const namespace = operation.type.split("/")[0] ?? "";
  const version = call.url.searchParams.get("api-version") ?? "";
  return `${call.base}/subscriptions/${subscription}/providers/${namespace}/locations/${operation.location}/${collection}/${operation.id}?api-version=${version}&t=${operation.move}`;
}
