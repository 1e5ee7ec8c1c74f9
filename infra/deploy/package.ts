/**
 * Builds the function app and packs what is deployed: `node infra/deploy/package.ts [--out DIR]`. Writes DIR/app, a folder for
 * `func azure functionapp publish`, and DIR/app.zip with the same content for `az functionapp deployment source config-zip`.
 */
import { spawnSync } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { collectPackage } from "./collect-package.ts";
import { zipArchive } from "./zip-archive.ts";

const root = path.resolve(import.meta.dirname, "../..");
const { values } = parseArgs({ options: { out: { type: "string", default: "dist" } } });
const out = path.resolve(root, values.out);

const built = spawnSync(
  process.execPath,
  [path.join(root, "infra", "build.ts"), "--out", path.join(root, "dist")],
  { stdio: "inherit" },
);
if (built.status === 0) {
  const entries = await collectPackage(root, path.join(root, "dist"));
  const folder = path.join(out, "app");
  await rm(folder, { recursive: true, force: true });
  for (const entry of entries) {
    const file = path.join(folder, entry.path);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, entry.content);
  }
  const archive = zipArchive(entries);
  await writeFile(`${folder}.zip`, archive);
  console.log(
    `${path.relative(process.cwd(), folder)}.zip  ${entries.length} files, ${Math.round(archive.length / 1024)} KB`,
  );
} else {
  process.exitCode = 1;
}
