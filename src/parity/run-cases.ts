import type { CaseFile } from "./case-files.ts";
import type { Corpus, Verdict } from "./corpus.ts";

/** How one case ended. */
export type CaseResult = {
  readonly id: string;
  readonly corpus: string;
  readonly file: string;
  readonly verdict: Verdict;
};

/** Numbers of cases by verdict. */
export type Totals = {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly deviating: number;
};

/**
 * Judges every case of the files, in order, or only the one with the id `only`: by every comparison that knows its format. A case of no known
 * format is skipped.
 */
export async function* runCases(
  files: readonly CaseFile[],
  corpora: readonly Corpus[],
  only?: string,
): AsyncGenerator<CaseResult> {
  for (const file of files) {
    for (const testCase of await file.read()) {
      const id = String(testCase["id"] ?? "");
      if (only !== undefined && id !== only) continue;
      const known = corpora.filter((one) => one.accepts(testCase, file.path));
      for (const { name, check } of known.length === 0 ? [unknown] : known)
        yield { id, corpus: name, file: file.path, verdict: await check(testCase) };
    }
  }
}

const unknown: Pick<Corpus, "name" | "check"> = {
  name: "unknown",
  check: async () => ({ kind: "skipped", reason: "no comparison knows this format" }),
};

/** Counts verdicts. */
export function totalsOf(results: readonly CaseResult[]): Totals {
  const count = (kind: Verdict["kind"]): number =>
    results.filter((result) => result.verdict.kind === kind).length;
  return {
    passed: count("passed"),
    failed: count("failed"),
    skipped: count("skipped"),
    deviating: count("deviating"),
  };
}
