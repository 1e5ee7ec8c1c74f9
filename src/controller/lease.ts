import { OperatorError } from "../core/errors.ts";
import type { Claim, RowMemory } from "../ports/ledger.ts";
import type { Engine } from "./engine.ts";

/**
 * A claim that is kept alive while a pass runs. Its signal aborts as soon as a renewal fails or the deadline passes: a write that
 * is under way is then given up, and its outcome is found by a GET later.
 */
export class Lease {
  readonly #engine: Engine;
  readonly #abort = new AbortController();
  readonly #stopTimer: () => void;
  #claim: Claim;
  #renewing: Promise<boolean> | undefined;

  constructor(engine: Engine, claim: Claim) {
    this.#engine = engine;
    this.#claim = claim;
    this.#stopTimer = engine.timer.every(engine.settings.renewMs, () => {
      this.fresh().catch((error: unknown) => this.#abort.abort(error));
    });
  }

  get claim(): Claim {
    return this.#claim;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Renews now. False when another worker holds the row: stop. Call before every write to ARM. */
  async fresh(): Promise<boolean> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  /** Saves the row's memory under the claim. Throws `LeaseLost` when another worker holds it. */
  async save(memory: RowMemory): Promise<void> {
    await this.#renewing;
    const saved = await this.#engine.ledger.save(this.#claim, memory);
    if (saved === undefined) throw this.#lost();
    this.#claim = saved;
  }

  /** Ends the renewals; the claim itself is released or expires. */
  async stop(): Promise<void> {
    this.#stopTimer();
    await this.#renewing;
  }

  /** Renews if the lease has less than two thirds left; throws `LeaseLost` when it is gone. */
  async ensure(): Promise<void> {
    const left = this.#claim.leaseUntil - this.#engine.clock.now();
    if (left * 3 >= this.#engine.settings.leaseMs * 2) return;
    if (!(await this.fresh())) throw this.#lost();
  }

  async #renew(): Promise<boolean> {
    const renewed = await this.#engine.ledger.renew(
      this.#claim,
      this.#engine.clock.now(),
      this.#engine.settings.leaseMs,
    );
    if (renewed === undefined) {
      this.#abort.abort(this.#lost());
      return false;
    }
    this.#claim = renewed;
    return true;
  }

  #lost(): OperatorError {
    const { key } = this.#claim.row;
    return new OperatorError(
      "LeaseLost",
      `${key.kind} ${key.namespace}/${key.name} is held by another worker`,
      {
        cluster: key.cluster,
        epoch: this.#claim.epoch,
      },
    );
  }
}
