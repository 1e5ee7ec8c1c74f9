import type { JsonValue } from "../core/json.ts";
import type { ResourceKey } from "../core/resource/types.ts";

/** Projections of what ARM showed after our last PUT: to name drifted paths. Never in the hot path, compressed, no secrets. */
export interface Projections {
  put(key: ResourceKey, projection: JsonValue): Promise<void>;
  get(key: ResourceKey): Promise<JsonValue | undefined>;
  remove(key: ResourceKey): Promise<void>;
}

/** Where the scan of a cluster stands. */
export type Checkpoint = {
  /** kube-system uid that the checkpoint belongs to. */
  readonly uid: string;
  /** When the last full list ended, epoch ms. */
  readonly listedAt: number;
  /** `group/kind` to the collection's resourceVersion. */
  readonly versions: Readonly<Record<string, string>>;
  /** Hash of what the Namespaces say for their resources; empty when they were never read. */
  readonly namespaces: string;
  /** What the last run found wrong, for the fleet page; empty when all is well. */
  readonly problem: string;
  /** When the last run that reached the cluster ended, epoch ms. */
  readonly reachedAt: number;
};

/** A lease on the scan of one cluster. */
export type ScanLease = {
  readonly cluster: string;
  readonly epoch: number;
  readonly until: number;
};

/** Scan state per cluster: checkpoint and lease. Every lease expires. */
export interface Checkpoints {
  read(cluster: string): Promise<Checkpoint | undefined>;
  write(cluster: string, checkpoint: Checkpoint): Promise<void>;
  /** undefined when another holder's lease has not expired. */
  acquire(cluster: string, now: number, leaseMs: number): Promise<ScanLease | undefined>;
  /** undefined when the lease was lost. */
  renew(lease: ScanLease, now: number, leaseMs: number): Promise<ScanLease | undefined>;
  release(lease: ScanLease): Promise<void>;
  /** True while some holder's lease has not expired. */
  running(cluster: string, now: number): Promise<boolean>;
}
