import { groupNames } from "../../catalog/index.ts";
import { errorMessage, OperatorError } from "../../core/errors.ts";
import type { Cluster, ServedKind } from "../../ports/cluster.ts";
import type { Checkpoint } from "../../ports/documents.ts";
import type { Log } from "../../ports/log.ts";
import type { ClusterEntry } from "../../ports/registry.ts";
import type { ScanMessage } from "../../ports/work-queue.ts";
import { dispatchDue } from "../dispatch.ts";
import { restUntilDue } from "../due-soon.ts";
import type { Engine } from "../engine.ts";
import { Changes } from "./changes.ts";
import { ClusterScan, kindId } from "./cluster-scan.ts";
import { KeptScanLease, scanLeaseMs } from "./scan-lease.ts";

/** Kinds that are asked for the age of the cluster before everything is listed. */
const mostProbes = 3;

/**
 * Brings the changes of one cluster into the ledger (design.md section 2, steps 1 and 2). One scan per cluster at a time: a message
 * that does not get the lease is dropped. In `watch` mode a scan follows the cluster for a while and sends its own successor; in
 * `poll` mode it compares once.
 */
export async function scan(
  engine: Engine,
  message: ScanMessage,
  log: Log,
  traceparent: string,
): Promise<void> {
  const entry = (await engine.registry.list()).find((one) => one.name === message.cluster);
  if (entry === undefined || entry.paused) return;
  const lease = await engine.checkpoints.acquire(
    entry.name,
    engine.clock.now(),
    scanLeaseMs(engine),
  );
  if (lease === undefined) return;
  const before = await engine.checkpoints.read(entry.name);
  const kept = new KeptScanLease(engine, lease);
  const problem = await runScan({ engine, entry, log, traceparent, before, lease: kept });
  if (kept.signal.aborted) {
    await kept.release();
    log.warn("the lease of a scan was lost; the scan stops", { cluster: entry.name });
    return;
  }
  if (problem !== undefined) {
    log.warn("the scan of a cluster failed", { cluster: entry.name, problem });
    engine.metrics.count("aso_functions_scan_failures_total", { cluster: entry.name });
    const empty: Checkpoint = {
      uid: "",
      listedAt: 0,
      versions: {},
      namespaces: "",
      problem: "",
      reachedAt: 0,
    };
    await engine.checkpoints.write(entry.name, { ...(before ?? empty), problem });
  }
  await kept.release();
  if (entry.scanMode === "watch" && problem === undefined) {
    await engine.queue.sendScan({ v: 1, cluster: entry.name, traceparent }, 0);
  }
}

type Run = {
  readonly engine: Engine;
  readonly entry: ClusterEntry;
  readonly log: Log;
  readonly traceparent: string;
  readonly before: Checkpoint | undefined;
  readonly lease: KeptScanLease;
};

/** Undefined when all went well, else what to tell on the fleet page. Another cluster is never concerned. */
async function runScan(run: Run): Promise<string | undefined> {
  const { engine, entry } = run;
  const stop = new AbortController();
  const signal = AbortSignal.any([
    stop.signal,
    run.lease.signal,
    AbortSignal.timeout(engine.settings.scanMs + engine.settings.deadlineMs),
  ]);
  try {
    const cluster = await engine.clusters.get(entry.name);
    const uid = await cluster.uid(signal);
    const bound = await engine.registry.bindUid(entry.name, uid);
    if (bound.kind === "conflict") {
      return `This is the same cluster as "${bound.with}". Remove one of the two registrations.`;
    }
    const checkpoint = await scanCluster(run, cluster, uid, signal);
    if (run.lease.signal.aborted) return undefined;
    await engine.checkpoints.write(entry.name, checkpoint);
    engine.metrics.count("aso_functions_scans_total", { cluster: entry.name });
    return undefined;
  } catch (error) {
    if (error instanceof OperatorError) return `${error.code}: ${error.message}`;
    return errorMessage(error);
  } finally {
    stop.abort();
  }
}

async function scanCluster(
  run: Run,
  cluster: Cluster,
  uid: string,
  signal: AbortSignal,
): Promise<Checkpoint> {
  const { engine, entry, before } = run;
  const changes = new Changes(engine, entry.name, run.traceparent);
  const resumed = before?.uid === uid ? before : undefined;
  const state = new ClusterScan(engine, cluster, entry, changes, resumed);
  await dispatchDue(engine, entry.name, run.traceparent);
  await state.load();
  const served = new Served(cluster);
  const kinds = await served.read(signal);
  const policiesKnown = !(await state.readNamespaces(signal));
  const relist = await mustRelist(run, state, kinds, resumed, signal);
  const now = engine.clock.now();
  if (relist || !policiesKnown) await state.list(kinds, signal);
  else
    await state.list(
      kinds.filter((kind) => !state.versions.has(kindId(kind)) || !state.hasObjects(kind)),
      signal,
    );
  const listedAt = relist ? now : (resumed?.listedAt ?? now);
  await state.compareReads(signal);
  const checkpoint = (): Checkpoint => ({
    uid,
    listedAt,
    versions: Object.fromEntries(state.versions),
    namespaces: state.namespaces,
    problem: problemOf(served, state),
    reachedAt: engine.clock.now(),
  });
  // What a checkpoint says was seen is not looked for again: its rows go first.
  const write = async (): Promise<void> => {
    const seen = checkpoint();
    await changes.flushed();
    await engine.checkpoints.write(entry.name, seen);
  };
  await write();
  const problem = state.unlistable.problem();
  if (problem !== "") run.log.warn("a scan left kinds out", { cluster: entry.name, problem });
  if (entry.scanMode === "watch") await follow(run, state, changes, { served, write }, signal);
  await changes.flushed();
  return checkpoint();
}

