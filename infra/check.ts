/**
 * Everything that must hold of the checkout and needs no test to run: `node infra/check.ts [--only NAME]… [--root DIR]`.
 * Prints one line per gate, then the problems. Exit code 1 when a gate is not passed, 2 when it is called wrongly.
 *
 * | gate | what it looks at |
 * |---|---|
 * | types | tsc |
 * | lint | Biome: format, imports, lint |
 * | layers | who may import whom (test/architecture/dependency-cruiser.mjs) |
 * | unused | knip: files, exports and dependencies that nobody uses |
 * | files | sizes, names, the top level |
 * | world | environment, clock and chance only where they belong |
 * | hygiene | unfinished work, tests that do not run, swallowed errors, traces of a machine |
 * | docs | a doc comment on every export of src |
 */
import { availableParallelism } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import type { Gate, Verdict } from "./check/gate.ts";
import { layers } from "./check/layers.ts";
import { lint, types } from "./check/tool-gates.ts";
import { treeGates } from "./check/tree-gates.ts";
import { unused } from "./check/unused.ts";

/** The longest first, so that the others run beside it. */
const gates: readonly Gate[] = [types, lint, layers, unused, ...treeGates];

/** More would only scroll the first ones away. */
const shownProblems = 60;

async function runGate(gate: Gate, root: string): Promise<{ gate: Gate; verdict: Verdict }> {
  const started = performance.now();
  const verdict = await gate.run(root).catch((error: unknown) => ({
    problems: [`could not be checked: ${error instanceof Error ? error.message : String(error)}`],
    seen: "nothing",
  }));
  const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`.padStart(7);
  const count = verdict.problems.length;
  const result = count === 0 ? verdict.seen : `${count} ${count === 1 ? "problem" : "problems"}`;
  console.log(`${count === 0 ? "ok  " : "FAIL"} ${gate.name.padEnd(8)} ${seconds}  ${result}`);
  return { gate, verdict };
}

async function runAll(chosen: readonly Gate[], root: string): Promise<boolean> {
  const waiting = [...chosen];
  const failed: { gate: Gate; verdict: Verdict }[] = [];
  const lane = async () => {
    for (let gate = waiting.shift(); gate !== undefined; gate = waiting.shift()) {
      const done = await runGate(gate, root);
      if (done.verdict.problems.length > 0) failed.push(done);
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, lane));
  for (const { gate, verdict } of failed) printProblems(gate.name, verdict.problems);
  return failed.length === 0;
}

function printProblems(name: string, problems: readonly string[]): void {
  console.log(`\n${name}:`);
  for (const problem of problems.slice(0, shownProblems)) console.log(`  ${problem}`);
  const more = problems.length - shownProblems;
  if (more > 0) console.log(`  … and ${more} more`);
}

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [] },
    root: { type: "string", default: path.resolve(import.meta.dirname, "..") },
  },
});
const unknown = values.only.filter((name) => !gates.some((gate) => gate.name === name));
if (unknown.length > 0) {
  const names = gates.map((gate) => gate.name).join(", ");
  console.error(`There is no gate ${unknown.join(", ")}; the gates are ${names}.`);
  process.exit(2);
}
const chosen = gates.filter((gate) => values.only.length === 0 || values.only.includes(gate.name));
if (!(await runAll(chosen, path.resolve(values.root)))) process.exitCode = 1;
