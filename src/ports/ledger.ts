import type { ResourceKey } from "../core/resource/types.ts";

/** Lower runs first: user edits pass dependants, operation checks and drift (design.md section 2). */
export const priorities = { edit: 0, woken: 1, operation: 2, retry: 3, sync: 4 } as const;

/** How urgent a row is; a smaller number goes first. */
export type Priority = (typeof priorities)[keyof typeof priorities];

/** What the scan knows of a resource; written by the scan only. */
export type Seen = {
  readonly uid: string;
  /** Hash over everything that makes a resource due when it changes. */
  readonly fingerprint: string;
};

/** A write to ARM that was about to start or is under way. */
export type InFlight = {
  readonly epoch: number;
  readonly generation: number;
  readonly goalHash: string;
  readonly method: "PUT" | "DELETE";
};

/** What a pass remembers between invocations; all of it can be rebuilt from the cluster and ARM. */
export type RowMemory = {
  /** uid of the resource that all this is about: another one under its name starts anew. */
  readonly uid?: string | undefined;
  /** Consecutive failed passes: the exponent of the back-off. */
  readonly attempts: number;
  /** Consecutive polls without Retry-After: the exponent of the poll interval. */
  readonly polls: number;
  readonly inFlight?: InFlight | undefined;
  readonly uncertain?: boolean | undefined;
  /** Not before this time (epoch ms) is the running operation polled. */
  readonly pollAt?: number | undefined;
  /** Goal that ARM accepted last: no PUT while the goal stays the same. `skip` after a pass that may not write. */
  readonly goalHash?: string | undefined;
  /** Goal of the PUT whose operation is running. */
  readonly pendingGoal?: string | undefined;
  readonly projectionHash?: string | undefined;
  readonly listHash?: string | undefined;
  /** The projection differs from the goal: ARM normalised values, or was read before it showed them. */
  readonly loose?: boolean | undefined;
  /** Hash of the resume token that was stored last: an edited one is not followed. */
  readonly tokenHash?: string | undefined;
  /** Generation that another operator brought to Ready, noted before a problem of ours replaces its Ready: it is compared, not sent. */
  readonly takenOver?: number | undefined;
  readonly convertVersion?: string | undefined;
  readonly armId?: string | undefined;
  /** Epoch under which `armId` is owned; undefined: it is not, or was lost, and nothing may be written. */
  readonly heldEpoch?: number | undefined;
  /** The ownership is known to be firm. */
  readonly heldFirmly?: boolean | undefined;
  readonly principal?: string | undefined;
  readonly apiVersion?: string | undefined;
  /** When ARM was last compared with the goal, epoch ms. */
  readonly verifiedAt?: number | undefined;
  /** Ready condition's reason as last written, for the fleet page. */
  readonly state?: string | undefined;
  /** The DELETE was let through or needed no leave: retries do not count again. */
  readonly deleteAdmitted?: boolean | undefined;
  /** Since when the DELETE waits for a confirmation, epoch ms. */
  readonly deletePausedAt?: number | undefined;
  /** How often this wake was poisoned. */
  readonly poisoned?: number | undefined;
};

/** The hot row of one resource, at most 1 KB. */
export type Row = {
  readonly key: ResourceKey;
  readonly seen: Seen;
  readonly dirty: boolean;
  /** On a claimed row: it was dirty when it was claimed, a change and not only time made it due. */
  readonly changed: boolean;
  readonly wake: number;
  readonly memory: RowMemory;
  /** `idle` until `due`; `queued` (a message is out) or `running` (leased) until `due`, when the sweep takes it for lost. */
  readonly state: "idle" | "queued" | "running";
  /** Epoch ms. */
  readonly due: number;
  readonly priority: Priority;
  readonly epoch: number;
  readonly links: readonly Link[];
};

/**
 * What else can make a row due. `waitsFor`: the row of another resource becomes ready or claimed.
 * `reads`: a Secret or ConfigMap whose resourceVersion (empty: absent) the last pass used.
 */
export type Link =
  | {
      readonly kind: "waitsFor";
      readonly group: string;
      readonly resource: string;
      readonly namespace: string;
      readonly name: string;
    }
  | {
      readonly kind: "reads";
      readonly object: "Secret" | "ConfigMap";
      readonly namespace: string;
      readonly name: string;
      readonly version: string;
    };

/** What a scan compares a listed object with. */
export type SeenRow = {
  readonly key: ResourceKey;
  readonly seen: Seen;
  /** `memory.armId`: the id under which the resource was claimed. */
  readonly armId?: string | undefined;
  /** Epoch ms. */
  readonly due: number;
  /** Why the row is due then: only `sync` is a rest that a shorter sync period may cut short. */
  readonly priority: Priority;
};

