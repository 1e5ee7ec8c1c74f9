import { z } from "zod";
import { classifyFailure } from "../../core/arm/classify-error.ts";
import { errorOverrides } from "../../core/arm/error-overrides.ts";
import { beginOperation } from "../../core/arm/lro.ts";
import { type ArmFailure, otherFailure } from "../../core/arm/parse-error.ts";
import { differs, httpAnswer, type Judge, scriptedAnswer } from "./judge.ts";

const inputFormat = z.object({
  operation: z.enum(["PUT", "DELETE"]),
  group: z.string().nullish(),
  kind: z.string().nullish(),
  responses: z.array(scriptedAnswer),
});

const expectedFormat = z.object({
  errorType: z.string(),
  code: z.string().optional(),
  message: z.string().optional(),
  target: z.string().optional(),
  treatedAs: z.string().optional(),
  retry: z.string().optional(),
  extraRequests: z.array(z.object({ url: z.string() })).optional(),
  ready: z.object({ severity: z.string(), reason: z.string(), message: z.string() }).optional(),
});

type Expected = z.infer<typeof expectedFormat>;

/** ARM's answer to a write → Ready condition, retry speed and registration. */
export const judgeClassify: Judge = (testCase) => {
  const input = inputFormat.parse(testCase.input);
  const expected = expectedFormat.parse(testCase.expected);
  const failure = failureOf(input);
  if (failure === "gone" || failure === "none")
    return differs(
      "outcome",
      expected.treatedAs ?? "failure",
      failure === "gone" ? "alreadyGone" : failure,
    );
  if (expected.treatedAs !== undefined) return [`expected ${expected.treatedAs}, got a failure`];
  const name = `${(input.group ?? "").replace(/\.azure\.com$/, "")}/${input.kind ?? ""}`;
  const problem = classifyFailure(failure, input.operation, errorOverrides[name]);
  return [
    ...failureDifferences(expected, failure),
    ...differs("severity", expected.ready?.severity, problem.severity),
    ...differs("reason", expected.ready?.reason, problem.reason),
    ...(failure.kind === "cloudError"
      ? differs("condition message", expected.ready?.message, problem.message)
      : []),
    ...differs("retry", expected.retry, problem.retry),
  ];
};

function failureOf(input: z.infer<typeof inputFormat>): ArmFailure | "gone" | "none" {
  const [first] = input.responses;
  if (first === undefined) return "none";
  if (first.transportError) return otherFailure(first.transportError);
  const url = "https://management.azure.com/x?api-version=1";
  const begun = beginOperation({ method: input.operation, url, answer: httpAnswer(first) });
  if (begun.kind === "failed") return begun.failure;
  return begun.kind === "gone" ? "gone" : "none";
}

/** How registering went is the pass' business; here only that it is asked for. */
function failureDifferences(expected: Expected, failure: ArmFailure): readonly string[] {
  const registered = expected.extraRequests?.[0]?.url;
  const wanted = /\/providers\/([^/]*)\/register/.exec(registered ?? "")?.[1];
  const asked = failure.registration?.namespace;
  const registration = differs(
    "registration",
    registered === undefined ? undefined : (wanted ?? ""),
    asked === undefined ? undefined : encodeURIComponent(asked),
  );
  if (asked !== undefined) return registration;
  const kind = differs("error type", expected.errorType, failure.kind);
  if (expected.errorType !== "cloudError") return [...registration, ...kind];
  return [
    ...registration,
    ...kind,
    ...differs("code", expected.code, failure.code),
    ...differs("message", expected.message, failure.message),
    ...differs("target", expected.target || undefined, failure.target || undefined),
  ];
}
