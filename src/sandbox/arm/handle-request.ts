import type { JsonObject } from "../../core/json.ts";
import { checkToken } from "./access-token.ts";
import { armError, parentNotFound } from "./arm-error.ts";
import { checkRegistration } from "./check-put.ts";
import { deleteResource } from "./delete-resource.ts";
import { answerEntra, isEntraPath } from "./entra.ts";
import {
  checkSubscription,
  checkVersion,
  subscriptionOf,
  takeBudget,
  unauthorised,
} from "./front-door.ts";
import { parseTarget, type ResourceId, type Target } from "./parse-target.ts";
import { pollOperation } from "./poll-operation.ts";
import { putResource } from "./put-resource.ts";
import { getResource, headResource, listAll, listCollection } from "./read-resources.ts";
import { parseBody } from "./request-body.ts";
import { answerProviders, runAction } from "./run-action.ts";
import type { Answer, Fault, IncomingRequest, Reply } from "./types.ts";
import { type Call, settle, type World } from "./world.ts";

/** Answers one request and counts it. `base` is how the client calls this server: `https://host:port`. */
export function handleRequest(world: World, request: IncomingRequest, base: string): Reply {
  settle(world);
  const path = decodedPath(request.url.pathname);
  const isAuth = isEntraPath(request.url.pathname);
  const target: Target =
    path === undefined || isAuth ? { kind: "unknown" } : parseTarget(path, request.method);
  const fault = world.faults.match(request.method, path ?? request.url.pathname, isAuth);
  const check = isAuth
    ? undefined
    : checkToken(request.headers["authorization"], world.clock.now());
  const principal = check?.kind === "valid" ? `${check.claims.tenant}/${check.claims.client}` : "";
  const answer = (): Answer => {
    if (isAuth) return answerEntra(world, request, base);
    if (check?.kind !== "valid") return unauthorised(check?.reason ?? "");
    if (path === undefined)
      return armError(400, "InvalidRequestUri", "The request URI is not validly encoded.");
    const call = {
      url: request.url,
      base,
      principal: check.claims.client,
      tenant: check.claims.tenant,
    };
    return answerArm(world, request, call, target, principal, fault);
  };
  const reply = faulty(world, fault ?? (isAuth ? undefined : randomFault(world)), answer);
  const status = reply.kind === "answer" ? reply.answer.status : 0;
  note(world, request, target, isAuth, principal, status);
  return reply;
}

