import { isJsonObject, type JsonObject } from "../core/json.ts";
import type { Engine } from "./engine.ts";

type Listed = ReadonlyMap<string, JsonObject> | undefined;

/** How long a list serves the resources that come due together, in milliseconds. */
const keptMs = 30_000;
const mostLists = 64;
const mostPages = 500;
/** Lists of others that a caller waits for in vain before it does without one. */
const mostShared = 2;

type Entry = { readonly at: number; readonly list: Promise<Listed> };
const caches = new WeakMap<Engine, Map<string, Entry>>();

/**
 * One list for all resources of a type that come due within the same half minute: the rows of one list scope are due together on
 * purpose. A list that fails, or stops in the middle, is undefined, proves nothing and is not kept. Who shared another's list that
 * failed reads it once more: the other's time may have been over. Throws only what the caller's own `readPage` threw.
 */
export async function listResources(
  engine: Engine,
  key: string,
  readPage: (nextLink: string | undefined) => Promise<string | undefined>,
): Promise<Listed> {
  const cache = caches.get(engine) ?? new Map<string, Entry>();
  caches.set(engine, cache);
  let shared = 0;
  for (; shared < mostShared; shared++) {
    const kept = cache.get(key);
    if (kept === undefined || engine.clock.now() - kept.at >= keptMs) break;
    const list = await settled(kept.list);
    if (list !== undefined) return list;
  }
  return shared < mostShared ? readAndKeep(cache, key, engine.clock.now(), readPage) : undefined;
}

/** Undefined instead of another caller's error: that one deals with it. */
function settled(list: Promise<Listed>): Promise<Listed> {
  return list.catch(() => undefined);
}

async function readAndKeep(
  cache: Map<string, Entry>,
  key: string,
  at: number,
  readPage: (nextLink: string | undefined) => Promise<string | undefined>,
): Promise<Listed> {
  const entry = { at, list: readPages(readPage) };
  cache.delete(key);
  cache.set(key, entry);
  for (const oldest of cache.keys()) {
    if (cache.size <= mostLists) break;
    cache.delete(oldest);
  }
  let list: Listed;
  try {
    list = await entry.list;
    return list;
  } finally {
    if (list === undefined && cache.get(key) === entry) cache.delete(key);
  }
}

async function readPages(
  readPage: (nextLink: string | undefined) => Promise<string | undefined>,
): Promise<Listed> {
  const found = new Map<string, JsonObject>();
  let next: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const text = await readPage(next);
    if (text === undefined) return undefined;
    const parsed = parseJson(text);
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

/** Undefined for a text that is no JSON: a proxy's error page, or an answer that broke off. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
