import type { Decision } from "../../core/decide/facts.ts";
import { annotations } from "../../core/resource/names.ts";
import { pollDelayMs, retryDelayMs } from "../../core/resource/retry.ts";
import { priorities } from "../../ports/ledger.ts";
import type { Pass, PassEnd } from "./pass.ts";
import { verifyAt } from "./verify-at.ts";
import { recordEvent, writeMetadata, writeProblem } from "./write-resource.ts";

/** Even without a sync period a row is looked at once a day; that costs no ARM request. */
const longestRestMs = 86_400_000;

/** Reasons of the claim phase, which ASO shows without an event. */
const quietReasons = new Set([
  "WaitingForOwner",
  "ReferenceNotFound",
  "SecretNotFound",
  "ConfigMapNotFound",
]);

/** Who waits for another resource is woken by it; its own next look is only the net under that, and starts at 8 seconds. */
const wokenAttempts = 3;

/** Nothing to do until the sync period is over; what is not compared with ARM any more is looked at now and then. */
export function endRest(pass: Pass): PassEnd {
  const { clock, settings } = pass.engine;
  const now = clock.now();
  const at = verifyAt(pass);
  const next = at === "never" ? now + longestRestMs : at;
  const due = next > now ? next : now + settings.relistMs;
  return { kind: "due", due, priority: priorities.sync };
}

/** The custom resource is gone: whoever removed it, nothing is deleted in Azure because of it. */
export async function endForget(pass: Pass): Promise<PassEnd> {
  const { memory, key, engine } = pass;
  const holder = { ...key, uid: memory.uid ?? pass.lease.claim.row.seen.uid };
  if (memory.armId !== undefined) await engine.ownership.release(memory.armId, holder);
  await engine.projections.remove(key);
  return { kind: "removed" };
}

/** Shows the problem and says when the next attempt is. Nothing is given up: an Error is retried as well, slowly. */
export async function endProblem(
  pass: Pass,
  decision: Extract<Decision, { do: "problem" }>,
): Promise<PassEnd> {
  const { engine } = pass;
  const { problem } = decision;
  const now = engine.clock.now();
  const { syncPeriodMs } = engine.settings;
  const attempts = pass.memory.attempts + (decision.on === undefined ? 0 : wokenAttempts);
  const delay = retryDelayMs(problem.retry, attempts, {
    syncPeriodMs,
    random01: engine.random.next(),
  });
  const due = Math.max(now + delay, decision.notBefore ?? 0);
  const claimed = pass.resource?.metadata.annotations?.[annotations.resourceId] !== undefined;
  if (!claimed && pass.resource?.metadata.deletionTimestamp === undefined) {
    await writeMetadata(pass, () => ({
      annotations: { [annotations.operatorNamespace]: pass.entry.operatorNamespace },
    }));
  }
  const changed = await writeProblem(pass, problem);
  if (changed && pass.resource !== undefined) await announce(pass, decision, claimed);
  pass.memory = { ...pass.memory, attempts: pass.memory.attempts + 1, state: problem.reason };
  engine.metrics.count("aso_functions_problems_total", {
    reason: problem.reason,
    kind: pass.key.kind,
  });
  pass.log.info("a problem stops the resource", { reason: problem.reason, nextInMs: due - now });
  return { kind: "due", due, priority: priorities.retry };
}

async function announce(
  pass: Pass,
  decision: Extract<Decision, { do: "problem" }>,
  claimed: boolean,
): Promise<void> {
  const { problem, event } = decision;
  const deleting = pass.resource?.metadata.deletionTimestamp !== undefined;
  if (event !== undefined) recordEvent(pass, { ...event, message: problem.message });
  if (!claimed || (quietReasons.has(problem.reason) && !deleting)) return;
  const reason = deleting ? "DeleteActionError" : "CreateOrUpdateActionError";
  recordEvent(pass, { type: "Warning", reason, message: problem.message });
}

/** A running operation: a delayed message checks it, the row's own due time is the net under that message. */
export function endWithOperation(pass: Pass, retryAfterMs: number | undefined): PassEnd {
  const { engine } = pass;
  const wait = retryAfterMs ?? pollDelayMs(pass.memory.polls);
  const pollAt = engine.clock.now() + wait;
  pass.memory = {
    ...pass.memory,
    pollAt,
    polls: retryAfterMs === undefined ? pass.memory.polls + 1 : 0,
    attempts: 0,
  };
  return operationDue(pass, pollAt);
}

/** Ends a pass that waits for a long-running operation: a delayed message looks at `pollAt`, and the row falls due only when that message is lost. */
export function operationDue(pass: Pass, pollAt: number): PassEnd {
  const { engine } = pass;
  const seconds = Math.max(0, Math.ceil((pollAt - engine.clock.now()) / 1000));
  return {
    kind: "due",
    due: pollAt + engine.settings.lostAfterMs,
    priority: priorities.operation,
    operationInSeconds: seconds,
  };
}

/** ARM or our own budget asks for a pause: no failure, no condition. */
export function endThrottled(pass: Pass, until: number): PassEnd {
  pass.engine.metrics.count("aso_functions_throttled_total", { kind: pass.key.kind });
  return { kind: "due", due: until, priority: priorities.retry };
}
