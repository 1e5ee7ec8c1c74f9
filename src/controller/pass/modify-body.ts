import { parseArmFailure } from "../../core/arm/parse-error.ts";
import { isJsonObject, type JsonObject } from "../../core/json.ts";
import type { Problem } from "../../core/resource/types.ts";
import type { BodyAnswers, BodyRead } from "../../kinds/kind-extension.ts";
import { kindExtension } from "../../kinds/table.ts";
import { callArm, notBeforeOf } from "./call-arm.ts";
import { endProblem, endThrottled } from "./end-pass.ts";
import type { Pass, PassEnd } from "./pass.ts";

/** Runs the kind's body modifier, if it has one: its reads first, then the pure change. */
export async function modifyBody(
  pass: Pass,
  body: JsonObject,
): Promise<{ readonly body: JsonObject } | { readonly end: PassEnd }> {
  const { modifyBody: modifier } = kindExtension(pass.key.group, pass.key.kind);
  if (modifier === undefined || pass.prepared === undefined) return { body };
  const { armId, apiVersion } = pass.prepared.goal;
  const put = { armId, apiVersion, body };
  const answers: Record<string, BodyAnswers[string]> = {};
  for (const read of modifier.reads(put)) {
    const answer = await readOne(pass, read);
    if (answer !== "notFound" && "end" in answer) return { end: answer.end };
    answers[read.id] = answer === "notFound" ? answer : answer.body;
  }
  const modified = modifier.apply(put, answers);
  if (modified.kind === "body") return { body: modified.body };
  return { end: await endProblem(pass, { do: "problem", problem: modified.problem }) };
}

async function readOne(
  pass: Pass,
  read: BodyRead,
): Promise<{ readonly body: JsonObject } | "notFound" | { readonly end: PassEnd }> {
  const answer = await callArm(pass, { method: "GET", url: read.url });
  if (answer.kind === "throttled") return { end: endThrottled(pass, answer.until) };
  if (answer.kind === "response" && answer.status === 404) return "notFound";
  if (answer.kind === "response" && answer.status === 200) {
    const parsed: unknown = JSON.parse(answer.text);
    if (isJsonObject(parsed)) return { body: parsed };
  }
  const why =
    answer.kind === "response"
      ? parseArmFailure(answer.status, answer.text).message
      : answer.message;
  const problem: Problem = {
    reason: "Failed",
    severity: "Warning",
    retry: "slow",
    message: `Azure could not be read before writing, and nothing was sent: ${why}`,
  };
  const notBefore = notBeforeOf(answer, pass.engine.clock.now());
  return { end: await endProblem(pass, { do: "problem", problem, notBefore }) };
}
