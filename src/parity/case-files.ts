import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { isJsonObject, type JsonObject } from "../core/json.ts";

/** A file of cases below a folder: `path` is relative to it. */
export type CaseFile = { readonly path: string; readonly read: () => Promise<JsonObject[]> };

/** Every file of JSON lines (`.jsonl`, `.jsonl.gz`) below a folder, sorted by path. */
export async function caseFiles(directory: string): Promise<CaseFile[]> {
  const names = await readdir(directory, { recursive: true });
  return names
    .filter((name) => /\.jsonl(\.gz)?$/.test(name))
    .sort()
    .map((path) => ({ path, read: () => readCases(join(directory, path)) }));
}

async function readCases(file: string): Promise<JsonObject[]> {
  const bytes = await readFile(file);
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as unknown)
    .filter(isJsonObject);
}
