import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { caseFiles } from "../src/parity/case-files.ts";
import { closingLines } from "../src/parity/closing-lines.ts";
import { allCorpora } from "../src/parity/corpora.ts";
import { type Redact, redactionsFrom } from "../src/parity/redactions.ts";
import { type CaseResult, runCases, totalsOf } from "../src/parity/run-cases.ts";

const usage = `node infra/parity.ts --cases DIR [--only ID] [--json]
  --cases  folder with files of cases (*.jsonl, *.jsonl.gz), at any depth
  --only   judge the case with this id alone
  --json   one JSON object per case that did not pass, and one with the totals, instead of text
Recorded bodies are compared after the rules of redactions.json, read from DIR or the folder above it.
Cases of the engine's rules may differ on purpose: each such case names the rule, and they are counted on a line of their own.
Exits 1 when a case fails, 2 when it was called wrongly.`;

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  if (typeof options === "string") {
    console.error(`${options}\n${usage}`);
    return 2;
  }
  const { cases, only, json } = options;
  const results: CaseResult[] = [];
  const corpora = allCorpora(await findRedactions(cases));
  for await (const result of runCases(await caseFiles(cases), corpora, only)) {
    results.push(result);
    const text = json ? asJson(result) : asText(result);
    if (text !== undefined) console.log(text);
  }
  const totals = totalsOf(results);
  console.log(json ? JSON.stringify(totals) : closingLines(results).join("\n"));
  return totals.failed > 0 ? 1 : 0;
}

function readOptions(
  argv: readonly string[],
): { cases: string; only: string | undefined; json: boolean } | string {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        cases: { type: "string" },
        only: { type: "string" },
        json: { type: "boolean", default: false },
      },
    });
    if (values.cases === undefined) return "--cases is missing";
    if (!existsSync(values.cases)) return `there is no folder ${values.cases}`;
    return { cases: values.cases, only: values.only, json: values.json };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function findRedactions(cases: string): Promise<Redact> {
  for (const directory of [cases, join(cases, "..")]) {
    const text = await readFile(join(directory, "redactions.json"), "utf8").catch(absent);
    if (text !== undefined) return redactionsFrom(JSON.parse(text));
  }
  return (body) => body;
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

function asText({ id, verdict }: CaseResult): string | undefined {
  if (verdict.kind === "passed") return undefined;
  if (verdict.kind === "skipped") return `skipped ${id}: ${verdict.reason}`;
  if (verdict.kind === "deviating")
    return `deviating ${id}: ${verdict.deviations.map((rule) => rule.id).join(", ")}`;
  return [`failed ${id}`, ...verdict.details.map((line) => `  ${line}`)].join("\n");
}

function asJson({ id, corpus, file, verdict }: CaseResult): string | undefined {
  return verdict.kind === "passed" ? undefined : JSON.stringify({ id, corpus, file, ...verdict });
}
