import { armIdKey } from "../core/arm/arm-id.ts";
import type { Engine } from "./engine.ts";

/** How long the rows of a cluster serve deletions that come together, in milliseconds: reading them all is a request per thousand. */
const keptMs = 30_000;

type Entry = { readonly at: number; readonly ids: Promise<readonly string[]> };
const caches = new WeakMap<Engine, Map<string, Entry>>();

/** The ARM id of every row of a cluster as {@link armIdKey}, empty for one without; up to half a minute old. */
export function managedIds(engine: Engine, cluster: string): Promise<readonly string[]> {
  const cache = caches.get(engine) ?? new Map<string, Entry>();
  caches.set(engine, cache);
  const now = engine.clock.now();
  const kept = cache.get(cluster);
  if (kept !== undefined && now - kept.at < keptMs) return kept.ids;
  const ids = readIds(engine, cluster);
  cache.set(cluster, { at: now, ids });
  ids.catch(() => cache.delete(cluster));
  return ids;
}

async function readIds(engine: Engine, cluster: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const row of engine.ledger.fleet(cluster)) ids.push(armIdKey(row.armId));
  return ids;
}
