import type { Engine } from "./engine.ts";

/** A row of another process falls due unheard: so often a resting scan looks for it, in milliseconds. */
const lookEveryMs = 1000;
/** How far ahead a time is worth noting: beyond it rows are retries for which a second does not matter. */
const aheadMs = 30_000;
/** Times that are kept for one cluster; more than are due at once need no exactness. */
const mostTimes = 64;
/** A timer may ring a moment before its time; the row is due only then. */
const graceMs = 2;

type Soon = { times: number[]; earlier: AbortController };
const noted = new WeakMap<Engine, Map<string, Soon>>();

/** Notes that a row of a cluster falls due at `due` (epoch ms), for the scan that rests in this process. */
export function noteDue(engine: Engine, cluster: string, due: number): void {
  const soon = soonOf(engine, cluster);
  if (due > engine.clock.now() + aheadMs || soon.times.length >= mostTimes) return;
  const earliest = Math.min(...soon.times);
  soon.times.push(due);
  if (due < earliest) soon.earlier.abort();
}

/** Rests until a noted row falls due, for a second at most, and not beyond `until` (epoch ms). */
export async function restUntilDue(
  engine: Engine,
  cluster: string,
  until: number,
  signal: AbortSignal,
): Promise<void> {
  const { clock, timer } = engine;
  const soon = soonOf(engine, cluster);
  const started = clock.now();
  const wake = (): number =>
    Math.min(until, started + lookEveryMs, Math.min(...soon.times) + graceMs);
  while (clock.now() < wake() && !signal.aborted) {
    soon.earlier = new AbortController();
    const both = AbortSignal.any([signal, soon.earlier.signal]);
    await timer.sleep(wake() - clock.now(), both);
  }
  soon.times = soon.times.filter((time) => time > clock.now());
}

function soonOf(engine: Engine, cluster: string): Soon {
  const clusters = noted.get(engine) ?? new Map<string, Soon>();
  noted.set(engine, clusters);
  const soon = clusters.get(cluster) ?? { times: [], earlier: new AbortController() };
  clusters.set(cluster, soon);
  return soon;
}
