import type { OperationClass } from "../../ports/arm.ts";
import type { Budget, BudgetKey } from "../../ports/budget.ts";
import {
  armLimits,
  availableAt,
  type Bucket,
  type BucketLimits,
  chunkOf,
  fullBucket,
  limitsOf,
  refilled,
  reserveOf,
  told,
} from "./budget-bucket.ts";
import { type Entities, type Entity, numberOf, type Properties, textOf } from "./entities.ts";
import { encodePart, padTime } from "./table-keys.ts";

/** Sizes of the shared budget; limits that are left out are those that ARM publishes. */
export type TableBudgetOptions = {
  readonly limits?: Readonly<Record<OperationClass, BucketLimits>>;
  /** Tokens that an instance takes at once at most. @default 20 */
  readonly chunk?: number;
};

type Grant = { readonly granted: true } | { readonly granted: false; readonly retryAt: number };

/** What this instance holds of a bucket. */
type Share = {
  tokens: number;
  /** When the tokens lapse: what an idle instance took is not saved up for later, epoch ms. */
  lapsesAt: number;
  /** The bucket as last read or written. */
  bucket: Bucket;
  /** The latest time that a refused caller was given, epoch ms. */
  lineEndsAt: number;
  refill: Promise<void> | undefined;
  /** When a figure of ARM was last written back, epoch ms. */
  heardAt: number;
};

const shareLifeMs = 30_000;
/** How far the line may reach: the estimate may be wrong, and callers must notice. */
const longestLineMs = 60_000;
/** How often at most ARM's `remaining` is written back. */
const hearEveryMs = 1_000;
const attempts = 10;

/**
 * Token buckets in one table: partition = subscription, row = principal and operation class. Each instance takes tokens in
 * chunks and spends them from memory.
 */
export class TableBudget implements Budget {
  readonly #table: Entities;
  readonly #limits: Readonly<Record<OperationClass, BucketLimits>>;
  readonly #chunk: number;
  readonly #shares = new Map<string, Share>();

  constructor(table: Entities, options: TableBudgetOptions = {}) {
    this.#table = table;
    this.#limits = options.limits ?? armLimits;
    this.#chunk = options.chunk ?? 20;
  }

  /** Refused callers are given successive times, so that they do not all come back at once. */
  async take(key: BudgetKey, now: number, finishing = false): Promise<Grant> {
    const share = this.#share(key, now);
    const limits = this.#limits[key.operation];
    const reserve = finishing ? 0 : reserveOf(limits);
    const isOpen = share.bucket.blockedUntil <= now;
    if (isOpen && (spend(share, now) || (await this.#spendRefilled(key, share, reserve, now))))
      return { granted: true };
    return refusal(share, limits, reserve, now);
  }

  /** Callers that arrive together share one refill; each then looks once more, and one chunk may not be enough for all. */
  async #spendRefilled(
    key: BudgetKey,
    share: Share,
    reserve: number,
    now: number,
  ): Promise<boolean> {
    if (!this.#mayHaveMore(share, key, reserve, now)) return false;
    for (let round = 0; round < 4 && share.tokens < 1; round++) {
      share.refill ??= this.#refill(key, share, reserve, now).finally(() => {
        share.refill = undefined;
      });
      await share.refill;
      if (share.bucket.blockedUntil > now) return false;
      if (spend(share, now)) return true;
      if (chunkOf(share.bucket.tokens - reserve, this.#chunk) === 0) return false;
    }
    return false;
  }

  async correct(
    key: BudgetKey,
    answer: { readonly until?: number; readonly remaining?: number },
    now: number,
  ): Promise<void> {
    const share = this.#share(key, now);
    const { until, remaining } = answer;
    if (until !== undefined) {
      share.tokens = 0;
      if (until <= share.bucket.blockedUntil) return;
      await this.#update(key, share, now, (bucket) => ({
        ...bucket,
        tokens: 0,
        told: true,
        blockedUntil: Math.max(bucket.blockedUntil, until),
      }));
      return;
    }
    if (remaining !== undefined) await this.#hear(key, share, Math.max(remaining, 0), now);
  }

