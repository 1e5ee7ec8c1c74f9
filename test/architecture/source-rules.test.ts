import { describe, expect, it } from "vitest";
import { checkDocComments } from "../../infra/check/doc-comments.ts";
import { checkFiles } from "../../infra/check/files.ts";
import { checkHygiene } from "../../infra/check/hygiene.ts";
import { readSourceTree, type SourceTree } from "../../infra/check/source-tree.ts";
import { checkWorldAccess } from "../../infra/check/world-access.ts";
import { withMiniTree } from "./mini-tree.ts";

type Check = (tree: SourceTree) => readonly string[];
type Seed = { readonly rule: string; readonly file: string; readonly text: string };

const lines = (count: number) => "// one line\n".repeat(count);
const slashes = (...names: readonly string[]) => ["", ...names].join("/");

/** What `check` says of a clean tree in which one file is `text`: the rule and the line of each problem. */
async function seeded(check: Check, file: string, text: string): Promise<readonly string[]> {
  const tree = await withMiniTree({ [file]: text }, readSourceTree);
  return check(tree).map((problem) => {
    expect(problem.startsWith(file)).toBe(true);
    return (
      problem
        .slice(file.length)
        .replace(/^:(\d+) /, "$1 ")
        .split(":")[0]
        ?.trim() ?? ""
    );
  });
}

describe("checkFiles", () => {
  it.each<Seed & { readonly because: string }>([
    { rule: "file-size", file: "src/core/long.ts", text: lines(351), because: "350 is the limit" },
    { rule: "file-size", file: "infra/long.mjs", text: lines(351), because: "scripts count too" },
    { rule: "file-size", file: "test/long.test.ts", text: lines(601), because: "tests have 600" },
    { rule: "file-size", file: "functions/long.ts", text: lines(41), because: "triggers have 40" },
    { rule: "file-name", file: "src/core/helpers.ts", text: lines(1), because: "it says nothing" },
    { rule: "top-level", file: "notes.md", text: "notes\n", because: "it belongs somewhere" },
  ])("$rule fails on $file, because $because", async ({ rule, file, text }) => {
    expect(await seeded(checkFiles, file, text)).toEqual([rule]);
  });

  it.each([
    ["src/core/long.ts", 350],
    ["test/long.test.ts", 600],
    ["functions/long.ts", 40],
    ["src/catalog/data/compute.json", 5000],
    ["src/catalog/groups.ts", 5000],
  ])("accepts %s with %i lines", async (file, count) => {
    expect(await seeded(checkFiles, file, lines(count))).toEqual([]);
  });
});

describe("checkWorldAccess", () => {
  it.each([
    "console.log(process.env.HOME);",
    'console.log(process["env"]);',
    "console.log(globalThis.process.env);",
    "const { env } = process;",
    "const { env: settings } = process;",
    'import { env } from "node:process";',
  ])("finds the environment in: %s", async (text) => {
    expect(await seeded(checkWorldAccess, "src/runtime/seed.ts", `${text}\n`)).toEqual([
      "1 environment",
    ]);
    expect(await seeded(checkWorldAccess, "functions/seed.ts", `${text}\n`)).toEqual([
      "1 environment",
    ]);
    expect(await seeded(checkWorldAccess, "src/config/seed.ts", `${text}\n`)).toEqual([]);
    expect(await seeded(checkWorldAccess, "infra/seed.ts", `${text}\n`)).toEqual([]);
  });

  it.each([
    "core",
    "controller",
    "kinds",
    "ports",
    "catalog",
    "crds",
    "rbac",
    "plan",
    "transfer",
    "parity",
  ])("lets nothing in src/%s take time, chance or the network by itself", async (folder) => {
    const text = [
      "Date.now();",
      "new Date();",
      "Date();",
      "Math.random();",
      "setTimeout(() => 1, 1);",
      "setInterval(() => 1, 1);",
      "globalThis.setTimeout(() => 1, 1);",
      "const now = Date.now;",
      "crypto.randomUUID();",
      'fetch("https://example.com");',
    ].join("\n");

    const found = await seeded(checkWorldAccess, `src/${folder}/seed.ts`, text);

    expect(found).toEqual([..."123456789"].map((line) => `${line} clock`).concat("10 network"));
  });

  it("accepts dates made of what is passed in, and words in comments and texts", async () => {
    const text = `// Date.now() and process.env are not for this folder.
console.log(new Date(0), new Date("2026-01-01"), Date.parse("2026-01-01"), "Math.random()");
`;
    expect(await seeded(checkWorldAccess, "src/core/seed.ts", text)).toEqual([]);
  });
});

