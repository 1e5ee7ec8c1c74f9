import { type CaseResult, totalsOf } from "./run-cases.ts";

/**
 * The end of the runner's output. Cases of requests and statuses close with `N passed, N failed, N skipped`; cases of the engine's rules
 * with `N passed, N failed, N deviating`, after a count and the reason of each rule that was needed; recorded operations likewise, on a
 * line of their own. A run of all has all lines, requests and statuses last.
 */
export function closingLines(results: readonly CaseResult[]): string[] {
  const engine = results.filter(({ corpus }) => corpus.startsWith("engine/"));
  const operations = results.filter(({ corpus }) => corpus === "operations");
  const rules = new Set([...engine, ...operations]);
  const others = results.filter((one) => !rules.has(one));
  return [
    ...ruleCounts([...rules]),
    ...(operations.length === 0 ? [] : [`operations: ${ruleTotals(operations)}`]),
    ...(engine.length === 0 ? [] : [ruleTotals(engine)]),
    ...(others.length === 0 && rules.size > 0 ? [] : [otherTotals(others)]),
  ];
}

function ruleTotals(results: readonly CaseResult[]): string {
  const { passed, failed, deviating } = totalsOf(results);
  return `${passed} passed, ${failed} failed, ${deviating} deviating`;
}

function otherTotals(results: readonly CaseResult[]): string {
  const { passed, failed, skipped } = totalsOf(results);
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** One line for each rule; a case that needs two rules counts for both. */
function ruleCounts(results: readonly CaseResult[]): string[] {
  const counts = new Map<string, { count: number; readonly reason: string }>();
  for (const { verdict } of results) {
    if (verdict.kind !== "deviating") continue;
    for (const { id, reason } of verdict.deviations) {
      const entry = counts.get(id) ?? { count: 0, reason };
      entry.count += 1;
      counts.set(id, entry);
    }
  }
  return [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { count, reason }]) => `deviating ${count} times by ${id}: ${reason}`);
}
