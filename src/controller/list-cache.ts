import { isJsonObject, type JsonObject } from "../core/json.ts";
import type { Engine } from "./engine.ts";

type Listed = ReadonlyMap<string, JsonObject> | undefined;

/** How long a list serves the resources that come due together, in milliseconds. */
const keptMs = 30_000;
const mostLists = 64;
const mostPages = 500;

type Entry = { readonly at: number; readonly list: Promise<Listed> };
const caches = new WeakMap<Engine, Map<string, Entry>>();

/**
 * One list for all resources of a type that come due within the same half minute: the rows of one list scope are due together on
 * purpose. A list that fails, or stops in the middle, is undefined and proves nothing.
 */
export async function listResources(
  engine: Engine,
  key: string,
  readPage: (nextLink: string | undefined) => Promise<string | undefined>,
): Promise<Listed> {
  const cache = caches.get(engine) ?? new Map<string, Entry>();
  caches.set(engine, cache);
  const now = engine.clock.now();
  const kept = cache.get(key);
  if (kept !== undefined && now - kept.at < keptMs) return kept.list;
  const list = readPages(readPage);
  cache.delete(key);
  cache.set(key, { at: now, list });
  for (const oldest of cache.keys()) {
    if (cache.size <= mostLists) break;
    cache.delete(oldest);
  }
  return list;
}

async function readPages(
  readPage: (nextLink: string | undefined) => Promise<string | undefined>,
): Promise<Listed> {
  const found = new Map<string, JsonObject>();
  let next: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const text = await readPage(next);
    if (text === undefined) return undefined;
    const parsed: unknown = JSON.parse(text);
    if (!isJsonObject(parsed) || !Array.isArray(parsed["value"])) return undefined;
    for (const item of parsed["value"]) {
      if (isJsonObject(item) && typeof item["id"] === "string")
        found.set(item["id"].toLowerCase(), item);
    }
    const link = parsed["nextLink"];
    if (typeof link !== "string" || link === "") return found;
    next = link;
  }
  return undefined;
}
