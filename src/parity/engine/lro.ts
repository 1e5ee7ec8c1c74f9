import { z } from "zod";
import { armUrl, parseArmId } from "../../core/arm/arm-id.ts";
import { differs, type Judge, scriptedAnswer } from "./judge.ts";
import { runBegin, runPoll, type StepResult } from "./operation-run.ts";
import { ScriptedArm } from "./scripted-arm.ts";

const inputFormat = z.object({
  method: z.enum(["PUT", "DELETE"]),
  resourceId: z.string(),
  apiVersion: z.string(),
  tokenMode: z.enum(["stored", "refreshed"]),
  maxSteps: z.number(),
  responses: z.array(scriptedAnswer),
  fallback: scriptedAnswer,
});

const errorFormat = z.object({
  type: z.string(),
  condition: z.object({
    severity: z.string(),
    reason: z.string(),
    retry: z.string(),
    message: z.string(),
  }),
});

/** One step as the corpora expect it. */
export const stepFormat = z.object({
  outcome: z.string(),
  requests: z.array(z.object({ method: z.string(), url: z.string() })).nullish(),
  retryAfterSeconds: z.number().optional(),
  token: z.string().optional(),
  error: errorFormat.optional(),
});

/** What a case expects of one step of an operation. */
type ExpectedStep = z.infer<typeof stepFormat>;

const expectedFormat = z.object({ steps: z.array(stepFormat) });

/** Cases have no clock of their own; dates in their headers are relative to this one. */
export const fixedNow = Date.UTC(2024, 0, 1, 12, 0, 0);

/** A whole operation, one poll per process. */
export const judgeLro: Judge = (testCase) => {
  const input = inputFormat.parse(testCase.input);
  const expected = expectedFormat.parse(testCase.expected);
  return stepDifferences(expected.steps, runAll(input));
};

function runAll(input: z.infer<typeof inputFormat>): readonly StepResult[] {
  const arm = new ScriptedArm(input.responses, input.fallback, fixedNow);
  if (isRefused(input.resourceId)) return [refused];
  const url = `https://management.azure.com${armUrl(input.resourceId, input.apiVersion)}`;
  const first = runBegin(arm, input.method, url, fixedNow);
  const steps = [first];
  while (steps.length < input.maxSteps && !arm.usedUp) {
    const last = steps.at(-1);
    const from = input.tokenMode === "stored" ? first : last;
    if (last?.outcome !== "inProgress" || from === undefined) break;
    steps.push(runPoll(arm, from.id ?? "", from.token ?? "", fixedNow));
  }
  return steps;
}

const refused: StepResult = {
  outcome: "error",
  requests: [],
  retryAfterSeconds: 0,
  error: { type: "other", severity: "Warning", reason: "UnknownError", retry: "slow" },
};

/** Ids that are never built nor accepted as owners: no request is made with them. */
export function isRefused(resourceId: string): boolean {
  return parseArmId(resourceId) === undefined || /%(?![0-9A-Fa-f]{2})/.test(resourceId);
}

/** Up to the first step whose outcome differs: what comes after it is another story. */
function stepDifferences(
  expected: readonly ExpectedStep[],
  actual: readonly StepResult[],
): readonly string[] {
  const lines: string[] = [];
  for (const [index, step] of expected.entries()) {
    const got = actual[index];
    if (got === undefined) break;
    lines.push(...stepDifference(step, got).map((line) => `step ${index}: ${line}`));
    if (step.outcome !== got.outcome) return lines;
  }
  return [...lines, ...differs("number of steps", expected.length, actual.length)];
}

const speeds: Readonly<Record<string, string>> = {
  "": "slow",
  RetrySlow: "slow",
  RetryFast: "fast",
  RetryVerySlow: "verySlow",
};

/** Differences of one step. Texts of failures that are not ARM's are Go's and are not compared. */
export function stepDifference(expected: ExpectedStep, actual: StepResult): readonly string[] {
  const note = actual.transient === true ? " (transient)" : "";
  const requests = (expected.requests ?? []).map(({ method, url }) => `${method} ${url}`);
  if (expected.outcome !== actual.outcome)
    return [`expected ${expected.outcome}, got ${actual.outcome}${note}`];
  return [
    ...differs("requests", [...requests], [...actual.requests]),
    ...(expected.outcome === "inProgress" ? runningDifference(expected, actual) : []),
    ...errorDifference(expected, actual),
  ];
}

function runningDifference(expected: ExpectedStep, actual: StepResult): readonly string[] {
  return [
    ...differs(
      "Retry-After",
      Math.max(0, expected.retryAfterSeconds ?? 0),
      actual.retryAfterSeconds,
    ),
    ...differs("token", expected.token, actual.token),
  ];
}

function errorDifference({ error }: ExpectedStep, actual: StepResult): readonly string[] {
  if (error === undefined || actual.outcome !== "error") return [];
  const { severity, reason, retry, message } = error.condition;
  const wanted = {
    type: error.type,
    severity,
    reason,
    retry: severity === "Error" ? "slow" : (speeds[retry] ?? retry),
    ...(error.type === "cloudError" ? { message } : {}),
  };
  return differs("error", wanted, actual.error);
}
