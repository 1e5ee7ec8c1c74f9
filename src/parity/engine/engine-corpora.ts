import type { JsonObject } from "../../core/json.ts";
import type { Corpus } from "../corpus.ts";
import { judgeCel } from "./cel.ts";
import { judgeClassify } from "./classify.ts";
import { judgeConditions } from "./conditions.ts";
import { type Deviation, explainAll } from "./deviations.ts";
import { asEngineCase, type EngineCase, type Judge } from "./judge.ts";
import { judgeLro } from "./lro.ts";
import { judgeNames } from "./names.ts";
import { judgePolicy } from "./policy.ts";
import { judgeRetry } from "./retry.ts";
import { judgeTokens } from "./tokens.ts";

/** What came of one case: as in ASO, otherwise on purpose, or otherwise. */
export type EngineVerdict =
  | { readonly kind: "passed" }
  | { readonly kind: "deviating"; readonly deviations: readonly Deviation[] }
  | { readonly kind: "failed"; readonly details: readonly string[] };

/** The judges by the first part of a case's id. */
export const engineJudges: Readonly<Record<string, Judge>> = {
  classify: judgeClassify,
  conditions: judgeConditions,
  lro: judgeLro,
  tokens: judgeTokens,
  names: judgeNames,
  policy: judgePolicy,
  retry: judgeRetry,
  cel: judgeCel,
};

/** Judges one case with its corpus' judge. */
export async function judgeEngineCase(testCase: EngineCase, judge: Judge): Promise<EngineVerdict> {
  const details = await judge(testCase);
  if (details.length === 0) return { kind: "passed" };
  const found = explainAll(testCase, details);
  return found === undefined
    ? { kind: "failed", details }
    : { kind: "deviating", deviations: found };
}

/** The engine corpora for the parity command. */
export const engineCorpora: readonly Corpus[] = Object.entries(engineJudges).map(
  ([name, judge]) => ({
    name: `engine/${name}`,
    accepts: (testCase) => corpusOf(testCase) === name && asEngineCase(testCase) !== undefined,
    check: async (testCase) => {
      const engineCase = asEngineCase(testCase);
      if (engineCase === undefined) return { kind: "skipped", reason: "not an engine case" };
      return judgeEngineCase(engineCase, judge);
    },
  }),
);

function corpusOf(testCase: JsonObject): string {
  return String(testCase["id"] ?? "").split("/")[0] ?? "";
}
