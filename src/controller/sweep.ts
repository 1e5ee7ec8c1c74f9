import type { Log } from "../ports/log.ts";
import type { ClusterEntry } from "../ports/registry.ts";
import { dispatchDue } from "./dispatch.ts";
import type { Engine } from "./engine.ts";

/** Queues what is due in every cluster, and what a lost message or a dead worker left behind. */
export async function sweep(engine: Engine, log: Log, traceparent: string): Promise<void> {
  const entries = await engine.registry.list();
  const results = await Promise.allSettled(
    entries
      .filter((entry) => !entry.paused)
      .map((entry) => sweepCluster(engine, entry, traceparent)),
  );
  for (const result of results) {
    if (result.status === "rejected") log.error("a sweep failed", { error: String(result.reason) });
  }
}

/** What is still due after the sweep, because enough is in work, is the backlog that alerts look at. */
async function sweepCluster(
  engine: Engine,
  entry: ClusterEntry,
  traceparent: string,
): Promise<void> {
  const cluster = entry.name;
  await dispatchDue(engine, cluster, traceparent);
  await reviveScan(engine, entry, traceparent);
  const { overdue, outstanding } = await engine.ledger.backlog(cluster, engine.clock.now());
  engine.metrics.observe("aso_functions_overdue_rows", overdue, { cluster });
  engine.metrics.observe("aso_functions_outstanding_rows", outstanding, { cluster });
}

/**
 * A chain of watches that broke with its process goes on within seconds. One that broke because its cluster did not answer is left to
 * the watch timer, so that a dead cluster takes no more room than it has to.
 */
async function reviveScan(engine: Engine, entry: ClusterEntry, traceparent: string): Promise<void> {
  if (entry.scanMode !== "watch") return;
  const { checkpoints, clock, queue } = engine;
  if (await checkpoints.running(entry.name, clock.now())) return;
  const checkpoint = await checkpoints.read(entry.name);
  if (checkpoint === undefined || checkpoint.problem !== "") return;
  await queue.sendScan({ v: 1, cluster: entry.name, traceparent }, 0);
}
