import type { ScanLease } from "../../ports/documents.ts";
import type { Engine } from "../engine.ts";

/** The lease of a scan, kept alive while it runs: a first list of many kinds takes longer than a lease. Its signal aborts when the lease is lost. */
export class KeptScanLease {
  readonly #engine: Engine;
  readonly #lost = new AbortController();
  readonly #stopTimer: () => void;
  #lease: ScanLease;
  #renewing: Promise<boolean> | undefined;

  constructor(engine: Engine, lease: ScanLease) {
    this.#engine = engine;
    this.#lease = lease;
    this.#stopTimer = engine.timer.every(engine.settings.renewMs, () => {
      this.renew().catch((error: unknown) => this.#lost.abort(error));
    });
  }

  /** Aborted: another scan may hold the cluster; write nothing more. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Renews now. False when another scan holds the cluster. */
  renew(): Promise<boolean> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  /** Ends the renewals and lets go of the lease, unless it was lost. */
  async release(): Promise<void> {
    this.#stopTimer();
    await this.#renewing;
    if (!this.signal.aborted) await this.#engine.checkpoints.release(this.#lease);
  }

  async #renew(): Promise<boolean> {
    const { checkpoints, clock } = this.#engine;
    const renewed = await checkpoints.renew(this.#lease, clock.now(), scanLeaseMs(this.#engine));
    if (renewed === undefined) this.#lost.abort();
    else this.#lease = renewed;
    return renewed !== undefined;
  }
}

/** How long a scan holds its cluster without a sign of life, in milliseconds. */
export function scanLeaseMs(engine: Engine): number {
  return engine.settings.pollMs + engine.settings.leaseMs;
}
