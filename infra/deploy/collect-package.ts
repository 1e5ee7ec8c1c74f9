import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { ZipEntry } from "./zip-archive.ts";

/**
 * What runs in Azure and nothing else: host.json, a package.json that names the bundle, and the bundle without source maps. There are no
 * node_modules. `dist` is the output folder of infra/build.ts. Throws when the bundle is not there.
 */
export async function collectPackage(root: string, dist: string): Promise<readonly ZipEntry[]> {
  const { name, version, main } = JSON.parse(
    await readFile(path.join(root, "package.json"), "utf8"),
  ) as Readonly<Record<string, unknown>>;
  const manifest = { name, version, private: true, type: "module", main };
  const folder = path.join(dist, "functions");
  const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((file) => file.isFile() && !file.name.endsWith(".map"))
    .map((file) => path.join(file.parentPath, file.name))
    .sort();
  const bundle = files.map(async (file) => ({
    path: ["dist", "functions", ...path.relative(folder, file).split(path.sep)].join("/"),
    content: await readFile(file),
  }));
  const entries = [
    { path: "host.json", content: await readFile(path.join(root, "host.json")) },
    {
      path: "package.json",
      content: Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`),
    },
    ...(await Promise.all(bundle)),
  ];
  if (entries.some((entry) => entry.path === main)) return entries;
  throw new Error(`${String(main)}, the main file of package.json, is not in ${folder}.`);
}