  /** What this instance holds itself is taken off what it passes on. */
  async #hear(key: BudgetKey, share: Share, remaining: number, now: number): Promise<void> {
    share.tokens = Math.min(share.tokens, remaining);
    const rest = Math.max(remaining - share.tokens, 0);
    const estimate = refilled(share.bucket, this.#limits[key.operation], now);
    if (told(estimate, rest) === undefined) return;
    if (estimate.told && now < share.heardAt + hearEveryMs) return;
    share.heardAt = now;
    await this.#update(key, share, now, (bucket) => told(bucket, rest));
  }

  #share(key: BudgetKey, now: number): Share {
    const name = `${key.subscription}|${key.principal}|${key.operation}`;
    let share = this.#shares.get(name);
    if (share === undefined) {
      const bucket = fullBucket(this.#limits[key.operation], now);
      share = { tokens: 0, lapsesAt: 0, bucket, lineEndsAt: 0, refill: undefined, heardAt: 0 };
      this.#shares.set(name, share);
    }
    return share;
  }

  /** False while the bucket, as last read, cannot have gained a token: asking again would cost a transaction for nothing. */
  #mayHaveMore(share: Share, key: BudgetKey, reserve: number, now: number): boolean {
    return refilled(share.bucket, this.#limits[key.operation], now).tokens >= reserve + 1;
  }

  async #refill(key: BudgetKey, share: Share, reserve: number, now: number): Promise<void> {
    let chunk = 0;
    const written = await this.#update(key, share, now, (bucket) => {
      chunk = bucket.blockedUntil > now ? 0 : chunkOf(bucket.tokens - reserve, this.#chunk);
      return chunk === 0 ? undefined : { ...bucket, tokens: bucket.tokens - chunk };
    });
    if (written && chunk > 0) {
      share.tokens += chunk;
      share.lapsesAt = now + shareLifeMs;
    }
  }

  /** Compare and swap of the shared bucket; `change` gives undefined to leave it. False when nothing was written, after many conflicts too. */
  async #update(
    key: BudgetKey,
    share: Share,
    now: number,
    change: (bucket: Bucket) => Bucket | undefined,
  ): Promise<boolean> {
    const partition = encodePart(key.subscription.toLowerCase());
    const rowKey = `${encodePart(key.principal)}|${key.operation}`;
    const limits = this.#limits[key.operation];
    for (let attempt = 0; attempt < attempts; attempt++) {
      const entity = await this.#table.get(partition, rowKey);
      const stored = entity === undefined ? fullBucket(limits, now) : toBucket(entity);
      const bucket = refilled(stored, limits, now);
      const next = change(bucket);
      share.bucket = next ?? bucket;
      if (next === undefined) return false;
      const properties = toProperties(next);
      const answer = await this.#table.write(partition, [
        entity === undefined
          ? { kind: "insert", rowKey, properties }
          : { kind: "merge", rowKey, properties, etag: entity.etag },
      ]);
      if (answer.kind === "written") return true;
    }
    return false;
  }
}

function spend(share: Share, now: number): boolean {
  if (now >= share.lapsesAt) share.tokens = 0;
  if (share.tokens < 1) return false;
  share.tokens -= 1;
  return true;
}

/** Callers line up at the pace of the refill; where the line would be too long, it starts again from its head. */
function refusal(share: Share, limits: BucketLimits, reserve: number, now: number): Grant {
  const bucket = refilled(share.bucket, limits, now);
  const head = availableAt(bucket, limits, reserve, now);
  const tail = share.lineEndsAt + Math.ceil(1000 / limitsOf(limits, bucket).perSecond);
  const retryAt = tail > head + longestLineMs ? head : Math.max(head, tail);
  share.lineEndsAt = retryAt;
  return { granted: false, retryAt };
}

function toBucket(entity: Entity): Bucket {
  return {
    tokens: Number(textOf(entity, "tokens") || 0),
    at: numberOf(entity, "at"),
    blockedUntil: numberOf(entity, "blockedUntil"),
    told: entity.properties["told"] === true,
  };
}

function toProperties(bucket: Bucket): Properties {
  return {
    tokens: bucket.tokens.toFixed(3),
    at: padTime(bucket.at),
    blockedUntil: padTime(bucket.blockedUntil),
    told: bucket.told,
  };
}