/**
 * Everything is listed in poll mode, on the first run, after RELIST_PERIOD, and when the cluster is older than the checkpoint: a
 * restored cluster answers a watch from a future version with silence.
 */
async function mustRelist(
  run: Run,
  state: ClusterScan,
  kinds: readonly ServedKind[],
  resumed: Checkpoint | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const { engine, entry } = run;
  if (entry.scanMode === "poll" || resumed === undefined) return true;
  if (engine.clock.now() - resumed.listedAt >= engine.settings.relistMs) return true;
  const newest = Math.max(0, ...Object.values(resumed.versions).map(Number));
  for (const probe of kinds.slice(0, mostProbes)) {
    await state.list([probe], signal);
    const version = state.versions.get(kindId(probe));
    if (version !== undefined) return Number(version) < newest;
  }
  return false;
}

/** What to tell about a cluster that could be reached; empty when all is well. */
function problemOf(served: Served, state: ClusterScan): string {
  if (served.kinds.length === 0) return nothingServed;
  state.unlistable.keep(new Set(served.kinds.map(kindId)));
  return state.unlistable.problem();
}

/** The kinds of a cluster that this controller knows, as last read: CRDs come and go while a scan follows its cluster. */
class Served {
  readonly #cluster: Cluster;
  readonly #groups = new Set(groupNames());
  kinds: readonly ServedKind[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async read(signal: AbortSignal): Promise<readonly ServedKind[]> {
    const served = await this.#cluster.servedKinds(signal);
    this.kinds = served.filter(({ group }) => this.#groups.has(group));
    return this.kinds;
  }
}

/** The fast path: watches on the kinds, those with objects first, everything else read every few seconds, until the scan's time is over. */
async function follow(
  run: Run,
  state: ClusterScan,
  changes: Changes,
  { served, write }: { readonly served: Served; readonly write: () => Promise<void> },
  signal: AbortSignal,
): Promise<void> {
  const { engine } = run;
  const { settings, clock } = engine;
  const until = clock.now() + settings.scanMs;
  const stop = new AbortController();
  const watching = new Map<string, Promise<void>>();
  const failures: unknown[] = [];
  const both = AbortSignal.any([signal, stop.signal, engine.stopping]);
  const openWatches = (): void => {
    for (const kind of served.kinds.toSorted((a, b) => objectsFirst(state, a, b))) {
      const most = state.hasObjects(kind) ? settings.maxWatches : settings.maxWatches / 2;
      if (watching.size >= most) return;
      if (watching.has(kindId(kind)) || !state.versions.has(kindId(kind))) continue;
      const done = state
        .watch(kind, until, both)
        .catch((error: unknown) => {
          if (!both.aborted) failures.push(error);
          stop.abort();
        })
        // A kind that left, or refuses to be watched, is listed from now on, and watched again once that succeeds.
        .finally(() => watching.delete(kindId(kind)));
      watching.set(kindId(kind), done);
    }
  };
  openWatches();
  while (clock.now() + settings.pollMs < until && !both.aborted) {
    await rest(run, clock.now() + settings.pollMs, both);
    if (both.aborted) break;
    if (!(await run.lease.renew())) break;
    const before = problemOf(served, state);
    const kinds = await served.read(both);
    const again = await state.readNamespaces(both);
    await state.list(again ? kinds : kinds.filter((kind) => !watching.has(kindId(kind))), both);
    await state.compareReads(both);
    if (problemOf(served, state) !== before) await write();
    openWatches();
  }
  await rest(run, until, both);
  stop.abort();
  await Promise.all(watching.values());
  await changes.flushed();
  if (failures.length > 0) throw failures[0];
}

/** Kinds with objects get their watch first; what is left of half the streams serves kinds whose first object is still to come. */
function objectsFirst(state: ClusterScan, a: ServedKind, b: ServedKind): number {
  return Number(state.hasObjects(b)) - Number(state.hasObjects(a));
}

/** Rests between two readings, and queues rows the moment they fall due. */
async function rest(run: Run, until: number, signal: AbortSignal): Promise<void> {
  const { engine, entry, traceparent } = run;
  while (engine.clock.now() < until && !signal.aborted) {
    await restUntilDue(engine, entry.name, until, signal);
    if (!signal.aborted) await dispatchDue(engine, entry.name, traceparent);
  }
}

const nothingServed =
  "The cluster serves no kind of Azure. Install the CRDs of your resources: npx aso-functions crds --for FILE | kubectl apply --server-side -f -";
