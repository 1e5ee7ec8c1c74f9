import { syncDueAt } from "../../core/resource/sync-due.ts";
import type { Pass } from "./pass.ts";

/** When the resource is compared with ARM again; rows that one list shows are due together, so that it serves them all. */
export function verifyAt(pass: Pass): number | "never" {
  const { engine, memory } = pass;
  const subscription = /^\/subscriptions\/[^/]+/i.exec(memory.armId ?? "")?.[0] ?? "";
  const scope = `${subscription} ${pass.version?.armType ?? pass.key.kind}`;
  return syncDueAt(engine.settings.syncPeriodMs, memory.verifiedAt ?? engine.clock.now(), scope);
}
