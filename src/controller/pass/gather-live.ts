import { armUrl } from "../../core/arm/arm-id.ts";
import { parseArmFailure } from "../../core/arm/parse-error.ts";
import type { LiveFact } from "../../core/decide/facts.ts";
import { changes, isDifference } from "../../core/diff/compare.ts";
import { project, projectionHash } from "../../core/diff/projection.ts";
import { isJsonObject, type JsonObject, parseJsonObject } from "../../core/json.ts";
import type { Problem } from "../../core/resource/types.ts";
import type { ArmResponse } from "../../ports/arm.ts";
import { callArm, notBeforeOf } from "./call-arm.ts";
import type { Pass } from "./pass.ts";

const terminalStates = new Set([
  "succeeded",
  "failed",
  "canceled",
  "cancelled",
  "completed",
  "ready",
]);

/** What ARM failed to reach is not reached, whatever its body repeats of the request. */
const failedStates = new Set(["failed", "canceled", "cancelled"]);

/** One GET (HEAD for kinds that have no GET) of the resource, held against the goal and against what ARM showed after our last PUT. */
export async function gatherLive(pass: Pass): Promise<LiveFact> {
  const { version } = pass;
  const armId = addressOf(pass);
  if (version === undefined || armId === undefined)
    throw new Error("a GET needs a version and an ARM id");
  const method = version.headOnly ? "HEAD" : "GET";
  const answer = await callArm(pass, { method, url: armUrl(armId, version.apiVersion) });
  if (answer.kind === "throttled") {
    return { kind: "throttled", until: answer.until };
  }
  if (answer.kind === "unanswered")
    return { kind: "problem", problem: failed(answer.message), isTransient: true };
  if (isAbsent(answer)) return { kind: "notFound" };
  if (answer.status >= 300) {
    const failure = parseArmFailure(answer.status, answer.text);
    return {
      kind: "problem",
      problem: failed(
        `Reading the resource from Azure failed: ${failure.code}: ${failure.message}`,
      ),
      notBefore: notBeforeOf(answer, pass.engine.clock.now()),
      isTransient: answer.status === 408 || answer.status === 429 || answer.status >= 500,
    };
  }
  return judgeLive(pass, version.headOnly ? "{}" : answer.text);
}

/** A 404 that speaks of the resource. That of an unknown subscription or of a gateway says nothing about it. */
export function isAbsent({ status, text }: ArmResponse): boolean {
  if (status !== 404) return false;
  if (text.trim() === "") return true;
  const { kind, code } = parseArmFailure(status, text);
  return kind === "cloudError" && code !== "SubscriptionNotFound";
}

/** A deletion looks up what it may delete; everything else what the resource stands for now. */
function addressOf(pass: Pass): string | undefined {
  const { deleteId } = pass.gathered;
  if (deleteId !== undefined && "armId" in deleteId) return deleteId.armId;
  return pass.prepared?.goal.armId ?? pass.memory.armId;
}

/** Holds the body of a GET against the goal and against the projection after the last PUT, and keeps it for the status. */
export function judgeLive(pass: Pass, text: string): LiveFact {
  const { prepared, memory } = pass;
  const body = parseJsonObject(text);
  if (body === undefined)
    return {
      kind: "problem",
      problem: failed("Azure's answer to a GET of the resource is not a JSON object."),
      isTransient: true,
    };
  pass.liveBody = body;
  const state = provisioningState(body);
  const inProgress = state !== undefined && !terminalStates.has(state.toLowerCase());
  if (prepared === undefined)
    return { kind: "found", inProgress, matchesGoal: false, sameAsAccepted: undefined };
  const isFailed = failedStates.has(state?.toLowerCase() ?? "");
  const changed = pass.version?.headOnly === true ? [] : changes(prepared.goal, body);
  const found = {
    kind: "found",
    inProgress,
    matchesGoal: !isFailed && !changed.some(isDifference),
    isExact: !isFailed && changed.length === 0,
  } as const;
  const accepted = memory.projectionHash;
  if (accepted === undefined) return { ...found, sameAsAccepted: undefined };
  // A baseline that was read too early did not show the goal yet; now that it does, this is the baseline.
  const caughtUp = memory.loose === true && found.matchesGoal;
  const same = projectionHash(project(prepared.goal, body)) === accepted;
  return { ...found, sameAsAccepted: same || caughtUp };
}

function provisioningState(body: JsonObject): string | undefined {
  const properties = body["properties"];
  const state = isJsonObject(properties) ? properties["provisioningState"] : undefined;
  return typeof state === "string" ? state : undefined;
}

function failed(message: string): Problem {
  return { reason: "Failed", severity: "Warning", retry: "slow", message };
}
