import type { Decision } from "../../core/decide/decision.ts";
import { isTakenOver } from "../../core/decide/state.ts";
import { annotations } from "../../core/resource/names.ts";
import { errorDelayMs, pollDelayMs, retryDelayMs } from "../../core/resource/retry.ts";
import { priorities } from "../../ports/ledger.ts";
import { announceProblem } from "./announce-problem.ts";
import { letGo } from "./own-id.ts";
import { ownerReference, withOwner } from "./owner-reference.ts";
import type { Pass, PassEnd } from "./pass.ts";
import { syncPeriodOf, verifyAt } from "./verify-at.ts";
import { writeMetadata, writeProblem } from "./write-resource.ts";

/** Even without a sync period a row is looked at once a day; that costs no ARM request. */
const longestRestMs = 86_400_000;

/** Who waits for another resource is woken by it; its own next look is only the net under that, and starts at 8 seconds. */
const wokenAttempts = 3;

/** Nothing to do until the sync period is over; what is not compared with ARM any more is looked at now and then. */
export function endRest(pass: Pass): PassEnd {
  const { clock, settings } = pass.engine;
  const now = clock.now();
  const at = verifyAt(pass);
  const next = at === "never" ? now + longestRestMs : at;
  // A row that rests longer than the app's period looks to a scan as if that had been shortened.
  const longest = settings.syncPeriodMs === "never" ? longestRestMs : 1.25 * settings.syncPeriodMs;
  const due = next > now ? Math.min(next, now + longest) : now + settings.relistMs;
  return { kind: "due", due, priority: priorities.sync };
}

/** The cluster does not serve the kind: its CRD is gone for a while or for good. Nothing is forgotten because of it. */
export function endUnserved(pass: Pass): PassEnd {
  const { clock, settings } = pass.engine;
  pass.memory = { ...pass.memory, state: "KindNotServed" };
  return { kind: "due", due: clock.now() + settings.relistMs, priority: priorities.retry };
}

/** The custom resource is gone: whoever removed it, nothing is deleted in Azure because of it. */
export async function endForget(pass: Pass): Promise<PassEnd> {
  await letGo(pass, pass.memory.uid ?? pass.lease.claim.row.seen.uid);
  await pass.engine.projections.remove(pass.key);
  return { kind: "removed" };
}

/** Nothing could be found out, and nothing is known to be wrong: another time, without a word on the resource. */
export function endPostponed(pass: Pass, until: number | undefined): PassEnd {
  const { engine, memory } = pass;
  if (until !== undefined) return endThrottled(pass, until);
  const { syncPeriodMs } = engine.settings;
  const delay = retryDelayMs("slow", memory.attempts, {
    syncPeriodMs,
    random01: engine.random.next(),
  });
  pass.memory = { ...memory, attempts: memory.attempts + 1 };
  return { kind: "due", due: engine.clock.now() + delay, priority: priorities.retry };
}

/** What a row's way through the queue takes, off every back-off: the next attempt then starts when ASO's would, in milliseconds. */
const wakeMs = 250;

/** Told with every Error: ASO would have given up. */
const errorIsRetried = ` It is tried again every ${errorDelayMs / 60_000} minutes and after every change of the resource.`;

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Shows the problem and says when the next attempt is. Nothing is given up: an Error is retried as well, slowly. */
export async function endProblem(
  pass: Pass,
  decision: Extract<Decision, { do: "problem" }>,
): Promise<PassEnd> {
  const { engine } = pass;
  const { problem } = decision;
  const now = engine.clock.now();
  const due = Math.max(now + problemDelay(pass, decision) - wakeMs, decision.notBefore ?? 0);
  const claimed = pass.resource?.metadata.annotations?.[annotations.resourceId] !== undefined;
  await noteProgress(pass, claimed);
  if (pass.resource !== undefined && isTakenOver(pass.resource))
    pass.memory = { ...pass.memory, takenOver: pass.resource.metadata.generation };
  const isError = problem.severity === "Error";
  const changed = await writeProblem(
    pass,
    isError ? { ...problem, message: sentence(problem.message) + errorIsRetried } : problem,
  );
  if (changed && pass.resource !== undefined) announceProblem(pass, decision, claimed);
  pass.memory = { ...pass.memory, attempts: pass.memory.attempts + 1, state: problem.reason };
  engine.metrics.count("aso_functions_problems_total", {
    reason: problem.reason,
    kind: pass.key.kind,
  });
  pass.log.info("a problem stops the resource", { reason: problem.reason, nextInMs: due - now });
  return { kind: "due", due, priority: priorities.retry };
}

function problemDelay(pass: Pass, decision: Extract<Decision, { do: "problem" }>): number {
  const { engine, memory } = pass;
  if (decision.problem.severity === "Error") return errorDelayMs;
  const attempts = memory.attempts + (decision.on === undefined ? 0 : wokenAttempts);
  return retryDelayMs(decision.problem.retry, attempts, {
    syncPeriodMs: syncPeriodOf(pass),
    random01: engine.random.next(),
  });
}

/** How far the pass came before the problem, as ASO notes it: whose the resource is, its owner, and that a PUT was tried. */
async function noteProgress(pass: Pass, claimed: boolean): Promise<void> {
  const { owner, policy, credential } = pass.gathered;
  if (pass.resource?.metadata.deletionTimestamp !== undefined) return;
  // Whoever can manage such a kind may still take it.
  if (pass.version === undefined || pass.version.nonArm) return;
  if (!claimed) {
    const reference = owner?.kind === "ready" ? await ownerReference(pass) : undefined;
    await writeMetadata(pass, (resource) => ({
      annotations: { [annotations.operatorNamespace]: pass.entry.operatorNamespace },
      ...(reference === undefined ? {} : { ownerReferences: withOwner(resource, reference) }),
    }));
  } else if (policy?.mayModify !== false && credential?.kind !== "problem") {
    await writeMetadata(pass, ({ metadata }) => ({
      annotations: {
        [annotations.latestReconciledGeneration]:
          metadata.annotations?.[annotations.latestReconciledGeneration] ??
          String(metadata.generation ?? 0),
      },
    }));
  }
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
