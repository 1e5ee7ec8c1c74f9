import type { ResourceKey } from "../../core/resource/types.ts";
import { type Observation, priorities, type Seen } from "../../ports/ledger.ts";
import { dispatchDue } from "../dispatch.ts";
import type { Engine } from "../engine.ts";

/**
 * Changes of one scan on their way into the ledger. Writes are batched by themselves: what comes in while a batch is written goes
 * with the next one. A change counts as seen only after its row and its message are out.
 */
export class Changes {
  readonly #engine: Engine;
  readonly #cluster: string;
  readonly #traceparent: string;
  readonly #waiting = new Map<string, Observation>();
  #writing: Promise<void> | undefined;
  #failure: unknown;
  count = 0;

  constructor(engine: Engine, cluster: string, traceparent: string) {
    this.#engine = engine;
    this.#cluster = cluster;
    this.#traceparent = traceparent;
  }

  /** Notes that a resource changed; without `seen` only that it is due. */
  add(key: ResourceKey, seen?: Seen): void {
    this.count++;
    const id = keyText(key);
    const before = this.#waiting.get(id);
    this.#waiting.set(id, { key, seen: seen ?? before?.seen });
    this.#writing ??= this.#write();
  }

  /** Resolves when everything noted so far is in the ledger and its messages are sent. Throws what a write threw. */
  async flushed(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #write(): Promise<void> {
    try {
      await Promise.resolve();
      while (this.#waiting.size > 0) {
        const batch = [...this.#waiting.values()];
        this.#waiting.clear();
        await this.#engine.ledger.observe(
          this.#cluster,
          batch,
          priorities.edit,
          this.#engine.clock.now(),
        );
        await dispatchDue(this.#engine, this.#cluster, this.#traceparent);
      }
    } catch (error) {
      this.#failure ??= error;
    } finally {
      this.#writing = undefined;
    }
  }
}

/** A key as one text. */
export function keyText(key: ResourceKey): string {
  return `${key.group}/${key.kind}/${key.namespace}/${key.name}`;
}
