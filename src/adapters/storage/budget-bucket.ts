import type { OperationClass } from "../../ports/arm.ts";

/** Size and refill of one ARM bucket. */
export type BucketLimits = { readonly capacity: number; readonly perSecond: number };

/**
 * ARM's published limits per subscription and principal (token buckets, "Understand how Azure Resource Manager throttles
 * requests"): they are where an estimate starts, not a promise.
 */
export const armLimits: Readonly<Record<OperationClass, BucketLimits>> = {
  read: { capacity: 250, perSecond: 25 },
  write: { capacity: 200, perSecond: 10 },
  delete: { capacity: 200, perSecond: 10 },
};

/** The shared estimate at a moment. `blockedUntil` (epoch ms): ARM answered 429. */
export type Bucket = {
  readonly tokens: number;
  readonly at: number;
  readonly blockedUntil: number;
};

/** A bucket that nobody has taken from; `now` in milliseconds since the epoch. */
export function fullBucket(limits: BucketLimits, now: number): Bucket {
  return { tokens: limits.capacity, at: now, blockedUntil: 0 };
}

/** The bucket at `now`; a clock that runs behind another instance's adds nothing. */
export function refilled(bucket: Bucket, limits: BucketLimits, now: number): Bucket {
  if (now <= bucket.at) return bucket;
  const gained = ((now - bucket.at) / 1000) * limits.perSecond;
  return { ...bucket, at: now, tokens: Math.min(limits.capacity, bucket.tokens + gained) };
}

/** How many tokens an instance takes at once: few when few are left, so that all instances get some. */
export function chunkOf(tokens: number, largest: number): number {
  if (tokens < 1) return 0;
  return Math.max(1, Math.min(largest, Math.floor(tokens / 4)));
}

/** When the next token will be there, epoch ms; always after `now`. */
export function availableAt(bucket: Bucket, limits: BucketLimits, now: number): number {
  const missing = Math.max(1 - bucket.tokens, 0);
  const refillAt = Math.max(bucket.at, now) + Math.ceil((missing / limits.perSecond) * 1000);
  return Math.max(refillAt, bucket.blockedUntil, now + 1);
}
