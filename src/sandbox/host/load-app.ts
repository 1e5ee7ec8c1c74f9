import { glob, readFile } from "node:fs/promises";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { OperatorError } from "../../core/errors.ts";
import { isJsonObject } from "../../core/json.ts";
import type { Registry } from "./core-api.ts";

/**
 * Loads the app as the worker does: every file that `main` of package.json matches, then the `appStart` hooks, then the
 * library's capabilities; after that nothing can be registered. Returns how long the import took, in milliseconds.
 * Throws OperatorError `ConfigInvalid` when `main` matches nothing.
 */
export async function loadApp(root: string, registry: Registry): Promise<number> {
  const main = await readMain(root);
  const started = performance.now();
  let files = 0;
  for await (const file of glob(main, { cwd: root })) {
    await import(pathToFileURL(path.join(root, file)).href);
    files += 1;
  }
  const importMs = performance.now() - started;
  if (files === 0) {
    throw new OperatorError(
      "ConfigInvalid",
      `No file matches "${main}", the main of package.json: build the app first.`,
    );
  }
  await registry.runHooks("appStart", {
    hookData: registry.appHookData,
    appHookData: registry.appHookData,
  });
  await registry.model().getCapabilities?.({});
  registry.freeze();
  return importMs;
}

async function readMain(root: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(path.join(root, "package.json"), "utf8"));
  const main = isJsonObject(manifest) ? manifest["main"] : undefined;
  if (typeof main === "string" && main !== "") return main;
  throw new OperatorError("ConfigInvalid", 'package.json has no "main" that names the functions.');
}
