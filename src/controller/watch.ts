import type { Log } from "../ports/log.ts";
import type { Engine } from "./engine.ts";

/** Starts the scan of every registered cluster whose scan is not running. A slow cluster never delays another: this only sends. */
export async function watch(engine: Engine, log: Log, traceparent: string): Promise<void> {
  const now = engine.clock.now();
  for (const entry of await engine.registry.list()) {
    if (entry.paused || (await engine.checkpoints.running(entry.name, now))) continue;
    await engine.queue.sendScan({ v: 1, cluster: entry.name, traceparent }, 0);
    log.debug("a scan is started", { cluster: entry.name });
  }
}
