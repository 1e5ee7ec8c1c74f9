import { classifyFailure } from "../../core/arm/classify-error.ts";
import { errorOverrides } from "../../core/arm/error-overrides.ts";
import type { ArmFailure } from "../../core/arm/parse-error.ts";
import { type CallOutcome, notBeforeOf } from "./call-arm.ts";
import { endProblem } from "./end-pass.ts";
import type { Pass, PassEnd } from "./pass.ts";
import { registerProvider } from "./register-provider.ts";

/** A failure of a PUT, DELETE or poll as ASO classifies it; Retry-After is honoured on top. */
export async function endFailure(
  pass: Pass,
  failure: ArmFailure,
  answer: CallOutcome,
): Promise<PassEnd> {
  const notBefore = notBeforeOf(answer, pass.engine.clock.now());
  const registration = await registerProvider(pass, failure);
  if (registration !== undefined)
    return endProblem(pass, { do: "problem", problem: registration, notBefore });
  const { group, kind } = pass.key;
  const operation = pass.resource?.metadata.deletionTimestamp === undefined ? "PUT" : "DELETE";
  const problem = classifyFailure(
    failure,
    operation,
    errorOverrides[`${group.replace(/\.azure\.com$/, "")}/${kind}`],
  );
  return endProblem(pass, { do: "problem", problem, notBefore });
}
