import { subscriptionOf } from "../../core/arm/arm-id.ts";
import { retryAfterMs } from "../../core/arm/retry-after.ts";
import type { ArmCredential } from "../../core/resource/credential.ts";
import type { ArmAnswer, ArmRequest, OperationClass } from "../../ports/arm.ts";
import type { BudgetKey } from "../../ports/budget.ts";
import { noteCredentialFailed } from "./gather-credential.ts";
import type { Pass } from "./pass.ts";

/** An answer of ARM, or our own budget saying "not before". */
export type CallOutcome = ArmAnswer | { readonly kind: "throttled"; readonly until: number };

/** How long ARM is left alone after a 429 that names no time. */
const defaultPauseMs = 1000;

/**
 * One ARM request within the shared budget of (subscription, principal, operation class). Retry-After and the
 * x-ms-ratelimit headers of every answer correct the budget for all instances.
 */
export async function callArm(
  pass: Pass,
  request: ArmRequest,
  signal: AbortSignal = pass.signal,
): Promise<CallOutcome> {
  const { engine } = pass;
  const credential = credentialOf(pass);
  const key = budgetKey(request, credential);
  const finishing = pass.progress.kind === "putDone";
  const taken = await engine.budget.take(key, engine.clock.now(), finishing);
  if (!taken.granted) return { kind: "throttled", until: taken.retryAt };
  const answer = await engine.arm.send(request, credential, signal);
  if (answer.kind === "response") await correctBudget(pass, key, answer.status, answer.headers);
  else if (!answer.sent) noteCredentialFailed(pass);
  return answer;
}

/** The credential that the pass gathered. */
export function credentialOf(pass: Pass): ArmCredential {
  const { credential } = pass.gathered;
  if (credential?.kind !== "credential") throw new Error("an ARM request needs a credential");
  return credential.credential;
}

function budgetKey(request: ArmRequest, credential: ArmCredential): BudgetKey {
  const path = request.url.startsWith("https://") ? new URL(request.url).pathname : request.url;
  const subscription = subscriptionOf(path) ?? credential.subscriptionId;
  return { subscription, principal: credential.principal, operation: operationClass(request) };
}

function operationClass(request: ArmRequest): OperationClass {
  if (request.method === "GET" || request.method === "HEAD") return "read";
  return request.method === "DELETE" ? "delete" : "write";
}

async function correctBudget(
  pass: Pass,
  key: BudgetKey,
  status: number,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const { engine } = pass;
  const now = engine.clock.now();
  if (status === 429) {
    const wait = retryAfterMs(headers["retry-after"], now) ?? defaultPauseMs;
    await engine.budget.correct(key, { until: now + wait }, now);
    return;
  }
  const plural = { read: "reads", write: "writes", delete: "deletes" }[key.operation];
  const told = headers[`x-ms-ratelimit-remaining-subscription-${plural}`];
  const remaining = told === undefined ? Number.NaN : Number(told);
  if (Number.isFinite(remaining)) await engine.budget.correct(key, { remaining }, now);
}

/** Earliest time of the next try that an answer asks for, epoch ms. */
export function notBeforeOf(answer: CallOutcome, now: number): number | undefined {
  if (answer.kind === "throttled") return answer.until;
  if (answer.kind !== "response") return undefined;
  const wait = retryAfterMs(answer.headers["retry-after"], now);
  return wait === undefined ? undefined : now + wait;
}
