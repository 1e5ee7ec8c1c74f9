import type { JsonObject } from "../core/json.ts";

/** A way in which this project differs on purpose, and why. */
export type DeviationRule = { readonly id: string; readonly reason: string };

/** The outcome of one case. `details` name every difference, one line each. */
export type Verdict =
  | { readonly kind: "passed" }
  | { readonly kind: "failed"; readonly details: readonly string[] }
  /** Every difference is covered by one of these rules. */
  | { readonly kind: "deviating"; readonly deviations: readonly DeviationRule[] }
  | { readonly kind: "skipped"; readonly reason: string };

/** A family of cases of one format, and how one of them is judged. */
export type Corpus = {
  readonly name: string;
  /** Tells whether a case has this corpus' format; `file` is its path below the folder that was named. */
  readonly accepts: (testCase: JsonObject, file: string) => boolean;
  readonly check: (testCase: JsonObject) => Promise<Verdict>;
};

/** The verdict that a list of differences stands for. */
export function verdictOf(details: readonly string[]): Verdict {
  return details.length === 0 ? { kind: "passed" } : { kind: "failed", details };
}
