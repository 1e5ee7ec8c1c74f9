import type { RetrySpeed } from "./types.ts";

const second = 1000;
const hour = 3600 * second;
/** Doubling stops mattering long before this exponent; beyond it numbers would overflow. */
const mostDoublings = 30;
const longestDelay = { fast: 30 * second, slow: 180 * second } as const;
const longestPoll = 60 * second;
/** How far a time by the sync period may be before or after the period's end, as a share of it. */
const jitter = 0.25;

/** Milliseconds between two comparisons with Azure. */
export type SyncPeriod = number | "never";

/**
 * Milliseconds until a failed pass is repeated (aso-semantics.md 0.2). `attempts` counts the failures in a row before this one.
 * `verySlow` follows the sync period, an hour when there is none.
 */
export function retryDelayMs(
  speed: RetrySpeed,
  attempts: number,
  options: { readonly syncPeriodMs: SyncPeriod; readonly random01: number },
): number {
  if (speed !== "verySlow")
    return Math.min(longestDelay[speed], second * 2 ** Math.min(attempts, mostDoublings));
  const period = options.syncPeriodMs === "never" ? hour : options.syncPeriodMs;
  return jittered(period, options.random01);
}

/** How often an Error is tried again although only a change is expected to help, in milliseconds. ASO gives up instead. */
export const errorDelayMs = 600 * second;

/** Milliseconds from a good pass to the next one; undefined when nothing is compared by time. */
export function syncDelayMs(syncPeriodMs: SyncPeriod, random01: number): number | undefined {
  return syncPeriodMs === "never" ? undefined : jittered(syncPeriodMs, random01);
}

function jittered(period: number, random01: number): number {
  return period * (1 - jitter + 2 * jitter * random01);
}

/** Milliseconds to the next poll of an operation without Retry-After; `polls` counts those since the last Retry-After. */
export function pollDelayMs(polls: number): number {
  return Math.min(longestPoll, second * 2 ** Math.min(polls, mostDoublings));
}

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: second,
  m: 60 * second,
  h: hour,
};

const goDuration = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;

/**
 * Reads a sync period: a Go duration such as `1h30m`, or `never`. Undefined when it is neither; empty gives one hour.
 * Zero and negative durations mean `never`, as they do in ASO for good passes (errata 11).
 */
export function parseSyncPeriod(text: string): SyncPeriod | undefined {
  if (text === "") return hour;
  if (text === "never") return "never";
  if (/^[+-]?0$/.test(text)) return "never";
  if (!goDuration.test(text)) return undefined;
  const parts = text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g);
  const total = [...parts].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (unitMs[unit ?? ""] ?? 0),
    0,
  );
  return text.startsWith("-") || total === 0 ? "never" : total;
}
