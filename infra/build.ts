/**
 * Builds what is deployed and what is installed: `node infra/build.ts [--out DIR]`. Ends with 1 when an entry is missing or does not
 * build; the others are built all the same.
 *
 * | output | from | what it is |
 * |---|---|---|
 * | functions/index.mjs | functions/index.ts | the function app; `main` of package.json |
 * | cli/main.mjs | src/cli/main.ts | the command line |
 * | sandbox/host.mjs | src/sandbox/host/main.ts | the process of the local Functions host |
 */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { type BuildOptions, build, type Metafile } from "esbuild";

const root = path.resolve(import.meta.dirname, "..");

type Target = {
  /** Folder below the output folder, and name of the main file in it. */
  readonly folder: string;
  readonly name: string;
  readonly entry: string;
  readonly external: readonly string[];
};

const targets: readonly Target[] = [
  {
    folder: "functions",
    name: "index",
    entry: "functions/index.ts",
    // Given by the worker at run time; not on npm.
    external: ["@azure/functions-core"],
  },
  // Azurite is started as a process of its own, from node_modules; esbuild and TypeScript are not part of the product.
  { folder: "cli", name: "main", entry: "src/cli/main.ts", external: ["azurite", "esbuild"] },
  { folder: "sandbox", name: "host", entry: "src/sandbox/host/main.ts", external: [] },
];

/** Bundled CommonJS packages call `require`, which an ES module has not. The name is long because minified code takes the short ones. */
const banner =
  "import { createRequire as __asoFunctionsBundleCreateRequire } from 'node:module'; const require = __asoFunctionsBundleCreateRequire(import.meta.url);";

/**
 * Options for one bundle. Splitting keeps what is imported lazily (telemetry exporter, data of the catalog) in files of its own, so that
 * a cold start does not parse it.
 */
function bundleOptions(target: Target, outDir: string): BuildOptions & { metafile: true } {
  return {
    absWorkingDir: root,
    entryPoints: { [target.name]: target.entry },
    outdir: path.join(outDir, target.folder),
    outExtension: { ".js": ".mjs" },
    // Beside the main file: code finds other outputs relative to its own folder.
    chunkNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node22",
    sourcemap: true,
    sourcesContent: false,
    external: [...target.external],
    banner: { js: banner },
    logLevel: "warning",
    metafile: true,
  };
}

async function buildTarget(target: Target, outDir: string): Promise<boolean> {
  if (!existsSync(path.join(root, target.entry))) {
    console.error(
      `${target.entry} does not exist; ${target.folder}/${target.name}.mjs is not built.`,
    );
    return false;
  }
  await rm(path.join(outDir, target.folder), { recursive: true, force: true });
  try {
    const { metafile } = await build(bundleOptions(target, outDir));
    report(target, metafile);
    return true;
  } catch {
    return false; // esbuild has printed what is wrong.
  }
}

function report(target: Target, metafile: Metafile): void {
  let main = 0;
  let chunks = 0;
  let count = 0;
  for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
    if (file.endsWith(".map")) continue;
    if (path.basename(file) === `${target.name}.mjs`) main = bytes;
    else {
      chunks += bytes;
      count += 1;
    }
  }
  const kb = (bytes: number) => `${Math.round(bytes / 1024)} KB`;
  const rest = count === 0 ? "" : ` and ${count} chunks of ${kb(chunks)}`;
  console.log(`${target.folder}/${target.name}.mjs  ${kb(main)}${rest}`);
}

const { values } = parseArgs({ options: { out: { type: "string", default: "dist" } } });
const started = performance.now();
const outDir = path.resolve(root, values.out);
const results = await Promise.all(targets.map((target) => buildTarget(target, outDir)));
console.log(`${Math.round(performance.now() - started)} ms`);
if (results.includes(false)) process.exitCode = 1;
