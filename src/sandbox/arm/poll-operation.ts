import type { JsonObject } from "../../core/json.ts";
import { armError } from "./arm-error.ts";
import type { Operation } from "./operations.ts";
import type { Target } from "./parse-target.ts";
import { operationHeaders, retryAfterHeader } from "./start-operation.ts";
import type { Answer } from "./types.ts";
import type { Call, World } from "./world.ts";

/** Milliseconds by which a poll may come too early without being counted: timers round. */
const toleranceMs = 5;

/** Counts a poll of an operation, also whether it came before the time its last answer allowed, and moves that time. */
export function notePoll(world: World, operation: Operation): Operation {
  const now = world.clock.now();
  world.statistics.event("polls");
  if (now < operation.notBefore - toleranceMs) world.statistics.event("earlyPolls");
  const running = operation.state === "InProgress";
  const moved = {
    ...operation,
    polls: operation.polls + 1,
    notBefore: running ? now + (operation.retryAfter ?? 0) * 1000 : 0,
    move: running && operation.moving !== undefined ? operation.move + 1 : operation.move,
  };
  world.operations.update(moved);
  return moved;
}

/** GET of a URL that an answer named in Azure-AsyncOperation or Location. */
export function pollOperation(
  world: World,
  call: Call,
  target: Extract<Target, { kind: "operation" }>,
): Answer {
  const found = world.operations.get(target.operation);
  const unknown = armError(404, "NotFound", `The operation '${target.operation}' was not found.`);
  if (found === undefined) return unknown;
  const asked = Number(call.url.searchParams.get("t") ?? 0);
  if (found.moving === "required" && asked !== found.move) return unknown;
  const operation = notePoll(world, found);
  return target.style === "async"
    ? asyncStatus(operation, call)
    : locationStatus(world, operation, call);
}

function asyncStatus(operation: Operation, call: Call): Answer {
  const body: JsonObject = {
    name: operation.id,
    status: operation.state,
    startTime: new Date(operation.startedAt).toISOString(),
  };
  if (operation.state === "InProgress") {
    const next =
      operation.moving === undefined
        ? retryAfterHeader(operation)
        : operationHeaders(operation, call);
    return { status: 200, headers: next, body };
  }
  body["endTime"] = new Date(operation.until).toISOString();
  if (operation.error !== undefined) body["error"] = { ...operation.error };
  return { status: 200, body };
}

function locationStatus(world: World, operation: Operation, call: Call): Answer {
  if (operation.state === "InProgress") {
    const { "Azure-AsyncOperation": _other, ...headers } = operationHeaders(operation, call);
    return { status: 202, headers };
  }
  if (operation.error !== undefined) {
    return armError(409, operation.error.code, operation.error.message);
  }
  const resource = world.store.get(operation.resource);
  if (operation.method === "DELETE" || operation.finalStatus === 204 || resource === undefined) {
    return { status: operation.finalStatus };
  }
  return { status: 200, body: world.store.view(resource) };
}
