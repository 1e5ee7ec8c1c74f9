import type { Gate, Verdict } from "./gate.ts";
import { filledLines, runTool, type ToolResult } from "./run-tool.ts";

/** Makes the second run on a checkout three times as fast. */
const remembered = "node_modules/.cache/check/types.tsbuildinfo";

/** `tsc -p .`: every type error of every file that tsconfig.json includes. */
export const types: Gate = {
  name: "types",
  run: async (root) => {
    const tool = { package: "typescript", command: "tsc" };
    const args = ["-p", ".", "--pretty", "false", "--listFiles", "--incremental"];
    const result = await runTool(tool, [...args, "--tsBuildInfoFile", remembered], root);
    const lines = filledLines(result.stdout);
    const isFile = (line: string) => /^(\/|[A-Z]:)/i.test(line) && !line.includes(": error ");
    const own = lines.filter((line) => isFile(line) && !line.includes("node_modules"));
    const problems = messages(lines.filter((line) => !isFile(line)));
    if (result.code === 0 && own.length === 0) return nothingSeen("tsc read no file");
    return verdict(result, problems, `${own.length} files`);
  },
};

/**
 * `biome check`: format, order of imports, lint. Errors and warnings fail; an info is advice and does not. So a rule is either kept
 * everywhere or not configured as a warning.
 */
export const lint: Gate = {
  name: "lint",
  run: async (root) => {
    const args = ["check", "--reporter=concise", "--diagnostic-level=warn", "--error-on-warnings"];
    const tool = { package: "@biomejs/biome", command: "biome" };
    const result = await runTool(tool, [...args, "--max-diagnostics=none"], root);
    const text = result.stdout + result.stderr;
    const count = Number(/Checked (\d+) files?/.exec(text)?.[1] ?? 0);
    if (result.code === 0 && count === 0) return nothingSeen("biome read no file");
    const problems = filledLines(text).filter((line) => /^[×!] /.test(line));
    return verdict(result, problems, `${count} files`);
  },
};

/** The lines that explain an error, which tsc indents, belong to it. */
function messages(lines: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (const line of lines) {
    if (line.startsWith(" ")) found.push(`${found.pop() ?? ""}\n  ${line}`);
    else found.push(line);
  }
  return found;
}

/** A tool that failed without a line that we recognise (it crashed, its settings are wrong) is reported with all it said. */
function verdict(result: ToolResult, problems: readonly string[], seen: string): Verdict {
  if (result.code === 0) return { problems: [], seen };
  if (problems.length > 0) return { problems, seen };
  const said = filledLines(result.stdout + result.stderr);
  return { problems: [`the tool ended with exit code ${result.code}`, ...said], seen };
}

function nothingSeen(what: string): Verdict {
  return { problems: [`${what}: its settings exclude everything`], seen: "nothing" };
}
