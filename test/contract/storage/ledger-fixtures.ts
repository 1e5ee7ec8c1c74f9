import type { ResourceKey } from "../../../src/core/resource/types.ts";
import type { Claim, Ledger, Link, Release, RowMemory } from "../../../src/ports/ledger.ts";
import { priorities } from "../../../src/ports/ledger.ts";

export const cluster = "Prod/West #1";
export const minute = 60_000;
/** The moment at which every scenario starts. */
export const start = Date.UTC(2026, 10, 20, 12);
export const leaseMs = 30_000;
export const lostAfterMs = 5 * minute;

export function key(name: string, kind = "VirtualNetwork"): ResourceKey {
  return { cluster, group: "network.azure.com", kind, namespace: "default", name };
}

export function seen(name: string, fingerprint = "f1") {
  return { key: key(name), seen: { uid: `uid-${name}`, fingerprint } };
}

export function waitsFor(name: string): Link {
  const { group, kind, namespace } = key(name);
  return { kind: "waitsFor", group, resource: kind, namespace, name };
}

export function reads(name: string, version: string): Link {
  return { kind: "reads", object: "Secret", namespace: "default", name, version };
}

export function aRelease(changes: Partial<Release> = {}): Release {
  const memory: RowMemory = { attempts: 0, polls: 0, state: "Succeeded" };
  return { memory, due: start + 60 * minute, priority: priorities.sync, links: [], ...changes };
}

/** Dispatches one round; gives the wake numbers by name, in the order in which they were queued. */
export async function dispatched(
  ledger: Ledger,
  now: number,
  limit = 64,
): Promise<Map<string, number>> {
  const wakes = await ledger.dispatch(cluster, limit, now, lostAfterMs);
  return new Map(wakes.map(({ key: { name }, wake }) => [name, wake]));
}

/** Claims a row that must be there to claim. */
export async function claimed(
  ledger: Ledger,
  name: string,
  wake: number,
  now: number,
): Promise<Claim> {
  const outcome = await ledger.claim(key(name), wake, now, leaseMs);
  if (outcome.kind !== "claimed") throw new Error(`${name} is ${outcome.kind}`);
  return outcome.claim;
}

/** A row that was observed, queued and claimed at `now`. */
export async function working(ledger: Ledger, name: string, now = start): Promise<Claim> {
  await ledger.observe(cluster, [seen(name)], priorities.edit, now);
  const wake = (await dispatched(ledger, now)).get(name);
  if (wake === undefined) throw new Error(`${name} was not queued`);
  return claimed(ledger, name, wake, now);
}

export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}
