import type { BucketLimits } from "./types.ts";

type OperationClass = keyof BucketLimits;

/** Azure's published limits per subscription and principal. */
export const azureLimits: BucketLimits = {
  write: { burst: 200, perSecond: 10 },
  delete: { burst: 200, perSecond: 10 },
  read: { burst: 250, perSecond: 25 },
};

/** Token buckets keyed by subscription, principal and operation class. */
export class Budgets {
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  /** Takes one token; `remaining` is what is left, `waitSeconds` the Retry-After of a refusal (0 when granted). */
  take(
    key: string,
    kind: OperationClass,
    limits: BucketLimits,
    now: number,
  ): { remaining: number; waitSeconds: number } {
    const { burst, perSecond } = limits[kind];
    const id = `${key}|${kind}`;
    const bucket = this.#buckets.get(id) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
    const granted = tokens >= 1;
    const left = granted ? tokens - 1 : tokens;
    this.#buckets.set(id, { tokens: left, at: now });
    const waitSeconds = granted ? 0 : Math.max(1, Math.ceil((1 - left) / perSecond));
    return { remaining: Math.floor(left), waitSeconds };
  }

  clear(): void {
    this.#buckets.clear();
  }
}

/** The class of a method: what ARM counts it as. */
export function operationClass(method: string): OperationClass {
  if (method === "GET" || method === "HEAD") return "read";
  return method === "DELETE" ? "delete" : "write";
}
