import type { JsonObject } from "../json.ts";
import {
  type HttpAnswer,
  inProgress,
  isAccepted,
  isFailedState,
  isPollable,
  isTerminalState,
  isTransientStatus,
  type LroBody,
  operationStatus,
  provisioningState,
  readLroBody,
  resultFlaw,
  succeeded,
} from "./lro-state.ts";
import { type ArmFailure, otherFailure, parseArmFailure } from "./parse-error.ts";

/** The methods that start an operation that may take long. */
export type Method = "PUT" | "DELETE";

/**
 * A running operation. Plain data; stored as ASO's resume token.
 * `async`: Azure-AsyncOperation, `op`: Operation-Location, `loc`: Location, `body`: the resource's own provisioningState.
 */
export type Operation = {
  readonly protocol: "async" | "op" | "loc" | "body";
  readonly method: Method;
  /** Absolute URL that is polled. */
  readonly pollUrl: string;
  readonly state: string;
  /** URL of the PUT or DELETE; known to `async` and `op`. */
  readonly originalUrl?: string;
  /** The Location header that came with `async` and `op`. */
  readonly locationUrl?: string;
  /** Which URL has the result, as the SDK's token names it; always empty in tokens of ours. */
  readonly finalState?: string;
};

/** What the answer to a PUT or DELETE means. `retryAfter` is the header as it came. */
export type Begin =
  | { readonly kind: "done" }
  | {
      readonly kind: "running";
      readonly operation: Operation;
      readonly retryAfter?: string | undefined;
    }
  | { readonly kind: "failed"; readonly failure: ArmFailure }
  /** A DELETE of something that is not there. */
  | { readonly kind: "gone" };

/** What the answer to a poll means. `retryAfter` is the header as it came. */
export type Advance =
  | {
      readonly kind: "running";
      readonly operation: Operation;
      readonly retryAfter?: string | undefined;
    }
  /** `finalGet`: URL of the resource, for {@link finishOperation}. */
  | { readonly kind: "succeeded"; readonly finalGet?: string | undefined }
  | { readonly kind: "failed"; readonly failure: ArmFailure }
  /** The poll failed on its way; the operation stays as it is. */
  | {
      readonly kind: "transient";
      readonly retryAfter?: string | undefined;
      readonly failure: ArmFailure;
    };

/** What the answer to the GET after a successful operation means. */
export type Finish =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly failure: ArmFailure }
  | {
      readonly kind: "transient";
      readonly retryAfter?: string | undefined;
      readonly failure: ArmFailure;
    };

/** What the first answer to a PUT or DELETE starts (aso-semantics.md 2.1 and errata 7). `url` is absolute. */
export function beginOperation(input: {
  readonly method: Method;
  readonly url: string;
  readonly answer: HttpAnswer;
}): Begin {
  const { method, url, answer } = input;
  if (method === "DELETE" && answer.status === 404) return { kind: "gone" };
  const accepted = method === "PUT" ? [200, 201, 202] : [200, 202, 204];
  if (!accepted.includes(answer.status))
    return { kind: "failed", failure: parseArmFailure(answer.status, answer.text) };
  const started = chooseProtocol(method, url, answer);
  if (started === "none") return withoutOperation(method, answer);
  return typeof started === "string"
    ? { kind: "failed", failure: otherFailure(started, answer.status) }
    : begun(started, answer);
}

/** An operation that is followed by the resource's own body: its provisioningState, or that it is gone. `url` is the resource's. */
export function operationFromBody(
  url: string,
  body: JsonObject,
  method: Method = "PUT",
): Operation {
  const state = provisioningState({ kind: "object", value: body });
  return {
    protocol: "body",
    method,
    pollUrl: url,
    state: state === "" ? inProgress : state,
  };
}

/** Where the next poll goes; blanks are encoded. The caller checks the host before a token leaves. */
export function pollUrl(operation: Operation): string {
  return operation.pollUrl.replaceAll(" ", "%20");
}

/**
 * What one answer to a poll means (aso-semantics.md 2.2, 2.3 and errata 4 to 6). Other than in ASO, throttling, time-outs and
 * server errors leave the operation as it is unless their body names a terminal failure, and a moved URL is followed.
 */