/** A Secret or ConfigMap that rows read, with the version each row used. */
export type ReadLink = {
  readonly object: "Secret" | "ConfigMap";
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly reader: ResourceKey;
};

/** A change the scan saw. `seen` undefined: only make the row due (a vanished object, a changed Secret). */
export type Observation = { readonly key: ResourceKey; readonly seen?: Seen | undefined };

/** A row that was just queued: send exactly this wake. */
export type Wake = { readonly key: ResourceKey; readonly uid: string; readonly wake: number };

/** Proof of holding a row. Every write with it checks the epoch and re-reads on 412, keeping `dirty` (design.md, Claims). */
export type Claim = { readonly row: Row; readonly epoch: number; readonly leaseUntil: number };

/** Whether a worker may work on a row. */
export type ClaimOutcome =
  | { readonly kind: "claimed"; readonly claim: Claim }
  /** No such row, or another wake number: drop the message. */
  | { readonly kind: "stale" }
  /** Another worker's lease has not expired. */
  | { readonly kind: "busy" };

/** How a claim ends: when and with which priority the row is due next. */
export type Release = {
  readonly memory: RowMemory;
  readonly due: number;
  readonly priority: Priority;
  readonly links: readonly Link[];
};

/** What the fleet view shows of a row; `due` in milliseconds since the epoch. */
export type FleetRow = {
  readonly key: ResourceKey;
  readonly state: string;
  readonly due: number;
  readonly armId: string;
};

/** Counts for the fleet endpoint. */
export type Backlog = {
  /** Rows queued or running. */
  readonly outstanding: number;
  /** Idle rows whose time has come. */
  readonly overdue: number;
  /** Oldest due time among them, epoch ms; undefined when there is none. */
  readonly oldestDue?: number | undefined;
};

/**
 * The backlog: one row per custom resource, ordered by priority and due time within its cluster.
 *
 * Every state change moves the row and its place in the order in one transaction. Nothing is ever lost: a row is always
 * idle with a due time, or queued/running with a time after which {@link Ledger.dispatch} takes it back.
 */
export interface Ledger {
  /** All rows of a cluster as the scan compares them. */
  seen(cluster: string): AsyncIterable<SeenRow>;
  /** Creates rows or merges `seen`, sets `dirty`, makes idle rows due now at `priority`. Never touches a lease. Batched. */
  observe(
    cluster: string,
    changes: readonly Observation[],
    priority: Priority,
    now: number,
  ): Promise<void>;
  /** Links of kind `reads` of a cluster. */
  reads(cluster: string): AsyncIterable<ReadLink>;
  /** Makes the rows that wait for a resource due now, and forgets that they wait. Returns how many. */
  wakeWaiting(target: ResourceKey, now: number): Promise<number>;
  /**
   * Queues due rows, most urgent first, while fewer than `limit` are outstanding; rows whose message or worker was lost count as due.
   * Each gets the next wake number and `lostAfterMs` to be claimed.
   */
  dispatch(
    cluster: string,
    limit: number,
    now: number,
    lostAfterMs: number,
  ): Promise<readonly Wake[]>;
  get(key: ResourceKey): Promise<Row | undefined>;
  /** Takes the row for `leaseMs`: next epoch, `dirty` cleared. */
  claim(key: ResourceKey, wake: number, now: number, leaseMs: number): Promise<ClaimOutcome>;
  /** Extends the lease; undefined when it was lost. */
  renew(claim: Claim, now: number, leaseMs: number): Promise<Claim | undefined>;
  /** Saves memory in the middle of a pass (inFlight before a write); undefined when the lease was lost. */
  save(claim: Claim, memory: RowMemory): Promise<Claim | undefined>;
  /**
   * Ends the claim. A row that became dirty is due now instead. With `nextWake` the row gets a new wake number for the
   * caller's own delayed message, and is due (as the net under that message) at `due`.
   * `lost` when another worker holds it; then the row is marked uncertain if `memory.inFlight` was set.
   */
  release(
    claim: Claim,
    release: Release,
    now: number,
    options?: { readonly nextWake?: boolean },
  ): Promise<{ readonly kind: "released"; readonly wake: number } | { readonly kind: "lost" }>;
  /** Deletes the row: its custom resource is gone. */
  remove(claim: Claim): Promise<void>;
  /** Makes a row due at `due` because its message was poisoned; counts it in `memory.poisoned`. No effect on another wake. */
  poisoned(key: ResourceKey, wake: number, due: number): Promise<Row | undefined>;
  backlog(cluster: string, now: number): Promise<Backlog>;
  /** Rows for the fleet page and for counting states. */
  fleet(cluster: string): AsyncIterable<FleetRow>;
}
