import { afterAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import { deviations } from "../../src/parity/engine/deviations.ts";
import { engineJudges, judgeEngineCase } from "../../src/parity/engine/engine-corpora.ts";
import { asEngineCase } from "../../src/parity/engine/judge.ts";
import { oracleFiles } from "./oracle.ts";

const files = await oracleFiles("engine");
const used = new Set<string>();
let judged = 0;

/** What is wrong with a case; empty when it is as in ASO or differs on purpose. */
async function shortcomings(testCase: JsonObject): Promise<readonly string[]> {
  const one = asEngineCase(testCase);
  const judge = engineJudges[one?.id.split("/")[0] ?? ""];
  if (one === undefined || judge === undefined)
    return [`${String(testCase["id"])}: no judge knows this case`];
  const verdict = await judgeEngineCase(one, judge);
  judged++;
  if (verdict.kind === "deviating") for (const rule of verdict.deviations) used.add(rule.id);
  return verdict.kind === "failed" ? [`${one.id}\n  ${verdict.details.join("\n  ")}`] : [];
}

describe("the rules of the engine", () => {
  it.each(files)("behave as ASO or differ on purpose in $path", async (file) => {
    const wrong: string[] = [];
    for (const testCase of await file.read()) wrong.push(...(await shortcomings(testCase)));
    expect(wrong).toEqual([]);
  });

  afterAll(() => {
    expect(judged, "cases judged").toBeGreaterThanOrEqual(3_604);
    expect(
      deviations.map((rule) => rule.id).filter((id) => !used.has(id)),
      "deviations that no case needs",
    ).toEqual([]);
  });
});
