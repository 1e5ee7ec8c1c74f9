import { z } from "zod";
import type { Gate } from "./gate.ts";
import { filledLines, runTool } from "./run-tool.ts";

const item = z.object({ name: z.string(), line: z.number().optional() });

/** The findings of one sort; the names of one duplicate export come in an array of their own. */
const items = z.array(z.union([item, z.array(item)]));
const report = z.object({ issues: z.array(z.looseObject({ file: z.string() })) });

const sorts: Readonly<Record<string, string>> = {
  files: "unused-file",
  dependencies: "unused-dependency",
  devDependencies: "unused-dependency",
  unlisted: "dependency-not-listed",
  binaries: "command-not-listed",
  unresolved: "import-not-found",
  exports: "unused-export",
  types: "unused-type",
};

/** knip: files that nothing imports, exports that nobody uses, dependencies that are missing or not needed. Its settings are in package.json. */
export const unused: Gate = {
  name: "unused",
  run: async (root) => {
    const tool = { package: "knip", command: "knip" };
    const { code, stdout, stderr } = await runTool(
      tool,
      ["--no-progress", "--reporter", "json"],
      root,
    );
    const seen = "files, exports, dependencies";
    const json = filledLines(stdout).find((line) => line.startsWith("{"));
    if (json === undefined) return { problems: filledLines(stderr + stdout), seen: "nothing" };
    const problems = report.parse(JSON.parse(json)).issues.flatMap(describe);
    if (code === 0 || problems.length > 0) return { problems, seen };
    return { problems: [`knip ended with exit code ${code}`, ...filledLines(stderr)], seen };
  },
};

function describe({
  file,
  ...bySort
}: z.infer<typeof report>["issues"][number]): readonly string[] {
  return Object.entries(bySort).flatMap(([sort, found]) =>
    items
      .parse(found)
      .flat()
      .map(({ name, line }) => {
        const place = line === undefined ? file : `${file}:${line}`;
        return `${place} ${sorts[sort] ?? sort}${name === file ? "" : `: ${name}`}`;
      }),
  );
}
