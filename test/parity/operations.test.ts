import { describe, expect, it } from "vitest";
import { isJsonObject, type JsonObject } from "../../src/core/json.ts";
import { recordedOperations } from "../../src/parity/recorded-operations.ts";
import { type CaseResult, runCases } from "../../src/parity/run-cases.ts";
import { oracleFiles } from "./oracle.ts";

const files = await oracleFiles("cases");
const cases = (await Promise.all(files.map((file) => file.read()))).flat();

async function judgeAll(): Promise<readonly CaseResult[]> {
  const known = cases.filter((one) => recordedOperations.accepts(one, ""));
  const results: CaseResult[] = [];
  const file = { path: "cases", read: async () => known };
  for await (const result of runCases([file], [recordedOperations])) results.push(result);
  return results;
}

describe("recorded operations, errors and retries", () => {
  it("decides on every recorded answer as ASO did, or otherwise on purpose", async () => {
    const results = await judgeAll();
    const failed = results.filter(({ verdict }) => verdict.kind === "failed");
    expect(failed.map(({ id, verdict }) => ({ id, verdict }))).toEqual([]);
    expect(results.length).toBeGreaterThanOrEqual(436);
    const rules = results.flatMap(({ verdict }) =>
      verdict.kind === "deviating" ? verdict.deviations.map(({ id }) => id) : [],
    );
    expect([...new Set(rules)].sort()).toEqual([
      "a-relative-location-names-the-resource",
      "moved-poll-urls-are-followed",
      "transient-poll-errors-keep-the-operation",
    ]);
  });

  it.each<{ because: string; change: (step: JsonObject) => JsonObject; shown: string }>([
    {
      because: "an operation that is over is not polled",
      change: (step) => inRole(step, "lro-poll", { body: { status: "Succeeded" } }),
      shown: "expected GET",
    },
    {
      because: "an operation that failed is not followed",
      change: (step) => inRole(step, "lro-poll", { body: { status: "Failed", error: fatal } }),
      shown: "got an Error",
    },
    {
      because: "an answer without a URL is not polled elsewhere",
      change: (step) => inRole(step, "put", { headers: {} }),
      shown: "expected GET",
    },
    {
      because: "a wrong request is not repeated soon",
      change: (step) => inRole(step, "put", { status: 400, headers: {}, body: { error: fatal } }),
      shown: "failures of the PUT",
    },
  ])("are told from others: $because", async ({ change, shown }) => {
    const found = cases.find(({ response }) => isAsync(response));
    const response = found?.["response"];
    if (found === undefined || !isJsonObject(response) || !Array.isArray(response["chain"]))
      throw new Error("no recorded operation");
    const chain = response["chain"].filter(isJsonObject).map(change);
    const verdict = await recordedOperations.check({ ...found, response: { ...response, chain } });
    expect(verdict).toMatchObject({ kind: "failed" });
    expect(JSON.stringify(verdict)).toContain(shown);
  });
});

const fatal = { code: "InvalidRequestContent", message: "no" };

function inRole(step: JsonObject, role: string, change: JsonObject): JsonObject {
  return step["role"] === role ? { ...step, ...change } : step;
}

/** An operation that was polled more than once, with nothing else about it. */
function isAsync(response: unknown): boolean {
  const { lroStyle, putCount, pollCount, chain } = response as Record<string, unknown>;
  const headers = JSON.stringify((chain as readonly JsonObject[])[1]?.["headers"]);
  return (
    lroStyle === "azure-asyncoperation" &&
    putCount === 1 &&
    Number(pollCount) > 2 &&
    headers === "{}"
  );
}
