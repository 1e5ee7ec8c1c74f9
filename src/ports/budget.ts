import type { OperationClass } from "./arm.ts";

/** One ARM throttling bucket. */
export type BudgetKey = {
  readonly subscription: string;
  readonly principal: string;
  readonly operation: OperationClass;
};

/**
 * The shared budget of ARM requests: tokens are handed to instances in chunks, so that many instances draw from one bucket
 * with few storage transactions. A budget is an estimate; ARM's own answers correct it.
 */
export interface Budget {
  /**
   * `granted`, or when (epoch ms) to try again. Never waits. `finishing`: the request ends what a granted one began, and may take what
   * is kept back for that.
   */
  take(
    key: BudgetKey,
    now: number,
    finishing?: boolean,
  ): Promise<{ readonly granted: true } | { readonly granted: false; readonly retryAt: number }>;
  /** ARM said 429 (blocked until `until`, epoch ms) or told the remaining number of requests. */
  correct(
    key: BudgetKey,
    told: { readonly until?: number; readonly remaining?: number },
    now: number,
  ): Promise<void>;
}
