import type {
  Entities,
  Entity,
  EntityPage,
  KeyRange,
  Operation,
  PageOptions,
  Written,
} from "../../../src/adapters/storage/entities.ts";

/** What a process sees of storage when it dies: nothing more after that call. */
export class Crash extends Error {}

/**
 * A table whose process dies at its `at`-th call (from 0): before the service gets it, or after the service did it but before the
 * answer arrives. Every later call fails too.
 */
export class CrashingTable implements Entities {
  readonly #table: Entities;
  readonly #at: number;
  readonly #when: "before" | "after";
  calls = 0;

  constructor(table: Entities, at: number, when: "before" | "after") {
    this.#table = table;
    this.#at = at;
    this.#when = when;
  }

  get(partition: string, rowKey: string, select?: readonly string[]): Promise<Entity | undefined> {
    return this.#call(() => this.#table.get(partition, rowKey, select));
  }

  page(partition: string, range: KeyRange, options?: PageOptions): Promise<EntityPage> {
    return this.#call(() => this.#table.page(partition, range, options));
  }

  write(partition: string, operations: readonly Operation[]): Promise<Written> {
    return this.#call(() => this.#table.write(partition, operations));
  }

  async #call<Result>(work: () => Promise<Result>): Promise<Result> {
    const call = this.calls++;
    if (call > this.#at || (call === this.#at && this.#when === "before")) throw new Crash();
    const result = await work();
    if (call === this.#at) throw new Crash();
    return result;
  }
}

/**
 * A table whose answers to writes get lost at random, whereupon the client sends them again: what the SDK's retry policy does.
 * The second write then meets the first one's result.
 */
export class RetryingTable implements Entities {
  readonly #table: Entities;
  readonly #loses: () => boolean;

  constructor(table: Entities, loses: () => boolean) {
    this.#table = table;
    this.#loses = loses;
  }

  get(partition: string, rowKey: string, select?: readonly string[]): Promise<Entity | undefined> {
    return this.#table.get(partition, rowKey, select);
  }

  page(partition: string, range: KeyRange, options?: PageOptions): Promise<EntityPage> {
    return this.#table.page(partition, range, options);
  }

  async write(partition: string, operations: readonly Operation[]): Promise<Written> {
    if (this.#loses()) await this.#table.write(partition, operations);
    return this.#table.write(partition, operations);
  }
}
