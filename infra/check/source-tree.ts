import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import ts from "typescript";

/** One text file of the checkout. */
export type TextFile = {
  /** Path from the root, with `/`. */
  readonly path: string;
  readonly text: string;
};

/** One TypeScript or JavaScript file, parsed. */
export type CodeFile = TextFile & { readonly syntax: ts.SourceFile };

/** What the checks look at. */
export type SourceTree = {
  /** Names in the root folder. */
  readonly topLevel: readonly string[];
  /** Every text file that people write: code, documents, manifests, workflows; neither generated data nor the lockfile. */
  readonly texts: readonly TextFile[];
  /** The code among them. */
  readonly code: readonly CodeFile[];
};

const folders = ["src", "functions", "infra", "test", ".github", ".ci"];
const skippedFolders = new Set(["node_modules", "dist", ".git"]);
const generated = ["src/catalog/data/", "src/catalog/groups.ts"];
const textual = /\.(ts|mts|mjs|js|cjs|json|md|yaml|yml|bicep|bicepparam|sh|toml|mod|html|css|svg)$/;
const codeFile = /\.(ts|mts|mjs)$/;

/** Reads the tree below `root`; folders that do not exist are empty. */
export async function readSourceTree(root: string): Promise<SourceTree> {
  const topLevel = (await readdir(root)).sort();
  const found = await Promise.all(folders.map((folder) => filesBelow(root, folder)));
  const atTop = topLevel.filter((name) => textual.test(name) && name !== "package-lock.json");
  const scripts = await topLevelFiles(root, [".npmrc", ".funcignore", ".gitignore"]);
  const texts = await Promise.all(
    [...found.flat(), ...atTop, ...scripts].map(async (file) => ({
      path: file,
      text: await readFile(path.join(root, file), "utf8"),
    })),
  );
  const code = texts.filter((file) => codeFile.test(file.path)).map(parse);
  return { topLevel, texts, code };
}

async function topLevelFiles(root: string, names: readonly string[]): Promise<readonly string[]> {
  const present = await readdir(root);
  return names.filter((name) => present.includes(name));
}

async function filesBelow(root: string, folder: string): Promise<readonly string[]> {
  if ((await stat(path.join(root, folder)).catch(whenAbsent))?.isDirectory() !== true) return [];
  const entries = await readdir(path.join(root, folder), { withFileTypes: true });
  const inner = await Promise.all(
    entries.map(async (entry) => {
      const file = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : filesBelow(root, file);
      const isText = textual.test(entry.name) || (folder === ".ci" && entry.isFile());
      return isText && !generated.some((start) => file.startsWith(start)) ? [file] : [];
    }),
  );
  return inner.flat();
}

function whenAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

function parse(file: TextFile): CodeFile {
  const kind = file.path.endsWith("ts") ? ts.ScriptKind.TS : ts.ScriptKind.JS;
  const syntax = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2024, true, kind);
  return { ...file, syntax };
}

/** Every node of a file, parents first. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  node.forEachChild((child) => {
    children.push(child);
  });
  for (const child of children) yield* nodesOf(child);
}

/** `path:line` of a node; lines start at 1. */
export function placeOf(file: CodeFile, node: ts.Node): string {
  return `${file.path}:${file.syntax.getLineAndCharacterOfPosition(node.getStart(file.syntax)).line + 1}`;
}
