import type { ResourceKey } from "../core/resource/types.ts";
import { priorities } from "../ports/ledger.ts";
import { dispatchDue } from "./dispatch.ts";
import type { Engine } from "./engine.ts";

/** Makes rows of any clusters due and queues them. Those of a paused cluster are queued when it is resumed. */
export async function makeDueNow(engine: Engine, keys: readonly ResourceKey[]): Promise<void> {
  const entries = await engine.registry.list();
  for (const [cluster, rows] of byCluster(keys)) {
    const changes = rows.map((key) => ({ key }));
    await engine.ledger.observe(cluster, changes, priorities.woken, engine.clock.now());
    const works = entries.some(({ name, paused }) => name === cluster && !paused);
    if (works) await dispatchDue(engine, cluster, "");
  }
}

function byCluster(keys: readonly ResourceKey[]): ReadonlyMap<string, readonly ResourceKey[]> {
  const clusters = new Map<string, ResourceKey[]>();
  for (const { cluster, group, kind, namespace, name } of keys) {
    const rows = clusters.get(cluster) ?? [];
    rows.push({ cluster, group, kind, namespace, name });
    clusters.set(cluster, rows);
  }
  return clusters;
}
