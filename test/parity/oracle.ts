import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { type CaseFile, caseFiles } from "../../src/parity/case-files.ts";
import { allCorpora } from "../../src/parity/corpora.ts";
import type { Verdict } from "../../src/parity/corpus.ts";
import { type Redact, redactionsFrom } from "../../src/parity/redactions.ts";
import { type CaseResult, runCases } from "../../src/parity/run-cases.ts";

const repository = path.resolve(import.meta.dirname, "../..");

/** The folder with what Azure Service Operator sends and shows. It lies beside the checkout and is never part of it. */
const oracle = path.resolve(repository, "../shared/parity");

const rules = path.join(oracle, "redactions.json");

/** The files of cases in a folder of the oracle. Throws when the oracle is not there: a parity test must not pass unseen. */
export async function oracleFiles(folder: string): Promise<readonly CaseFile[]> {
  const directory = path.join(oracle, folder);
  if (!existsSync(directory)) {
    throw new Error(`the parity cases are missing: ${path.relative(repository, directory)}`);
  }
  const files = await caseFiles(directory);
  if (files.length === 0) throw new Error(`no parity cases in ${folder}`);
  return files;
}

/** What the recorder replaced in bodies. Without the oracle nothing is replaced: there is nothing to compare with either. */
export const redact: Redact = existsSync(rules)
  ? redactionsFrom(JSON.parse(readFileSync(rules, "utf8")))
  : (body) => body;

/** Judges every case of a file. */
export async function judge(file: CaseFile): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for await (const result of runCases([file], allCorpora(redact))) {
    results.push(result);
  }
  return results;
}

/** The cases that did not pass: id and what is wrong, readable in a test's report. */
export function shortcomings(results: readonly CaseResult[]): string[] {
  return results.flatMap(({ id, verdict }) => {
    if (verdict.kind === "passed") return [];
    return [`${id}\n  ${linesOf(verdict).slice(0, 5).join("\n  ")}`];
  });
}

function linesOf(verdict: Exclude<Verdict, { kind: "passed" }>): readonly string[] {
  if (verdict.kind === "skipped") return [verdict.reason];
  if (verdict.kind === "failed") return verdict.details;
  return verdict.deviations.map(({ id }) => `differs on purpose: ${id}`);
}
