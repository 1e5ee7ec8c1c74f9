import { confirmCommand } from "../core/decide/deletion-breaker.ts";
import type { Engine } from "./engine.ts";

/** What the fleet endpoint tells about one cluster. Times are ISO 8601, UTC. */
export type FleetCluster = {
  readonly name: string;
  readonly paused: boolean;
  readonly scanMode: string;
  /** When a scan last reached the cluster; absent when none ever did. */
  readonly reachedAt?: string;
  /** What the last scan found wrong. */
  readonly problem?: string;
  /** Deletions wait for a confirmation: what was about to be deleted then, and the command that lets them go on. */
  readonly deletionsPaused?: {
    readonly at: string;
    readonly deleting: number;
    readonly resources: number;
    readonly confirm: string;
  };
  readonly outstanding: number;
  readonly overdue: number;
  readonly oldestDue?: string;
  /** Number of resources by the reason of their Ready condition. */
  readonly states: Readonly<Record<string, number>>;
  /** Resources that are not in state Succeeded, at most 100. */
  readonly attention: readonly {
    readonly resource: string;
    readonly state: string;
    readonly due: string;
  }[];
};

/** The state of all clusters at one moment; `at` is RFC 3339, queues are lengths by name. */
export type Fleet = {
  readonly at: string;
  readonly queues: Readonly<Record<string, number>>;
  /** What concerns no single cluster, of the last day; the newest first. */
  readonly notices: readonly {
    readonly at: string;
    readonly about: string;
    readonly text: string;
  }[];
  readonly clusters: readonly FleetCluster[];
};

const mostAttention = 100;
/** How long a notice is told. */
const noticeMs = 86_400_000;

/** The state of everything, from the ledger alone: no cluster and no ARM is asked. */
export async function fleet(engine: Engine): Promise<Fleet> {
  const entries = await engine.registry.list();
  const clusters = await Promise.all(entries.map((entry) => clusterOf(engine, entry)));
  const now = engine.clock.now();
  const notices = await engine.notices.list(now - noticeMs);
  return {
    at: iso(now),
    queues: await engine.queue.lengths(),
    notices: notices.map((notice) => ({ ...notice, at: iso(notice.at) })),
    clusters,
  };
}

async function clusterOf(
  engine: Engine,
  entry: { readonly name: string; readonly paused: boolean; readonly scanMode: string },
): Promise<FleetCluster> {
  const now = engine.clock.now();
  const checkpoint = await engine.checkpoints.read(entry.name);
  const { pause } = await engine.deletions.read(entry.name, 0);
  const backlog = await engine.ledger.backlog(entry.name, now);
  const states: Record<string, number> = {};
  const attention: { resource: string; state: string; due: string }[] = [];
  for await (const row of engine.ledger.fleet(entry.name)) {
    const state = row.state === "" ? "New" : row.state;
    states[state] = (states[state] ?? 0) + 1;
    if (state === "Succeeded" || attention.length >= mostAttention) continue;
    const { kind, group, namespace, name } = row.key;
    attention.push({ resource: `${kind}.${group} ${namespace}/${name}`, state, due: iso(row.due) });
  }
  return {
    name: entry.name,
    paused: entry.paused,
    scanMode: entry.scanMode,
    ...(checkpoint === undefined || checkpoint.reachedAt === 0
      ? {}
      : { reachedAt: iso(checkpoint.reachedAt) }),
    ...(checkpoint === undefined || checkpoint.problem === ""
      ? {}
      : { problem: checkpoint.problem }),
    ...(pause === undefined
      ? {}
      : { deletionsPaused: { ...pause, at: iso(pause.at), confirm: confirmCommand(entry.name) } }),
    outstanding: backlog.outstanding,
    overdue: backlog.overdue,
    ...(backlog.oldestDue === undefined ? {} : { oldestDue: iso(backlog.oldestDue) }),
    states,
    attention,
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
