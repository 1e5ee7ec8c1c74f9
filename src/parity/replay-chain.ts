import { classifyFailure } from "../core/arm/classify-error.ts";
import { errorOverrides } from "../core/arm/error-overrides.ts";
import {
  advanceOperation,
  beginOperation,
  finishOperation,
  type Operation,
  pollUrl,
} from "../core/arm/lro.ts";
import type { HttpAnswer } from "../core/arm/lro-state.ts";
import type { ArmFailure } from "../core/arm/parse-error.ts";

/** One recorded request with its answer. */
export type Interaction = {
  /** Place in the recording. */
  readonly i: number;
  readonly role: string;
  readonly method: string;
  /** Path and query below the ARM endpoint. */
  readonly url: string;
  readonly answer: HttpAnswer;
};

/** What an answer was taken for, where that can be the cause of another next step than ASO's. */
type Cause = "relativeLocation" | "transient" | "moved" | undefined;

/** A step at which the engine would do something else than ASO did. */
export type Difference = {
  readonly i: number;
  readonly expected: string;
  readonly got: string;
  readonly cause: Cause;
};

/** How a replay ended: where it differed from ASO, the failures of its PUTs, and which answer became the status. */
export type Replay = {
  readonly differences: readonly Difference[];
  readonly failures: readonly string[];
  readonly statusFrom: number | undefined;
};

/** What the engine would do next. */
type Next =
  | { readonly kind: "put" }
  /** The PUT failed and is not repeated soon: severity Error. */
  | { readonly kind: "giveUp" }
  | { readonly kind: "poll"; readonly operation: Operation; readonly cause: Cause }
  | { readonly kind: "finalGet"; readonly operation: Operation; readonly url: string }
  /** The PUT is done: what ARM shows is read for the status. */
  | { readonly kind: "read" }
  | { readonly kind: "rest" };

const endpoint = "https://management.azure.com";

/**
 * Gives the recorded answers to the engine's rules, one after the other, and compares what they do next with what ASO did: which URL is
 * polled, when an operation is over, when the PUT is repeated, when the status is read. After a difference the replay goes on from what
 * ASO did. `kind` is `group/Kind` as the error overrides name it.
 */
export function replayChain(chain: readonly Interaction[], kind: string): Replay {
  const differences: Difference[] = [];
  const failures: string[] = [];
  let next: Next = { kind: "put" };
  let statusFrom: number | undefined;
  for (const step of chain) {
    const expected = `${step.method} ${step.url}`;
    const got = requestOf(next, step);
    const cause = next.kind === "poll" ? next.cause : undefined;
    if (got !== expected) differences.push({ i: step.i, expected, got, cause });
    if (next.kind === "read" && step.role === "status-get") statusFrom ??= step.i;
    const after = nextOf(next, step);
    if ("failure" in after && step.role === "put" && step.answer.status >= 400)
      failures.push(after.failure.code);
    next = "failure" in after ? afterFailure(after.failure, kind) : after;
  }
  return { differences, failures, statusFrom };
}

/** What the engine would send where ASO sent this. Looks of a kind before its PUT, and at what is settled, are left to the kind. */
function requestOf(next: Next, step: Interaction): string {
  switch (next.kind) {
    case "put":
    case "rest":
      return step.role === "put" || isRead(step) ? `${step.method} ${step.url}` : next.kind;
    case "read":
      return isRead(step) ? `${step.method} ${step.url}` : "a GET of the resource";
    case "poll":
      return `GET ${belowEndpoint(pollUrl(next.operation))}`;
    case "finalGet":
      return `GET ${belowEndpoint(next.url)}`;
    case "giveUp":
      return "an Error";
    default:
      return next satisfies never;
  }
}

function nextOf(before: Next, step: Interaction): Next | { readonly failure: ArmFailure } {
  if (step.role === "put") return begin(step);
  if (isRead(step)) return before.kind === "read" ? { kind: "rest" } : before;
  if (before.kind === "poll") return poll(before.operation, step);
  if (before.kind !== "finalGet") return before;
  const finish = finishOperation(before.operation, step.answer);
  return finish.kind === "done" ? { kind: "read" } : { failure: finish.failure };
}

function begin({ url, answer }: Interaction): Next | { readonly failure: ArmFailure } {
  const begun = beginOperation({ method: "PUT", url: endpoint + url, answer });
  if (begun.kind === "failed") return { failure: begun.failure };
  if (begun.kind !== "running") return { kind: "read" };
  const isRelative = answer.headers["location"]?.startsWith("/") === true;
  return {
    kind: "poll",
    operation: begun.operation,
    cause: isRelative ? "relativeLocation" : undefined,
  };
}

/** ASO's poll, whatever URL the engine would have asked. */
function poll(before: Operation, step: Interaction): Next | { readonly failure: ArmFailure } {
  const operation = { ...before, pollUrl: endpoint + step.url };
  const next = advanceOperation(operation, step.answer);
  switch (next.kind) {
    case "running": {
      const isMoved = next.operation.pollUrl !== operation.pollUrl;
      return { kind: "poll", operation: next.operation, cause: isMoved ? "moved" : undefined };
    }
    case "transient":
      return { kind: "poll", operation, cause: "transient" };
    case "failed":
      return { failure: next.failure };
    case "succeeded":
      return next.finalGet === undefined
        ? { kind: "read" }
        : { kind: "finalGet", operation, url: next.finalGet };
    default:
      return next satisfies never;
  }
}

function afterFailure(failure: ArmFailure, kind: string): Next {
  const { severity } = classifyFailure(failure, "PUT", errorOverrides[kind]);
  return { kind: severity === "Error" ? "giveUp" : "put" };
}

function isRead({ role }: Interaction): boolean {
  return role === "status-get" || role === "head";
}

function belowEndpoint(url: string): string {
  return url.startsWith(endpoint) ? url.slice(endpoint.length) : url;
}
