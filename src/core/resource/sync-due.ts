import { sha256Hex } from "../hash.ts";

/**
 * When a resource that was compared with ARM at `verifiedAt` is compared again (epoch ms). Resources of one `scope` (what one list
 * shows) come due together, scopes are spread evenly over the period: between a quarter and five quarters of the period
 * after the first comparison, exactly one period after each further one. `never`: not by time.
 */
export function syncDueAt(
  syncPeriodMs: number | "never",
  verifiedAt: number,
  scope: string,
): number | "never" {
  if (syncPeriodMs === "never" || syncPeriodMs <= 0) return "never";
  const offset = Number.parseInt(sha256Hex(scope).slice(0, 8), 16) % syncPeriodMs;
  const earliest = verifiedAt + syncPeriodMs / 4;
  return Math.ceil((earliest - offset) / syncPeriodMs) * syncPeriodMs + offset;
}
