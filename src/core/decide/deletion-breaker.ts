import { annotations } from "../resource/names.ts";
import type { Problem } from "../resource/types.ts";

/** When the deletions of a cluster pause: either limit may be switched off. */
export type DeletionLimits = {
  /** So many resources may be deleted within the window. */
  readonly max: number | "never";
  /** So much of a cluster's resources may, in percent; the first 20 always may. */
  readonly percent: number | "never";
  readonly windowMs: number;
};

/** A DELETE that counts: it was let through, or was the one too many. */
export type CountedDeletion = {
  /** uid of the custom resource: however often it retries, it counts once. */
  readonly uid: string;
  /** As `armIdKey` of core/arm gives it. */
  readonly armId: string;
  /** Resources that Azure deletes with it: itself and all below it, as far as the cluster manages them. */
  readonly resources: number;
  /** Epoch ms. */
  readonly at: number;
};

/** Deletions of a cluster are paused; the figures are those of the moment, `at` in epoch ms. */
export type DeletionPause = {
  readonly at: number;
  /** Resources that would have been deleted within the window. */
  readonly deleting: number;
  /** Resources that the cluster had. */
  readonly resources: number;
};

/** An operator's word: whatever waited at `at`, and whatever begins until `until`, may go. Epoch ms. */
export type DeletionConfirmation = { readonly at: number; readonly until: number };

/** What is known of the deletions of one cluster. */
export type DeletionBook = {
  readonly pause?: DeletionPause | undefined;
  readonly confirmation?: DeletionConfirmation | undefined;
  /** Those within the window. */
  readonly counted: readonly CountedDeletion[];
};

/** A cluster of so few resources is torn down without a word, whatever share of it that is. */
const percentFloor = 20;

/** Whether nothing is counted at all. */
export function isBreakerOff({ max, percent }: DeletionLimits): boolean {
  return max === "never" && percent === "never";
}

/**
 * Where a deletion stands before it is counted. A pause ends by a confirmation only: time alone lets nothing through. `waitsSince` (epoch
 * ms): when it was paused itself.
 */
export function standingOf(
  { pause, confirmation }: DeletionBook,
  waitsSince: number | undefined,
  now: number,
): "confirmed" | "paused" | "counts" {
  const isConfirmed =
    confirmation !== undefined &&
    (now < confirmation.until || (waitsSince !== undefined && waitsSince <= confirmation.at));
  if (isConfirmed) return "confirmed";
  return pause === undefined ? "counts" : "paused";
}

/**
 * Resources that a DELETE of `armId` takes with it. `managed`: the ARM ids of all rows of the cluster; all ids as `armIdKey` gives them. What was
 * counted already and lies below it is part of the sum, although its row may be gone; below a counted one it is 0.
 */
export function resourcesTaken(
  armId: string,
  counted: readonly CountedDeletion[],
  managed: readonly string[],
): number {
  const tops = topmost(counted);
  if (tops.some((one) => isWithin(armId, one.armId))) return 0;
  const inside = tops.filter((one) => isWithin(one.armId, armId));
  const others = managed.filter(
    (id) => isWithin(id, armId) && !inside.some((one) => isWithin(id, one.armId)),
  );
  return Math.max(1, others.length + sum(inside));
}

/** The pause that the counted deletions make necessary; undefined when they are within the limits. */
export function pauseFor(
  counted: readonly CountedDeletion[],
  managed: readonly string[],
  { max, percent }: DeletionLimits,
  now: number,
): DeletionPause | undefined {
  const tops = topmost(counted);
  const deleting = sum(tops);
  const others = managed.filter((id) => !tops.some((one) => isWithin(id, one.armId)));
  const resources = others.length + deleting;
  const isTooMany = max !== "never" && deleting > max;
  const isTooMuch =
    percent !== "never" && deleting > percentFloor && deleting * 100 > resources * percent;
  return isTooMany || isTooMuch ? { at: now, deleting, resources } : undefined;
}

/** What a resource shows while its deletion waits. Its words stay the same until the pause ends. */
export function deletionPaused(
  cluster: string,
  { at, deleting, resources }: DeletionPause,
  { windowMs }: DeletionLimits,
): Problem {
  const since = `${new Date(at).toISOString().slice(0, 19)}Z`;
  return {
    reason: "DeletionPaused",
    severity: "Warning",
    retry: "verySlow",
    message: `Deletions of cluster "${cluster}" are paused since ${since}: ${deleting} of its ${resources} resources were to be deleted in Azure within ${windowMs / 60_000} minutes. Nothing was sent for this one. If that is meant, run: ${confirmCommand(cluster)}. If not, set ${annotations.reconcilePolicy}: detach-on-delete on the resources or their Namespace to let go of them without deleting them in Azure.`,
  };
}

/** The command that ends a pause. */
export function confirmCommand(cluster: string): string {
  return `aso-functions deletions confirm ${cluster}`;
}

/** Without those that lie below another one. */
function topmost(counted: readonly CountedDeletion[]): readonly CountedDeletion[] {
  return counted.filter(
    (one, index) =>
      !counted.some(
        (other, at) =>
          at !== index &&
          isWithin(one.armId, other.armId) &&
          (at < index || !isWithin(other.armId, one.armId)),
      ),
  );
}

function isWithin(armId: string, ancestor: string): boolean {
  if (!armId.startsWith(ancestor)) return false;
  return armId.length === ancestor.length || armId[ancestor.length] === "/";
}

function sum(counted: readonly CountedDeletion[]): number {
  return counted.reduce((total, one) => total + one.resources, 0);
}
