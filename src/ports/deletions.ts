import type {
  CountedDeletion,
  DeletionBook,
  DeletionConfirmation,
  DeletionPause,
} from "../core/decide/deletion-breaker.ts";

/** The book of a cluster's deletions as it was read. */
export type StoredBook = DeletionBook & {
  /** Names what pause and confirmation were; undefined when there never was one. */
  readonly version: string | undefined;
};

/**
 * Deletions in Azure, per cluster: what was counted of late, whether they are paused, and what an operator confirmed. Asked only when a
 * DELETE is about to be sent.
 */
export interface Deletions {
  /** The book without deletions counted before `since` (epoch ms); those are forgotten for good. */
  read(cluster: string, since: number): Promise<StoredBook>;
  /** Counts a deletion; without effect when its uid is counted already. */
  count(cluster: string, deletion: CountedDeletion): Promise<void>;
  /** Pauses the deletions. False, and nothing is changed, when another pause or confirmation came after `version` was read. */
  pause(cluster: string, pause: DeletionPause, version: string | undefined): Promise<boolean>;
  /** Ends a pause, or lets deletions through that are still to come. */
  confirm(cluster: string, confirmation: DeletionConfirmation): Promise<void>;
}
