import type { ResourceKey } from "../core/resource/types.ts";

/** Who manages an ARM resource: a custom resource of one cluster. */
export type Holder = ResourceKey & { readonly uid: string };

/** What is known of an ARM id that somebody holds. Times are epoch ms, 0 when there is none. */
export type Owned = {
  readonly armId: string;
  readonly holder: Holder;
  /** Raised whenever the id changes hands: what was begun under another one may not be written any more. */
  readonly epoch: number;
  /** ARM answered the holder's credential, or the id was moved to it: it keeps the id until it lets go, is gone, or an operator moves it. */
  readonly isFirm: boolean;
  /** When the holder got it. */
  readonly since: number;
  /** Until then a write of a former holder may be under way: nobody else may write. */
  readonly fencedUntil: number;
  /** Who asked for it in the last hour and did not get it. */
  readonly waiting: readonly Holder[];
};

/** A permission to write to ARM, `until` then. `before`: when one that was not given back ends. Epoch ms; `version` is the storage's own. */
export type Permit = {
  readonly epoch: number;
  readonly until: number;
  readonly before: number;
  readonly version: string;
};

/** `free`: nobody held the id, and the claim is a permission to write as well. `held`: it is the claimer's. */
export type Claimed =
  | { readonly kind: "free"; readonly permit: Permit }
  | { readonly kind: "held"; readonly owned: Owned }
  | { readonly kind: "other"; readonly owned: Owned };

/** `lost`: the id is another's, or was in between. */
export type Permitted =
  | { readonly kind: "permitted"; readonly permit: Permit }
  | { readonly kind: "fenced"; readonly until: number }
  | { readonly kind: "lost" };

/** When something is asked for, and for how long a permission to write that follows from it lasts, in milliseconds. */
export type Term = { readonly now: number; readonly writeMs: number };

/**
 * Which custom resource owns which ARM id, across all clusters: exactly one at every moment. The first claimer keeps it, until it lets
 * go or the id is moved. ARM ids compare without regard to case and trailing slashes.
 *
 * A write to ARM needs a permission. It lasts for `writeMs` whatever happens: a worker may not have a write under way for longer, and
 * after a move the new holder gets none before the last one of its predecessors is over or was settled. A worker that woke up late gets none at
 * all. Workers of the same holder are kept apart by the ledger.
 */
export interface Ownership {
  /** Undefined: nobody holds it. */
  get(armId: string): Promise<Owned | undefined>;
  /**
   * Takes the id for `claimer`; idempotent. A new uid of the holder's key takes over, under the next epoch. `other`: somebody else
   * holds it, and `claimer` is noted as waiting.
   */
  claim(armId: string, claimer: Holder, term: Term): Promise<Claimed>;
  /** Permits the holder of that epoch one write. */
  permit(armId: string, holder: Holder, epoch: number, term: Term): Promise<Permitted>;
  /**
   * Gives a permission back: the write was answered, or never sent. `isFirm`: ARM accepted the credential. With an epoch alone the claim
   * is only made firm. No effect when the id has moved on.
   */
  settle(
    armId: string,
    holder: Holder,
    permit: Permit | { readonly epoch: number },
    isFirm: boolean,
  ): Promise<void>;
  /** Moves the id, firmly, under the next epoch. False when it is not any more as `from` says: look again. */
  move(armId: string, from: Owned, to: Holder, now: number): Promise<boolean>;
  /**
   * Lets go of the id if `holder` has it, and returns who waits for it; otherwise does nothing. Whoever claims it before the holder's last
   * permission is over gets it under the next epoch, and fenced.
   */
  release(armId: string, holder: Holder, now: number): Promise<readonly Holder[]>;
}
