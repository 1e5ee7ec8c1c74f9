import type { AccessRule } from "../core/access/access-policy.ts";
import type { DeletionLimits } from "../core/decide/deletion-breaker.ts";
import type { ArmCredential, Cloud } from "../core/resource/credential.ts";
import type { Arm } from "../ports/arm.ts";
import type { Budget } from "../ports/budget.ts";
import type { Clock, Random, Timer } from "../ports/clock.ts";
import type { Clusters } from "../ports/cluster.ts";
import type { Deletions } from "../ports/deletions.ts";
import type { Checkpoints, Projections } from "../ports/documents.ts";
import type { Identities } from "../ports/identities.ts";
import type { Ledger } from "../ports/ledger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { Notices } from "../ports/notices.ts";
import type { Ownership } from "../ports/ownership.ts";
import type { Registry } from "../ports/registry.ts";
import type { WorkQueue } from "../ports/work-queue.ts";

/** Settings of the use cases; every duration in milliseconds. */
export type EngineSettings = {
  /** Version of this controller, written as label `last-reconciled-version`. */
  readonly version: string;
  /** DEFAULT_RECONCILE_POLICY. */
  readonly defaultPolicy: string;
  /** AZURE_SYNC_PERIOD. */
  readonly syncPeriodMs: number | "never";
  /** The app's own credential; undefined: every resource needs a namespaced one. */
  readonly globalCredential: ArmCredential | undefined;
  readonly cloud: Cloud;
  /** ALLOW_MULTI_ENV_MANAGEMENT. */
  readonly allowMultiEnv: boolean;
  /** ASO_FUNCTIONS_ARM_HOSTS: hosts besides Microsoft's clouds that credential Secrets may name; default none. */
  readonly armHosts?: readonly string[];
  /** ASO_FUNCTIONS_POLICY: what namespaces may use; undefined: everything. */
  readonly accessPolicy?: readonly AccessRule[] | undefined;
  /** Service account whose tokens prove a namespaced workload identity. */
  readonly serviceAccount: { readonly namespace: string; readonly name: string };
  /** How much of a cluster may be deleted in how much time without a confirmation. */
  readonly deletions: DeletionLimits;
  /** K of design.md section 2: queued or running rows per cluster. */
  readonly maxOutstanding: number;
  readonly leaseMs: number;
  readonly renewMs: number;
  /** After this time without a claim a queued row is queued again. */
  readonly lostAfterMs: number;
  /** Longest an invocation works, well below functionTimeout. */
  readonly deadlineMs: number;
  /** How long one scan message watches. */
  readonly scanMs: number;
  /** How often kinds without a watch, Secrets, ConfigMaps and Namespaces are read during a scan. */
  readonly pollMs: number;
  /** How often everything is listed again although watches run. */
  readonly relistMs: number;
  /** Watches that one cluster may have open. */
  readonly maxWatches: number;
};

/** Everything the use cases work with. Built once per process by src/runtime. */
export type Engine = {
  readonly settings: EngineSettings;
  readonly clusters: Clusters;
  readonly registry: Registry;
  readonly arm: Arm;
  readonly ledger: Ledger;
  readonly queue: WorkQueue;
  readonly budget: Budget;
  readonly ownership: Ownership;
  readonly deletions: Deletions;
  readonly identities: Identities;
  readonly projections: Projections;
  readonly checkpoints: Checkpoints;
  readonly notices: Notices;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly random: Random;
  readonly metrics: Metrics;
  /** Aborts when the process is asked to end: a scan then stops following and lets go of its lease. */
  readonly stopping: AbortSignal;
};
