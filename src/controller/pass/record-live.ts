import { toStatus } from "../../core/convert/to-status.ts";
import { adoptedMark } from "../../core/decide/decide-adoption.ts";
import { hasPoller, skippedGoal } from "../../core/decide/state.ts";
import { differences } from "../../core/diff/compare.ts";
import { convertVersion } from "../../core/diff/goal.ts";
import { project, projectionHash } from "../../core/diff/projection.ts";
import type { JsonObject } from "../../core/json.ts";
import { type NewCondition, readyCondition, succeeded } from "../../core/resource/conditions.ts";
import { annotations } from "../../core/resource/names.ts";
import type { CustomResource } from "../../core/resource/types.ts";
import { kindExtension } from "../../kinds/table.ts";
import type { RowMemory } from "../../ports/ledger.ts";
import { checkBeforeReady } from "./check-state.ts";
import { endForget, endProblem } from "./end-pass.ts";
import { forgetFacts, type Pass, type PassEnd, resourceOf, waitTarget } from "./pass.ts";
import { acknowledgement, driftCondition, withDrift } from "./report-drift.ts";
import { writeExports } from "./write-exports.ts";
import {
  asJson,
  generationOf,
  withCondition,
  writeMetadata,
  writeStatus,
} from "./write-resource.ts";

/**
 * ARM has what is wanted (aso-semantics.md 1.9): exports first, then annotations and status, each only if it differs; the row last. As
 * in ASO an operation stays noted until all that follows from it is done. `goalHash` undefined: the goal that ARM accepted is not
 * known, the pass compares next.
 */
export async function recordLive(
  pass: Pass,
  goalHash: string | undefined,
  isDrifted = false,
): Promise<PassEnd | undefined> {
  const { version, liveBody } = pass;
  if (version === undefined || liveBody === undefined)
    throw new Error("a record needs what ARM shows");
  const { trimStatus: trim, childScope } = kindExtension(pass.key.group, pass.key.kind);
  const scope = childScope?.(liveBody);
  const converted = toStatus(liveBody, version);
  const shown = trim === undefined ? converted : trim(converted);
  const early = checkBeforeReady(pass);
  const exported = early === undefined ? await writeExports(pass, shown) : { problem: early };
  const isDone = exported === undefined;
  const there = await writeMetadata(pass, (resource) => ({
    annotations: {
      ...acknowledgement(resource).annotations,
      ...(goalHash === undefined ? {} : { [annotations.acceptedGoal]: goalHash }),
      ...(scope === undefined ? {} : { [annotations.childResourceIdOverride]: scope }),
      ...(isDone
        ? { [annotations.pollerResumeId]: null, [annotations.pollerResumeToken]: null }
        : {}),
      ...(goalHash === undefined || goalHash === skippedGoal ? {} : adoptedMark(resource)),
      [annotations.adoptionPlan]: null,
    },
  }));
  if (!there) return endForget(pass);
  // What ARM accepted is known from here on, whatever becomes of exports and status.
  pass.memory = remembered(pass, goalHash, isDone);
  const drift = isDrifted ? await driftCondition(pass) : undefined;
  if (!isDrifted) await storeProjection(pass, goalHash);
  if (exported !== undefined && "end" in exported) return exported.end;
  if (exported !== undefined) {
    await writeStatus(pass, ({ status }) => ({
      ...shown,
      conditions: status?.["conditions"] ?? [],
    }));
    return endProblem(pass, { do: "problem", problem: exported.problem });
  }
  await showLive(pass, shown, goalHash, drift);
  pass.memory = { ...pass.memory, attempts: 0 };
  pass.progress = { kind: "none" };
  pass.operation = undefined;
  forgetFacts(pass, ["live", "token"]);
  return undefined;
}

/**
 * Ready is about the generation of now: a goal that changed while ARM worked on an older one is not reached yet, and of an operation that
 * somebody else began only the generation is known.
 */
async function showLive(
  pass: Pass,
  shown: JsonObject,
  goalHash: string | undefined,
  drift: NewCondition | undefined,
): Promise<void> {
  const before = readyCondition(pass.resource?.status)?.status;
  await writeStatus(pass, (resource) =>
    isOutdated(pass, resource, goalHash)
      ? { ...shown, conditions: resource.status?.["conditions"] ?? [] }
      : statusWith(pass, resource, shown, drift),
  );
  const isReady = readyCondition(pass.resource?.status)?.status === "True";
  if (isReady && before !== "True")
    await pass.engine.ledger.wakeWaiting(waitTarget(pass.key, "ready"), pass.engine.clock.now());
}

function isOutdated(pass: Pass, resource: CustomResource, goalHash: string | undefined): boolean {
  if (goalHash === skippedGoal) return false;
  const { prepared } = pass;
  if (prepared !== undefined && prepared.generation !== generationOf(resource)) return true;
  if (goalHash !== undefined) return prepared !== undefined && prepared.hash !== goalHash;
  const reconciled = resource.metadata.annotations?.[annotations.latestReconciledGeneration];
  return reconciled !== String(generationOf(resource));
}

/** The comparison found nothing: only its time is noted. */
export async function recordVerified(pass: Pass): Promise<undefined> {
  pass.memory = { ...pass.memory, verifiedAt: pass.engine.clock.now(), attempts: 0 };
}

function statusWith(
  pass: Pass,
  resource: CustomResource,
  shown: JsonObject,
  drift: NewCondition | undefined,
): JsonObject {
  const { conditions } = withCondition(pass, resource, succeeded(generationOf(resource)));
  return { ...shown, conditions: asJson(withDrift(pass, conditions, drift)) };
}

function remembered(pass: Pass, goalHash: string | undefined, isDone: boolean): RowMemory {
  const { memory, version, engine } = pass;
  const keepsOperation = !isDone && hasPoller(resourceOf(pass));
  return {
    ...memory,
    polls: 0,
    tokenHash: keepsOperation ? memory.tokenHash : undefined,
    pollAt: undefined,
    inFlight: undefined,
    uncertain: undefined,
    pendingGoal: keepsOperation ? goalHash : undefined,
    goalHash: goalHash ?? memory.goalHash,
    // What ARM showed of another goal is no baseline for this one.
    ...(goalHash === undefined || goalHash === memory.goalHash
      ? {}
      : { projectionHash: undefined, listHash: undefined }),
    convertVersion,
    apiVersion: version?.apiVersion,
    verifiedAt: engine.clock.now(),
    state: "Succeeded",
  };
}

/** Notes what ARM shows of the goal it accepted; a goal that changed meanwhile has no projection yet. */
async function storeProjection(pass: Pass, goalHash: string | undefined): Promise<void> {
  const { prepared, liveBody, memory } = pass;
  if (goalHash === undefined || goalHash === skippedGoal) return;
  if (prepared === undefined || liveBody === undefined || prepared.hash !== goalHash) {
    pass.memory = { ...memory, projectionHash: undefined, listHash: undefined };
    return;
  }
  const projection = project(prepared.goal, liveBody);
  const hash = projectionHash(projection);
  const loose = differences(prepared.goal, liveBody).length > 0;
  if (hash === memory.projectionHash) {
    pass.memory = { ...memory, loose, listHash: pass.listedHash ?? memory.listHash };
    return;
  }
  await pass.engine.projections.put(pass.key, projection);
  pass.memory = { ...pass.memory, projectionHash: hash, loose, listHash: undefined };
}
