import { errorMessage } from "../core/errors.ts";
import { fromProblem } from "../core/resource/conditions.ts";
import { retryDelayMs } from "../core/resource/retry.ts";
import type { Row } from "../ports/ledger.ts";
import type { Log } from "../ports/log.ts";
import type { WakeMessage } from "../ports/work-queue.ts";
import type { Engine } from "./engine.ts";
import { replaceReady } from "./replace-ready.ts";

/** A crash of a process dead-letters innocents: only the second poisoning of the same wake is told on the resource. */
const toldAfter = 2;

/**
 * A message that failed too often: its row comes back with back-off, and nothing is lost. Catches everything, because a message in a
 * poison queue has no further poison queue.
 */
export async function poison(engine: Engine, message: WakeMessage, log: Log): Promise<void> {
  try {
    const { cluster, group, kind, namespace, name, wake } = message;
    const key = { cluster, group, kind, namespace, name };
    const { syncPeriodMs } = engine.settings;
    const delay = retryDelayMs("slow", 4, { syncPeriodMs, random01: engine.random.next() });
    const row = await engine.ledger.poisoned(key, wake, engine.clock.now() + delay);
    log.error("a message was poisoned", { cluster, kind, namespace, name, wake });
    engine.metrics.count("aso_functions_poisoned_total", { cluster });
    if ((row?.memory.poisoned ?? 0) >= toldAfter && row !== undefined) await tell(engine, row);
  } catch (error) {
    log.error("a poisoned message could not be handled; the sweep brings its row back", {
      error: errorMessage(error),
    });
  }
}

/** A message that is none of ours: it is told where whoever runs the app looks, and dropped. What it says is repeated nowhere. */
export async function poisonForeign(
  engine: Engine,
  queue: string,
  problem: string,
  log: Log,
): Promise<void> {
  log.error("a poisoned message is dropped", { queue, error: problem });
  engine.metrics.count("aso_functions_poisoned_total", { cluster: "" });
  try {
    const about = `queue ${queue}`;
    await engine.notices.put({ about, text: `${problem} It was dropped.`, at: engine.clock.now() });
  } catch (error) {
    log.error("a notice could not be stored", { error: errorMessage(error) });
  }
}

async function tell(engine: Engine, row: Row): Promise<void> {
  const cluster = await engine.clusters.get(row.key.cluster);
  const signal = AbortSignal.timeout(engine.settings.leaseMs);
  await replaceReady(engine, cluster, row.key, signal, (resource) =>
    fromProblem(
      {
        reason: "Failed",
        severity: "Warning",
        retry: "slow",
        message:
          "The controller failed on this resource again and again without an answer. It goes on trying; look for its errors in Application Insights.",
      },
      resource.metadata.generation ?? 0,
    ),
  );
}
