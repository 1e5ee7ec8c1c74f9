import { annotations } from "../../core/resource/names.ts";
import { parseSyncPeriod, type SyncPeriod } from "../../core/resource/retry.ts";
import { syncDueAt } from "../../core/resource/sync-due.ts";
import type { Pass } from "./pass.ts";
import { recordEvent } from "./write-resource.ts";

/** Shorter periods than this would spend the subscription's requests on one resource, in milliseconds. */
const shortestMs = 1000;

/** When the resource is compared with ARM again; rows that one list shows are due together, so that it serves them all. */
export function verifyAt(pass: Pass): number | "never" {
  const { engine, memory } = pass;
  const subscription = /^\/subscriptions\/[^/]+/i.exec(memory.armId ?? "")?.[0] ?? "";
  const scope = `${subscription} ${pass.version?.armType ?? pass.key.kind}`;
  return syncDueAt(syncPeriodOf(pass), memory.verifiedAt ?? engine.clock.now(), scope);
}

/** The resource's own sync period, else the app's; a text that is none counts as not there. */
export function syncPeriodOf(pass: Pass): SyncPeriod {
  const own = ownPeriod(pass);
  if (own === undefined) return pass.engine.settings.syncPeriodMs;
  return own === "never" ? own : Math.max(shortestMs, own);
}

/** Tells of a period that cannot be read, once per change of the resource. */
export function announceSyncPeriod(pass: Pass): void {
  const text = stated(pass);
  if (text === "" || ownPeriod(pass) !== undefined || !pass.claimedByEdit) return;
  recordEvent(pass, {
    type: "Warning",
    reason: "InvalidSyncPeriod",
    message: `"${text}" is no sync period; that of the app applies. Use a duration such as 15m or 1h30m, or never.`,
  });
}

function ownPeriod(pass: Pass): SyncPeriod | undefined {
  const text = stated(pass);
  return text === "" ? undefined : parseSyncPeriod(text);
}

function stated(pass: Pass): string {
  return pass.resource?.metadata.annotations?.[annotations.syncPeriod] ?? "";
}
