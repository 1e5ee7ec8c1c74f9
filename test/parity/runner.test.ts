import { describe, expect, it } from "vitest";
import type { CaseFile } from "../../src/parity/case-files.ts";
import { closingLines } from "../../src/parity/closing-lines.ts";
import type { Corpus, Verdict } from "../../src/parity/corpus.ts";
import { describeDifference, jsonDifferences } from "../../src/parity/json-difference.ts";
import { redactionsFrom } from "../../src/parity/redactions.ts";
import { type CaseResult, runCases, totalsOf } from "../../src/parity/run-cases.ts";

describe("jsonDifferences", () => {
  it("does not mind the order of members", () => {
    expect(jsonDifferences({ a: 1, b: [1] }, { b: [1], a: 1 })).toEqual([]);
  });

  it("names every place, what is missing and what is too much", () => {
    const found = jsonDifferences(
      { a: null, list: [1, 2], "x/y": {} },
      { b: 0, list: [2, 2, 3], "x/y": [] },
    );
    expect(found.map(describeDifference)).toEqual([
      "$.a: expected null, got nothing",
      "$.list[0]: expected 1, got 2",
      "$.list[2]: expected nothing, got 3",
      '$["x/y"]: expected {}, got []',
      "$.b: expected nothing, got 0",
    ]);
  });
});

describe("runCases", () => {
  const files: CaseFile[] = [
    {
      path: "a.jsonl",
      read: async () => [
        { id: "1", even: false },
        { id: "2", even: true },
      ],
    },
    { path: "b.jsonl", read: async () => [{ id: "3" }] },
  ];
  const parity: Corpus = {
    name: "even",
    accepts: (testCase) => "even" in testCase,
    check: async (testCase) =>
      testCase["even"] === true ? { kind: "passed" } : { kind: "failed", details: ["odd"] },
  };

  async function run(only?: string): Promise<CaseResult[]> {
    const results: CaseResult[] = [];
    for await (const result of runCases(files, [parity], only)) results.push(result);
    return results;
  }

  it("judges every case and skips formats that it does not know", async () => {
    expect(totalsOf(await run())).toEqual({ passed: 1, failed: 1, skipped: 1, deviating: 0 });
  });

  it("judges a case by everything that knows it", async () => {
    const names: string[] = [];
    for await (const { corpus } of runCases(files, [parity, { ...parity, name: "again" }], "2"))
      names.push(corpus);
    expect(names).toEqual(["even", "again"]);
  });

  it("judges one case alone when asked to", async () => {
    expect((await run("2")).map((result) => result.id)).toEqual(["2"]);
  });
});

describe("closingLines", () => {
  const passed: Verdict = { kind: "passed" };
  const ofEngine = (verdict: Verdict): CaseResult => ({
    ...{ id: "1", corpus: "engine/lro", file: "lro.jsonl" },
    verdict,
  });
  const ofRequest = (verdict: Verdict): CaseResult => ({ ...ofEngine(verdict), corpus: "put" });
  const rule = { id: "slow-errors", reason: "Nothing is given up." };

  it.each<{ because: string; results: CaseResult[]; lines: string[] }>([
    { because: "nothing was found", results: [], lines: ["0 passed, 0 failed, 0 skipped"] },
    {
      because: "requests are skipped with a reason, never deviating",
      results: [ofRequest(passed), ofRequest({ kind: "skipped", reason: "unusable" })],
      lines: ["1 passed, 0 failed, 1 skipped"],
    },
    {
      because: "rules of the engine may deviate, and say which rule",
      results: [
        ofEngine(passed),
        ofEngine({ kind: "deviating", deviations: [rule] }),
        ofEngine({ kind: "deviating", deviations: [rule] }),
      ],
      lines: [
        "deviating 2 times by slow-errors: Nothing is given up.",
        "1 passed, 0 failed, 2 deviating",
      ],
    },
    {
      because: "all were judged",
      results: [
        ofRequest({ kind: "failed", details: ["x"] }),
        ofEngine(passed),
        { ...ofEngine({ kind: "deviating", deviations: [rule] }), corpus: "operations" },
      ],
      lines: [
        "deviating 1 times by slow-errors: Nothing is given up.",
        "operations: 0 passed, 0 failed, 1 deviating",
        "1 passed, 0 failed, 0 deviating",
        "0 passed, 1 failed, 0 skipped",
      ],
    },
  ])("closes with what counts when $because", ({ results, lines }) => {
    expect(closingLines(results)).toEqual(lines);
  });
});

describe("redactionsFrom", () => {
  it("applies the rules in order, the nested one last", () => {
    const redact = redactionsFrom({
      list: [
        { pattern: "\\d{4}", replacement: "YEAR" },
        { pattern: '"(k\\d)":"[a-z]*"', replacement: '"$1":"{KEY}"' },
      ],
      "custom-keys": { outer: '"key":"[A-Z]+"', inner: '"[A-Z]{4}"', replacement: '"{X}"' },
    });
    expect(redact({ k1: "secret", date: "2024", key: "ABCD" })).toEqual({
      k1: "{KEY}",
      date: "YEAR",
      key: "{X}",
    });
  });
});
