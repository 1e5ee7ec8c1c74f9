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

/** How much more than the published limits is tried where ARM has never told what remains, nor answered 429. */
const untoldFactor = 10;

/** The part of a bucket that is kept for what finishes a write: else its reads are made once more after every pause. */
const reservedPart = 0.05;

/** The shared estimate at a moment. `blockedUntil` (epoch ms): ARM answered 429. `told`: ARM has told what remains, or answered 429. */
export type Bucket = {
  readonly tokens: number;
  readonly at: number;
  readonly blockedUntil: number;
  readonly told: boolean;
};

/** What an estimate starts with: the limits that ARM published, and more while ARM does not say how much remains. */
export function limitsOf(published: BucketLimits, { told }: Pick<Bucket, "told">): BucketLimits {
  if (told) return published;
  const { capacity, perSecond } = published;
  return { capacity: capacity * untoldFactor, perSecond: perSecond * untoldFactor };
}

/** Tokens that only what finishes a write may take. */
export function reserveOf({ capacity }: BucketLimits): number {
  return Math.floor(capacity * reservedPart);
}

/** A bucket that nobody has taken from; `limits` are the published ones, `now` in milliseconds since the epoch. */
export function fullBucket(limits: BucketLimits, now: number): Bucket {
  const { capacity } = limitsOf(limits, { told: false });
  return { tokens: capacity, at: now, blockedUntil: 0, told: false };
}

/** The bucket at `now`; a clock that runs behind another instance's adds nothing. */
export function refilled(bucket: Bucket, limits: BucketLimits, now: number): Bucket {
  if (now <= bucket.at) return bucket;
  const { capacity, perSecond } = limitsOf(limits, bucket);
  const gained = ((now - bucket.at) / 1000) * perSecond;
  return { ...bucket, at: now, tokens: Math.min(capacity, bucket.tokens + gained) };
}

/**
 * The bucket after ARM told what remains; undefined where the estimate is near enough. A lower figure counts as it is; of a higher one
 * only half, because requests of other instances may be on their way.
 */
export function told(bucket: Bucket, remaining: number): Bucket | undefined {
  if (!bucket.told) return { ...bucket, told: true, tokens: Math.min(bucket.tokens, remaining) };
  if (remaining < bucket.tokens * 0.8 - 1) return { ...bucket, tokens: remaining };
  if (remaining > bucket.tokens * 4 + 4) return { ...bucket, tokens: Math.floor(remaining / 2) };
  return undefined;
}

/** How many tokens an instance takes at once: few when few are left, so that all instances get some. */
export function chunkOf(tokens: number, largest: number): number {
  if (tokens < 1) return 0;
  return Math.max(1, Math.min(largest, Math.floor(tokens / 4)));
}

/** When the next token above `reserve` will be there, epoch ms; always after `now`. */
export function availableAt(
  bucket: Bucket,
  limits: BucketLimits,
  reserve: number,
  now: number,
): number {
  const missing = Math.max(1 + reserve - bucket.tokens, 0);
  const { perSecond } = limitsOf(limits, bucket);
  const refillAt = Math.max(bucket.at, now) + Math.ceil((missing / perSecond) * 1000);
  return Math.max(refillAt, bucket.blockedUntil, now + 1);
}
