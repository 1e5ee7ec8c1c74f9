import { z } from "zod";
import { armUrl } from "../../core/arm/arm-id.ts";
import { pollerIds } from "../../core/resource/names.ts";
import { differs, type Judge, scriptedAnswer } from "./judge.ts";
import { fixedNow, stepDifference, stepFormat } from "./lro.ts";
import { runBegin, runPoll } from "./operation-run.ts";
import { ScriptedArm } from "./scripted-arm.ts";

const produceFormat = z.object({
  mode: z.literal("produce"),
  method: z.enum(["PUT", "DELETE"]),
  resourceId: z.string(),
  apiVersion: z.string(),
  responses: z.array(scriptedAnswer),
  fallback: scriptedAnswer.optional(),
});

const resumeFormat = z.object({
  mode: z.literal("resume"),
  poller: z.enum(["create", "delete"]),
  token: z.string(),
  responses: z.array(scriptedAnswer).nullish(),
  fallback: scriptedAnswer.optional(),
});

const inputFormat = z.discriminatedUnion("mode", [produceFormat, resumeFormat]);

const expectedFormat = stepFormat.extend({ pollerResumeId: z.string().optional() });

const nothing = { status: 200, headers: {}, body: "{}" };

/** Resume tokens to the letter, and one poll from tokens of any sort. */
export const judgeTokens: Judge = (testCase) => {
  const input = inputFormat.parse(testCase.input);
  const expected = expectedFormat.parse(testCase.expected);
  const arm = new ScriptedArm(input.responses ?? [], input.fallback ?? nothing, fixedNow);
  if (input.mode === "resume")
    return stepDifference(expected, runPoll(arm, pollerIds[input.poller], input.token, fixedNow));
  const url = `https://management.azure.com${armUrl(input.resourceId, input.apiVersion)}`;
  const step = runBegin(arm, input.method, url, fixedNow);
  return [
    ...differs("outcome", expected.outcome, step.outcome),
    ...differs("token", expected.token, step.token),
    ...differs("poller id", expected.pollerResumeId, step.id),
  ];
};
