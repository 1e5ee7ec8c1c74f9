import { spawn } from "node:child_process";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { codePaths, withMiniTree } from "./mini-tree.ts";

const command = path.resolve(import.meta.dirname, "../../infra/check.ts");

type Outcome = { readonly code: number | null; readonly output: string };

/** Runs the command on a tree, as `npm run check` does on the checkout. */
async function check(root: string, ...args: readonly string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [command, "--root", root, ...args]);
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString("utf8");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output += chunk.toString("utf8");
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { code, output };
}

const results = (output: string) =>
  Object.fromEntries(
    [...output.matchAll(/^(ok|FAIL) +(\w+) /gm)].map(([, result, gate]) => [gate, result]),
  );

const gates = ["types", "lint", "layers", "unused", "files", "world", "hygiene", "docs"];

describe("npm run check", () => {
  it("passes on a tree that keeps all rules, with one line per gate", async () => {
    const { code, output } = await withMiniTree({}, check);

    expect(results(output)).toEqual(Object.fromEntries(gates.map((gate) => [gate, "ok"])));
    expect(output.trim().split("\n")).toHaveLength(gates.length);
    expect(code).toBe(0);
  });

  it("fails in every gate that a rule is broken of, and names the rule and the place", async () => {
    const { code, output } = await withMiniTree(
      {
        "src/core/seed.ts": `import { queue } from "../adapters/storage/queue.ts";

export const late: string = Date.now() + queue.length;
`,
        "src/core/seed-format.ts": "/** Documented. */\nexport const  twice = 2\n",
        "src/core/utils.ts": `/** To do: ${["TO", "DO"].join("")} */\nexport const nothing = 0;\n`,
      },
      check,
    );

    expect(results(output)).toEqual(Object.fromEntries(gates.map((gate) => [gate, "FAIL"])));
    for (const problem of [
      "src/core/seed.ts(3,14): error TS2322",
      "src/core/seed-format.ts: format",
      "src/core/seed.ts core-is-pure: must not import src/adapters/storage/queue.ts",
      "src/core/seed-format.ts unused-file",
      "src/core/utils.ts file-name",
      "src/core/seed.ts:3 clock: Date.now",
      "src/core/utils.ts:1 unfinished",
      "src/core/seed.ts:3 doc-comment: late",
    ]) {
      expect(output).toContain(problem);
    }
    expect(code).toBe(1);
  });

  it("fails when there is no code to look at, in every gate that looks at code only", async () => {
    const without = Object.fromEntries(codePaths.map((file) => [file, undefined]));

    const { code, output } = await withMiniTree(without, check);

    const { lint: _json, unused: _manifest, ...rest } = results(output);
    expect(rest).toEqual(Object.fromEntries(Object.keys(rest).map((gate) => [gate, "FAIL"])));
    expect(Object.keys(rest)).toHaveLength(gates.length - 2);
    expect(code).toBe(1);
  });

  it("refuses the name of a gate that it does not have", async () => {
    const { code, output } = await check(".", "--only", "colours");

    expect(code).toBe(2);
    expect(output).toContain("There is no gate colours");
  });
});