function decodedPath(pathname: string): string | undefined {
  // An encoded slash would make one name look like two.
  if (/%2f/i.test(pathname)) return undefined;
  try {
    return decodeURIComponent(pathname);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** Applies a fault around the effect: before it, instead of it, or after it. */
function faulty(world: World, fault: Fault | undefined, answer: () => Answer): Reply {
  const delayMs = fault?.delayMs ?? 0;
  if (fault !== undefined) world.statistics.event("faults");
  if (fault?.drop === "before") return { kind: "dropped", delayMs };
  if (fault?.status !== undefined && fault.lro === undefined) {
    const code = fault.code ?? "InjectedFault";
    const headers = { headers: { ...fault.headers } };
    return {
      kind: "answer",
      answer: armError(fault.status, code, fault.message ?? code, headers),
      delayMs,
    };
  }
  const given = answer();
  return fault?.drop === "after"
    ? { kind: "dropped", delayMs }
    : { kind: "answer", answer: given, delayMs };
}

function randomFault(world: World): Fault | undefined {
  const { faultRate } = world.settings;
  if (faultRate <= 0 || world.random.next() >= faultRate) return undefined;
  const draw = world.random.next();
  if (draw < 0.15) return { drop: "before" };
  if (draw < 0.3) return { drop: "after" };
  if (draw < 0.6) {
    return {
      status: 503,
      code: "ServiceUnavailable",
      message: "The service is unavailable now.",
      headers: { "Retry-After": "1" },
    };
  }
  if (draw < 0.8)
    return {
      status: 500,
      code: "InternalServerError",
      message: "Request processing failed due to internal error.",
    };
  return {
    status: 409,
    code: "AnotherOperationInProgress",
    message: "Another operation on this or dependent resource is in progress.",
  };
}

function note(
  world: World,
  request: IncomingRequest,
  target: Target,
  isAuth: boolean,
  principal: string,
  status: number,
): void {
  const kind = isAuth ? "AUTH" : requestKind(request.method, target);
  world.statistics.request(kind, typeOf(target), status);
  if (isAuth) return;
  const body = parseBody(request.text);
  world.statistics.record({
    t: world.clock.now(),
    method: request.method,
    url: `${request.url.pathname}${request.url.search}`,
    status,
    kind: kind === "POLL" || kind === "LIST" ? kind.toLowerCase() : request.method,
    principal,
    ...(body.kind === "object" && Object.keys(body.value).length > 0 ? { body: body.value } : {}),
  });
}

function requestKind(method: string, target: Target): string {
  if (target.kind === "operation") return "POLL";
  const isList = target.kind === "collection" || target.kind === "allResources";
  return isList && method === "GET" ? "LIST" : method;
}

function typeOf(target: Target): string | undefined {
  if (target.kind === "resource" || target.kind === "action") return target.resource.type;
  return target.kind === "collection" ? target.type : undefined;
}

/** A request with a valid token: budget, api-version, subscription, then what the path means. */
function answerArm(
  world: World,
  request: IncomingRequest,
  call: Call,
  target: Target,
  principal: string,
  fault: Fault | undefined,
): Answer {
  const budget = takeBudget(world, request.method, subscriptionOf(target), principal);
  if (budget.kind === "refused") return budget.answer;
  const refusal = checkVersion(call) ?? checkSubscription(world, target);
  const answer = refusal ?? dispatch(world, request, call, target, fault);
  return { ...answer, headers: { ...budget.headers, ...answer.headers } };
}

function dispatch(
  world: World,
  request: IncomingRequest,
  call: Call,
  target: Target,
  fault: Fault | undefined,
): Answer {
  switch (target.kind) {
    case "resource":
      return answerResource(world, request, call, target.resource, fault);
    case "operation":
      return pollOperation(world, call, target);
    case "providers":
      return answerProviders(world, target);
    case "action":
      return request.method === "POST"
        ? answerAction(world, request, target.resource, target.action)
        : notAllowed(request);
    case "collection":
      return request.method === "GET" ? listCollection(world, call, target) : notAllowed(request);
    case "allResources":
      return request.method === "GET" ? listAll(world, call, target.scope) : notAllowed(request);
    case "subscription":
      return { status: 200, body: subscriptionBody(target.subscription) };
    case "subscriptions":
      return { status: 200, body: { value: world.settings.subscriptions.map(subscriptionBody) } };
    default:
      return armError(
        404,
        "InvalidResourceType",
        `The path '${call.url.pathname}' names no resource.`,
      );
  }
}

function subscriptionBody(subscriptionId: string): JsonObject {
  return {
    id: `/subscriptions/${subscriptionId}`,
    subscriptionId,
    displayName: "sandbox",
    state: "Enabled",
  };
}

function notAllowed(request: IncomingRequest): Answer {
  return armError(
    405,
    "MethodNotAllowed",
    `The requested resource does not support http method '${request.method}'.`,
  );
}

function answerResource(
  world: World,
  request: IncomingRequest,
  call: Call,
  resource: ResourceId,
  fault: Fault | undefined,
): Answer {
  switch (request.method) {
    case "GET":
      return getResource(world, resource);
    case "HEAD":
      return headResource(world, resource);
    case "DELETE":
      return deleteResource(world, call, resource, fault);
    case "PUT": {
      const body = parseBody(request.text);
      return body.kind === "object"
        ? putResource(world, call, resource, body.value, fault)
        : body.answer;
    }
    default:
      return notAllowed(request);
  }
}

function answerAction(
  world: World,
  request: IncomingRequest,
  resource: ResourceId,
  action: string,
): Answer {
  const body = parseBody(request.text === "" ? "{}" : request.text);
  if (body.kind === "refused") return body.answer;
  const missing = checkRegistration(world, resource);
  if (missing !== undefined) return missing;
  const { parent, group, id, subscription } = resource;
  const groupId = `/subscriptions/${subscription ?? ""}/resourceGroups/${group ?? ""}`;
  if (group !== undefined && parent === groupId && world.store.get(groupId) === undefined)
    return parentNotFound(groupId, id);
  return runAction(world, resource, action, body.value);
}
