import type { Engine } from "./engine.ts";

const running = new WeakMap<Engine, Map<string, { done: Promise<void>; again: boolean }>>();

/**
 * Queues what is due in a cluster. Calls of one process for one cluster share a run: a finished worker, a scan and the sweep that
 * come at the same time cost one look at the order, and one more if something came in meanwhile.
 */
export async function dispatchDue(
  engine: Engine,
  cluster: string,
  traceparent: string,
): Promise<void> {
  const runs = running.get(engine) ?? new Map();
  running.set(engine, runs);
  const current = runs.get(cluster);
  if (current !== undefined) {
    current.again = true;
    return current.done;
  }
  const run = { done: Promise.resolve(), again: false };
  runs.set(cluster, run);
  run.done = loop(engine, cluster, traceparent, run).finally(() => runs.delete(cluster));
  return run.done;
}

async function loop(
  engine: Engine,
  cluster: string,
  traceparent: string,
  run: { again: boolean },
): Promise<void> {
  do {
    run.again = false;
    await dispatchOnce(engine, cluster, traceparent);
  } while (run.again);
}

async function dispatchOnce(engine: Engine, cluster: string, traceparent: string): Promise<void> {
  const { settings, clock, ledger, queue } = engine;
  const wakes = await ledger.dispatch(
    cluster,
    settings.maxOutstanding,
    clock.now(),
    settings.lostAfterMs,
  );
  if (wakes.length === 0) return;
  await queue.sendReconcile(
    wakes.map(({ key, uid, wake }) => ({ v: 1 as const, ...key, uid, wake, traceparent })),
  );
}