export function advanceOperation(operation: Operation, answer: HttpAnswer): Advance {
  const body = readLroBody(answer.text);
  if (isTransientStatus(answer.status) && !isFailedState(statedState(operation, body))) {
    const stated = statedState(operation, body);
    if (operation.protocol === "loc" && stated !== "" && !isTerminalState(stated))
      return running(moved(operation, answer, stated), answer);
    return { kind: "transient", ...laterOf(answer), failure: failureOf(answer) };
  }
  const isDeletedByBody = operation.protocol === "body" && operation.method === "DELETE";
  if (isDeletedByBody && answer.status === 404) return { kind: "succeeded" };
  if (operation.protocol !== "loc" && !isAccepted(answer.status))
    return { kind: "failed", failure: failureOf(answer) };
  if (isDeletedByBody && !isFailedState(statedState(operation, body)))
    return running(operation, answer);
  const state = polledState(operation, answer, body);
  if (state.kind === "flaw")
    return { kind: "failed", failure: otherFailure(state.flaw, answer.status) };
  const next = moved(operation, answer, state.state);
  if (!isTerminalState(state.state)) return running(next, answer);
  return ended(next, answer, body);
}

/** Judges the answer to the final GET of a PUT, or to the last poll of one (aso-semantics.md 2.3 and errata 6). */
export function finishOperation(operation: Operation, answer: HttpAnswer): Finish {
  if (isTransientStatus(answer.status))
    return { kind: "transient", ...laterOf(answer), failure: failureOf(answer) };
  if (!isAccepted(answer.status)) return { kind: "failed", failure: failureOf(answer) };
  if (answer.status === 204) return { kind: "done" };
  const flaw = resultFlaw(answer.text, operation.method);
  return flaw === undefined
    ? { kind: "done" }
    : { kind: "failed", failure: otherFailure(flaw, answer.status) };
}

/** First match wins; a text is the reason why none can be followed. */
function chooseProtocol(
  method: Method,
  url: string,
  answer: HttpAnswer,
): Operation | "none" | string {
  const asyncUrl = answer.headers["azure-asyncoperation"] ?? "";
  const opUrl = answer.headers["operation-location"] ?? "";
  const location = operationLocation(method, answer);
  const body = readLroBody(answer.text);
  const stated = provisioningState(body);
  // A failure beside a polling URL is the state from before this request: the operation itself tells how it ends.
  const state = stated === "" || isFailedState(stated) ? inProgress : stated;
  if (asyncUrl !== "")
    return usable(asyncUrl, {
      ...{ protocol: "async", method, pollUrl: asyncUrl, state },
      ...{ originalUrl: url, locationUrl: location },
    });
  if (opUrl !== "") return startOp(method, url, opUrl, location, body);
  if (location !== "")
    return usable(location, { protocol: "loc", method, pollUrl: location, state });
  if (method === "PUT") return startBody(url, answer, body, stated);
  return answer.status === 202 ? "Azure's answer has no URL to follow the deletion." : "none";
}

/** A PUT's relative Location is the address of what it made (RFC 9110, 10.2.2): nothing that could be polled. */
function operationLocation(method: Method, answer: HttpAnswer): string {
  const location = answer.headers["location"] ?? "";
  return method === "PUT" && location.startsWith("/") ? "" : location;
}

function startOp(
  method: Method,
  url: string,
  opUrl: string,
  location: string,
  body: LroBody,
): Operation | string {
  if (location !== "" && !isPollable(location)) return unusable(location);
  if (body.kind === "broken") return "Azure's answer is not a JSON object.";
  const status = operationStatus(body);
  return usable(opUrl, {
    ...{ protocol: "op", method, pollUrl: opUrl, state: status === "" ? inProgress : status },
    ...{ originalUrl: url, locationUrl: location },
  });
}

function startBody(
  url: string,
  answer: HttpAnswer,
  body: LroBody,
  stated: string,
): Operation | string {
  if (body.kind === "broken") return "Azure's answer is not a JSON object.";
  const silent = answer.status === 200 ? succeeded : inProgress;
  const state = answer.status === 202 || stated === "" ? silent : stated;
  return { protocol: "body", method: "PUT", pollUrl: url, state };
}

function usable(url: string, operation: Operation): Operation | string {
  return isPollable(url) ? operation : unusable(url);
}

