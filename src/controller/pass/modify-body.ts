import { parseArmFailure } from "../../core/arm/parse-error.ts";
import { type JsonObject, parseJsonObject } from "../../core/json.ts";
import type { Problem } from "../../core/resource/types.ts";
import type { BodyAnswers, BodyRead } from "../../kinds/kind-extension.ts";
import { kindExtension } from "../../kinds/table.ts";
import { listResources } from "../list-cache.ts";
import { type CallOutcome, callArm, credentialOf, notBeforeOf } from "./call-arm.ts";
import { endProblem, endThrottled } from "./end-pass.ts";
import { isAbsent } from "./gather-live.ts";
import type { Pass, PassEnd } from "./pass.ts";

type Ended = { readonly end: PassEnd };

/** Runs the kind's body modifier, if it has one: its reads first, then the pure change. */
export async function modifyBody(
  pass: Pass,
  body: JsonObject,
): Promise<{ readonly body: JsonObject } | Ended> {
  const { modifyBody: modifier } = kindExtension(pass.key.group, pass.key.kind);
  if (modifier === undefined || pass.prepared === undefined) return { body };
  const { armId, apiVersion } = pass.prepared.goal;
  const put = { armId, apiVersion, body };
  const answers: Record<string, BodyAnswers[string]> = {};
  for (const read of modifier.reads(put)) {
    const answer = read.list ? await readList(pass, read) : await readOne(pass, read);
    if (answer !== "notFound" && "end" in answer) return { end: answer.end };
    answers[read.id] = answer === "notFound" ? answer : answer.body;
  }
  const modified = modifier.apply(put, answers);
  if (modified.kind === "body") return { body: modified.body };
  if (modified.kind === "action") return { end: await act(pass, modified.url, modified.problem) };
  return { end: await endProblem(pass, { do: "problem", problem: modified.problem }) };
}

/** One GET that a PUT depends on. An answer that tells nothing ends the pass, and nothing is sent. */
export async function readOne(
  pass: Pass,
  read: BodyRead,
): Promise<{ readonly body: JsonObject } | "notFound" | Ended> {
  const answer = await callArm(pass, { method: "GET", url: read.url });
  if (answer.kind === "throttled") return { end: endThrottled(pass, answer.until) };
  if (answer.kind === "response" && isAbsent(answer)) return "notFound";
  if (answer.kind === "response" && answer.status === 200) {
    const parsed = parseJsonObject(answer.text);
    if (parsed !== undefined) return { body: parsed };
  }
  return { end: await unreadable(pass, answer) };
}

async function readList(
  pass: Pass,
  read: BodyRead,
): Promise<{ readonly body: JsonObject } | Ended> {
  let last: CallOutcome | undefined;
  const { cloud, principal } = credentialOf(pass);
  const list = await listResources(
    pass.engine,
    `${cloud.endpoint} ${principal} ${read.url}`,
    async (page) => {
      last = await callArm(pass, { method: "GET", url: page ?? read.url });
      return last.kind === "response" && last.status === 200 ? last.text : undefined;
    },
  );
  if (list !== undefined) return { body: { value: [...list.values()] } };
  if (last?.kind === "throttled") return { end: endThrottled(pass, last.until) };
  return { end: await unreadable(pass, last) };
}

async function act(pass: Pass, url: string, problem: Problem): Promise<PassEnd> {
  const answer = await callArm(pass, { method: "POST", url });
  if (answer.kind === "throttled") return endThrottled(pass, answer.until);
  const done = answer.kind === "response" && answer.status < 300;
  return done ? endProblem(pass, { do: "problem", problem }) : unreadable(pass, answer);
}

async function unreadable(
  pass: Pass,
  answer: Exclude<CallOutcome, { kind: "throttled" }> | undefined,
): Promise<PassEnd> {
  const why =
    answer === undefined
      ? "no answer"
      : answer.kind === "response"
        ? parseArmFailure(answer.status, answer.text).message
        : answer.message;
  const problem: Problem = {
    reason: "Failed",
    severity: "Warning",
    retry: "slow",
    message: `What Azure has now could not be found out before writing, and nothing was sent: ${why}`,
  };
  const notBefore = answer === undefined ? undefined : notBeforeOf(answer, pass.engine.clock.now());
  return endProblem(pass, { do: "problem", problem, notBefore });
}
