import type { Log } from "../ports/log.ts";
import { dispatchDue } from "./dispatch.ts";
import type { Engine } from "./engine.ts";

/** Queues what is due in every cluster, and what a lost message or a dead worker left behind. */
export async function sweep(engine: Engine, log: Log, traceparent: string): Promise<void> {
  const entries = await engine.registry.list();
  const results = await Promise.allSettled(
    entries
      .filter((entry) => !entry.paused)
      .map(({ name }) => sweepCluster(engine, name, traceparent)),
  );
  for (const result of results) {
    if (result.status === "rejected") log.error("a sweep failed", { error: String(result.reason) });
  }
}

/** What is still due after the sweep, because enough is in work, is the backlog that alerts look at. */
async function sweepCluster(engine: Engine, cluster: string, traceparent: string): Promise<void> {
  await dispatchDue(engine, cluster, traceparent);
  const { overdue, outstanding } = await engine.ledger.backlog(cluster, engine.clock.now());
  engine.metrics.observe("aso_functions_overdue_rows", overdue, { cluster });
  engine.metrics.observe("aso_functions_outstanding_rows", outstanding, { cluster });
}