function unusable(url: string): string {
  return `Azure gave a polling URL that cannot be used: ${url.slice(0, 200)}`;
}

function begun(operation: Operation, answer: HttpAnswer): Begin {
  if (!isTerminalState(operation.state)) return { kind: "running", operation, ...laterOf(answer) };
  return isFailedState(operation.state)
    ? { kind: "failed", failure: parseArmFailure(answer.status, answer.text) }
    : { kind: "done" };
}

/** No header and no body to poll: the answer is the result. */
function withoutOperation(method: Method, answer: HttpAnswer): Begin {
  const flaw = answer.status === 204 ? undefined : resultFlaw(answer.text, method);
  return flaw === undefined
    ? { kind: "done" }
    : { kind: "failed", failure: otherFailure(flaw, answer.status) };
}

type Polled =
  | { readonly kind: "state"; readonly state: string }
  | { readonly kind: "flaw"; readonly flaw: string };

function statedState(operation: Operation, body: LroBody): string {
  return operation.protocol === "async" || operation.protocol === "op"
    ? operationStatus(body)
    : provisioningState(body);
}

function polledState(operation: Operation, answer: HttpAnswer, body: LroBody): Polled {
  const state = statedState(operation, body);
  if (state !== "") return { kind: "state", state };
  if (operation.protocol === "loc") return { kind: "state", state: stateOfStatus(answer.status) };
  if (operation.protocol === "body" && answer.status === 204)
    return { kind: "state", state: succeeded };
  if (body.kind === "none") return { kind: "flaw", flaw: "Azure's answer to the poll is empty." };
  if (operation.protocol === "body") return { kind: "state", state: succeeded };
  return { kind: "flaw", flaw: "Azure's answer to the poll has no status." };
}

function stateOfStatus(status: number): string {
  if (status === 202) return inProgress;
  return status >= 200 && status < 300 ? succeeded : "Failed";
}

/** The operation with its new state, at its new URL when the answer named a usable one. */
function moved(operation: Operation, answer: HttpAnswer, state: string): Operation {
  const header = { async: "azure-asyncoperation", op: "operation-location", loc: "location" };
  const name = operation.protocol === "body" ? undefined : header[operation.protocol];
  const url = name === undefined ? undefined : answer.headers[name];
  return url === undefined || !isPollable(url)
    ? { ...operation, state }
    : { ...operation, state, pollUrl: url };
}

function ended(operation: Operation, answer: HttpAnswer, body: LroBody): Advance {
  if (isFailedState(operation.state)) return { kind: "failed", failure: failureOf(answer) };
  if (operation.protocol === "loc" || operation.protocol === "body") {
    const finish = finishOperation(operation, answer);
    return finish.kind === "done" ? { kind: "succeeded" } : finish;
  }
  const location = resourceLocation(operation, body);
  if (location === "invalid")
    return {
      kind: "failed",
      failure: otherFailure("The resourceLocation of Azure's answer is no URL.", answer.status),
    };
  return { kind: "succeeded", finalGet: location ?? finalUrl(operation) };
}

/** Operation-Location answers may say where the result is. */
function resourceLocation(operation: Operation, body: LroBody): string | undefined | "invalid" {
  if (operation.protocol !== "op" || body.kind !== "object") return undefined;
  if (operation.finalState === "location" && hasLocation(operation)) return undefined;
  const value = body.value["resourceLocation"];
  if (value === undefined || value === null || value === "") return undefined;
  return typeof value === "string" && isPollable(value) ? value : "invalid";
}

function hasLocation(operation: Operation): boolean {
  return operation.locationUrl !== undefined && operation.locationUrl !== "";
}

function finalUrl(operation: Operation): string | undefined {
  if (operation.protocol === "op" && operation.finalState === "location" && hasLocation(operation))
    return operation.locationUrl;
  return operation.method === "PUT" ? operation.originalUrl : undefined;
}

function running(operation: Operation, answer: HttpAnswer): Advance {
  return { kind: "running", operation, ...laterOf(answer) };
}

function laterOf(answer: HttpAnswer): { retryAfter?: string } {
  const value = answer.headers["retry-after"];
  return value === undefined ? {} : { retryAfter: value };
}

function failureOf(answer: HttpAnswer): ArmFailure {
  return parseArmFailure(answer.status, answer.text);
}
