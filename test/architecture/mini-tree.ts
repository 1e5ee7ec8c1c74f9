import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

const repository = path.resolve(import.meta.dirname, "../..");

const manifest = {
  name: "mini-tree",
  version: "0.0.0",
  private: true,
  type: "module",
  dependencies: { "@azure/functions": "*", "@azure/data-tables": "*", zod: "*" },
  devDependencies: { vitest: "*" },
  knip: {
    entry: ["functions/index.ts", "src/cli/main.ts", "infra/*.ts"],
    project: ["{src,functions,infra}/**/*.ts"],
    ignoreDependencies: ["@azure/functions", "@azure/data-tables", "zod", "vitest"],
  },
};

const documented = (line: string) => `/** Documented. */\n${line}\n`;

/** One file per layer, every import allowed, every gate passed. */
const cleanFiles: Readonly<Record<string, string>> = {
  "package.json": `${JSON.stringify(manifest, null, 2)}\n`,
  "src/catalog/types.ts": documented("export type Kind = { readonly kind: string };"),
  "src/core/value.ts": `import type { Kind } from "../catalog/types.ts";

/** Documented. */
export function nameOf(kind: Kind): string {
  return kind.kind;
}
`,
  "src/core/hash.ts": `// biome-ignore lint/style/noRestrictedImports: hashing is pure
import { createHash } from "node:crypto";

/** Documented. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
`,
  "src/ports/clock.ts": documented("export interface Clock {\n  now(): number;\n}"),
  "src/kinds/network.ts": `import { nameOf } from "../core/value.ts";
import type { Clock } from "../ports/clock.ts";

/** Documented. */
export function networkName(clock: Clock): string {
  return nameOf({ kind: \`network-\${clock.now()}\` });
}
`,
  "src/controller/reconcile.ts": `import { hashOf } from "../core/hash.ts";
import { networkName } from "../kinds/network.ts";
import type { Clock } from "../ports/clock.ts";

/** Documented. */
export function reconcile(clock: Clock): string {
  return hashOf(networkName(clock));
}
`,
  "src/config/config.ts": documented('export const level = process.env["LEVEL"] ?? "info";'),
  "src/crds/build-crd.ts": documented("export const crd = { spec: 1 };"),
  "src/rbac/build-role.ts": documented("export const role = { rules: 1 };"),
  "src/plan/plan-manifests.ts": documented("export const plan = { entries: 1 };"),
  "src/transfer/plan-transfer.ts": documented("export const moves = { count: 1 };"),
  "src/parity/judge.ts": documented("export const verdict = { same: true };"),
  "src/adapters/http/send.ts": documented("export const sent = { status: 200 };"),
  "src/adapters/storage/queue.ts": `import { sent } from "../http/send.ts";

/** Documented. */
export const queue = { length: sent.status };
`,
  "src/adapters/arm/put.ts": documented("export const put = { method: 1 };"),
  "src/runtime/create-runtime.ts": `import { put } from "../adapters/arm/put.ts";
import { queue } from "../adapters/storage/queue.ts";
import { level } from "../config/config.ts";
import { reconcile } from "../controller/reconcile.ts";

/** Documented. */
export const runtime = { queue, level, put, pass: () => reconcile({ now: () => Date.now() }) };
`,
  "src/sandbox/host/host.ts": `import { app } from "@azure/functions";
import { runtime } from "../../runtime/create-runtime.ts";

/** Documented. */
export const host = { app, runtime };
`,
  "src/cli/main.ts": `import { crd } from "../crds/build-crd.ts";
import { verdict } from "../parity/judge.ts";
import { plan } from "../plan/plan-manifests.ts";
import { role } from "../rbac/build-role.ts";
import { host } from "../sandbox/host/host.ts";
import { moves } from "../transfer/plan-transfer.ts";

console.log(crd, role, plan, verdict, host, moves);
`,
  "functions/index.ts": `import { app } from "@azure/functions";
import { runtime } from "../src/runtime/create-runtime.ts";

console.log(app, runtime);
`,
  "infra/build.ts": 'console.log(process.env["OUT"]);\n',
};

/** The code of the tree, as keys of the changes that {@link withMiniTree} takes. */
export const codePaths = Object.keys(cleanFiles).filter((file) => file.endsWith(".ts"));

const packages = [
  "@azure/functions",
  "@azure/data-tables",
  "@azure/arm-resources",
  "vitest",
  "zod",
];

/**
 * Runs `use` on a temporary checkout in which every gate is passed, changed by `changes`: path → text of a file to write, or undefined for
 * one to leave out. The tree is removed afterwards, whatever happens.
 */
export async function withMiniTree<T>(
  changes: Readonly<Record<string, string | undefined>>,
  use: (root: string) => Promise<T>,
): Promise<T> {
  const root = await mkdtemp(path.join(tmpdir(), "mini-tree-"));
  try {
    for (const name of [".biome.json", ".gitignore", "tsconfig.json"]) {
      await cp(path.join(repository, name), path.join(root, name));
    }
    await mkdir(path.join(root, "node_modules"));
    const types = "node_modules/@types";
    await symlink(path.join(repository, types), path.join(root, types), "junction");
    await writeTree(root, {
      ...Object.fromEntries(packages.flatMap(stub)),
      ...cleanFiles,
      ...changes,
    });
    return await use(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** A package that resolves and is nothing else. */
function stub(name: string): readonly (readonly [string, string])[] {
  const folder = `node_modules/${name}`;
  const text = JSON.stringify({ name, version: "1.0.0", type: "module", exports: "./index.js" });
  return [
    [`${folder}/package.json`, text],
    [`${folder}/index.js`, "export const app = {};\n"],
    [`${folder}/index.d.ts`, "export declare const app: object;\n"],
  ];
}

async function writeTree(
  root: string,
  files: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    if (text === undefined) continue;
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await writeFile(path.join(root, file), text);
  }
}
