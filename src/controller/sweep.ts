import type { Log } from "../ports/log.ts";
import { dispatchDue } from "./dispatch.ts";
import type { Engine } from "./engine.ts";

/** Queues what is due in every cluster, and what a lost message or a dead worker left behind. */
export async function sweep(engine: Engine, log: Log, traceparent: string): Promise<void> {
  const entries = await engine.registry.list();
  const results = await Promise.allSettled(
    entries
      .filter((entry) => !entry.paused)
      .map((entry) => dispatchDue(engine, entry.name, traceparent)),
  );
  for (const result of results) {
    if (result.status === "rejected") log.error("a sweep failed", { error: String(result.reason) });
  }
}