describe("checkHygiene", () => {
  it.each<Seed>([
    { rule: "1 unfinished", file: "src/core/a.ts", text: `// ${["TO", "DO"].join("")} later` },
    { rule: "1 unfinished", file: "src/core/README.md", text: ["FIX", "ME"].join("") },
    { rule: "1 test-not-run", file: "test/a.test.ts", text: 'it.skip("waits", () => 1);' },
    { rule: "1 test-not-run", file: "test/a.test.ts", text: 'describe.only("a", () => 1);' },
    { rule: "1 test-not-run", file: "test/a.test.ts", text: 'test.concurrent.todo("waits");' },
    { rule: "1 module-mock", file: "test/a.test.ts", text: 'vi.mock("./clock.ts");' },
    { rule: "1 empty-catch", file: "src/core/a.ts", text: "try { f(); } catch {}" },
    { rule: "1 empty-catch", file: "test/a.test.ts", text: "try { f(); } catch (e) { /* so */ }" },
    {
      rule: "1 machine-path",
      file: "test/a.test.ts",
      text: `const at = "${slashes("home", "someone", "checkout")}";`,
    },
    { rule: "1 machine-path", file: "infra/a.yaml", text: `at: ${slashes("tmp", "data")}` },
    { rule: "1 machine-path", file: "infra/README.md", text: `\`${slashes("Users", "a", "b")}\`` },
    {
      rule: "1 registry-host",
      file: "infra/a.mjs",
      text: `fetch("${["https://registry", "npmjs.org/zod"].join(".")}");`,
    },
  ])("$rule in $file: $text", async ({ rule, file, text }) => {
    expect(await seeded(checkHygiene, file, `${text}\n`)).toEqual([rule]);
  });

  it("accepts relative paths, paths of Azure and handled errors", async () => {
    const text = `import a from "../work/home/x.ts";
const site = "/home/site/wwwroot";
const child = \`\${a}/home/someone\`;
try { a(site, child); } catch (error) { throw new Error("a failed", { cause: error }); }
`;
    expect(await seeded(checkHygiene, "src/core/seed.ts", text)).toEqual([]);
  });
});

describe("checkDocComments", () => {
  it.each([
    "export const a = 1;",
    "export function a() {}",
    "export default function a() {}",
    "export class A {}",
    "export type A = string;",
    "export interface A { b: string }",
    "const a = 1; export { a };",
    "/** */ export const a = 1;",
    "// Not a doc comment.\nexport const a = 1;",
    "/** @internal */ export const a = 1;",
  ])("asks for one on: %s", async (text) => {
    expect(await seeded(checkDocComments, "src/core/seed.ts", text)).toHaveLength(1);
    expect(await seeded(checkDocComments, "test/seed.ts", text)).toEqual([]);
  });

  it("accepts documented exports, undocumented locals and overloads that are documented once", async () => {
    const text = `const hidden = 1;
/** Adds. */
export function add(a: number): number;
export function add(a: string): string;
export function add(a: never): unknown { return a ?? hidden; }
/** A sum. */
const sum = 2;
export { sum };
`;
    expect(await seeded(checkDocComments, "src/core/seed.ts", text)).toEqual([]);
  });
});
