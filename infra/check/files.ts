import { posix } from "node:path";
import type { SourceTree, TextFile } from "./source-tree.ts";

const topLevel = new Set([
  "README.md",
  "functions",
  "host.json",
  "infra",
  "package-lock.json",
  "package.json",
  "src",
  "test",
  "tsconfig.json",
  // Not part of the repository: installed, built, or a developer's own settings.
  "dist",
  "local.settings.json",
  "node_modules",
]);

const vagueNames = /^(utils?|helpers?|common|misc|shared|stuff)\.m?ts$/;

/** Longest allowed files, in lines; the first pattern that matches counts. */
const limits: readonly { readonly path: RegExp; readonly lines: number }[] = [
  { path: /^functions\/[^/]+\.ts$/, lines: 40 },
  { path: /^test\/.*\.m?ts$/, lines: 600 },
  { path: /^(src|functions|infra)\/.*\.(ts|mjs)$/, lines: 350 },
  { path: /^README\.md$/, lines: 200 },
];

/** Sizes and names of files, and that nothing but the agreed files lies at the top level. */
export function checkFiles(tree: SourceTree): readonly string[] {
  const strangers = tree.topLevel
    .filter((name) => !name.startsWith(".") && !topLevel.has(name))
    .map((name) => `${name} top-level: does not belong at the top level`);
  return [...strangers, ...tree.texts.flatMap((file) => [...tooLong(file), ...vague(file)])];
}

function tooLong(file: TextFile): readonly string[] {
  const limit = limits.find((one) => one.path.test(file.path))?.lines;
  const lines = file.text.split("\n").length - (file.text.endsWith("\n") ? 1 : 0);
  if (limit === undefined || lines <= limit) return [];
  return [`${file.path} file-size: ${lines} lines, at most ${limit}; split it by what it does`];
}

function vague(file: TextFile): readonly string[] {
  if (!vagueNames.test(posix.basename(file.path))) return [];
  return [`${file.path} file-name: says nothing; name it after what it exports`];
}
