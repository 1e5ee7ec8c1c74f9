import { classifyFailure } from "../../core/arm/classify-error.ts";
import {
  advanceOperation,
  beginOperation,
  finishOperation,
  type Method,
  type Operation,
  pollUrl,
} from "../../core/arm/lro.ts";
import { type ArmFailure, otherFailure } from "../../core/arm/parse-error.ts";
import { readResumeToken, writeResumeToken } from "../../core/arm/resume-token.ts";
import { retryAfterMs } from "../../core/arm/retry-after.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ScriptedArm } from "./scripted-arm.ts";

/** What one step of an operation did, in the words of the corpora. */
export type StepResult = {
  readonly outcome: "inProgress" | "done" | "error";
  readonly requests: readonly string[];
  readonly retryAfterSeconds: number;
  readonly id?: string;
  readonly token?: string;
  readonly error?: JsonObject;
  /** Set when the answer was taken for a passing disturbance. */
  readonly transient?: boolean;
};

/** The first request of an operation. */
export function runBegin(arm: ScriptedArm, method: Method, url: string, now: number): StepResult {
  const answer = arm.send(method, url);
  const requests = requestsOf(arm);
  if ("transportError" in answer) return failed(requests, otherFailure(answer.transportError));
  const begun = beginOperation({ method, url, answer });
  if (begun.kind === "failed") return failed(requests, begun.failure);
  return begun.kind === "running"
    ? running(requests, begun.operation, begun.retryAfter, now)
    : { outcome: "done", requests, retryAfterSeconds: 0 };
}

/** One poll from a stored token, as a new process would make it. */
export function runPoll(arm: ScriptedArm, id: string, token: string, now: number): StepResult {
  const operation = readResumeToken(id, token);
  if ("problem" in operation) return failed([], otherFailure(operation.problem.message));
  const answer = arm.send("GET", pollUrl(operation));
  if ("transportError" in answer)
    return { ...running(requestsOf(arm), operation, undefined, now), transient: true };
  const next = advanceOperation(operation, answer);
  switch (next.kind) {
    case "running":
      return running(requestsOf(arm), next.operation, next.retryAfter, now);
    case "transient":
      return { ...running(requestsOf(arm), operation, next.retryAfter, now), transient: true };
    case "failed":
      return failed(requestsOf(arm), next.failure);
    case "succeeded":
      return runFinish(arm, operation, next.finalGet, now);
    default:
      return next satisfies never;
  }
}

function runFinish(
  arm: ScriptedArm,
  operation: Operation,
  finalGet: string | undefined,
  now: number,
): StepResult {
  const answer = finalGet === undefined ? undefined : arm.send("GET", finalGet);
  const requests = requestsOf(arm);
  if (answer === undefined) return { outcome: "done", requests, retryAfterSeconds: 0 };
  if ("transportError" in answer)
    return { ...running(requests, operation, undefined, now), transient: true };
  const finish = finishOperation(operation, answer);
  if (finish.kind === "done") return { outcome: "done", requests, retryAfterSeconds: 0 };
  if (finish.kind === "failed") return failed(requests, finish.failure);
  return { ...running(requests, operation, finish.retryAfter, now), transient: true };
}

function requestsOf(arm: ScriptedArm): readonly string[] {
  return arm.requests.splice(0).map(({ method, url }) => `${method} ${url}`);
}

function running(
  requests: readonly string[],
  operation: Operation,
  retryAfter: string | undefined,
  now: number,
): StepResult {
  const wait = retryAfterMs(retryAfter, now) ?? 0;
  return {
    outcome: "inProgress",
    requests,
    retryAfterSeconds: Math.ceil(wait / 1000),
    ...writeResumeToken(operation),
  };
}

function failed(requests: readonly string[], failure: ArmFailure): StepResult {
  const { severity, reason, retry, message } = classifyFailure(failure, "PUT");
  const error = {
    type: failure.kind,
    severity,
    reason,
    retry,
    ...(failure.kind === "cloudError" ? { message } : {}),
  };
  return { outcome: "error", requests, retryAfterSeconds: 0, error };
}
