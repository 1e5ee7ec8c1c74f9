import type {
  Entities,
  Entity,
  EntityPage,
  KeyRange,
  Operation,
  PageOptions,
  Properties,
  Written,
} from "../../src/adapters/storage/entities.ts";
import { maxOperations } from "../../src/adapters/storage/entities.ts";

type Stored = { readonly properties: Properties; readonly etag: string };

/** Requests so far, as the real table would have counted them. */
export type TableCounts = { gets: number; pages: number; writes: number; operations: number };

/**
 * A table in memory with the Table service's conditions: ETags, conditional writes, all-or-nothing transactions, pages in key order.
 * Every call lets other work run first, so that callers interleave as they would over a network.
 */
export class InMemoryTable implements Entities {
  readonly #partitions = new Map<string, Map<string, Stored>>();
  readonly counts: TableCounts = { gets: 0, pages: 0, writes: 0, operations: 0 };
  #version = 0;

  /** Requests of all sorts. */
  get requests(): number {
    return this.counts.gets + this.counts.pages + this.counts.writes;
  }

  /** Row keys of a partition that start with `prefix`, in order. */
  keys(partition: string, prefix = ""): string[] {
    const keys = [...(this.#partitions.get(partition)?.keys() ?? [])];
    return keys.filter((key) => key.startsWith(prefix)).sort();
  }

  /** Everything that is stored, as text: for looking for what must not be there. */
  dump(): string {
    const partitions = [...this.#partitions].map(([name, rows]) => [
      name,
      Object.fromEntries(rows),
    ]);
    return JSON.stringify(Object.fromEntries(partitions));
  }

  async get(
    partition: string,
    rowKey: string,
    select?: readonly string[],
  ): Promise<Entity | undefined> {
    this.counts.gets += 1;
    await Promise.resolve();
    const stored = this.#partitions.get(partition)?.get(rowKey);
    return stored === undefined ? undefined : toEntity(rowKey, stored, select);
  }

  async page(partition: string, range: KeyRange, options: PageOptions = {}): Promise<EntityPage> {
    this.counts.pages += 1;
    await Promise.resolve();
    const from = options.continuation ?? range.from;
    const keys = this.keys(partition).filter((key) => key >= from && key < range.before);
    const top = options.top ?? 1000;
    const entities = keys.slice(0, top).flatMap((key) => {
      const stored = this.#partitions.get(partition)?.get(key);
      return stored === undefined ? [] : [toEntity(key, stored, options.select)];
    });
    return { entities, continuation: keys[top] };
  }

  async write(partition: string, operations: readonly Operation[]): Promise<Written> {
    this.counts.writes += 1;
    this.counts.operations += operations.length;
    await Promise.resolve();
    this.#check(operations);
    const next = new Map(this.#partitions.get(partition));
    const etags: (string | undefined)[] = [];
    for (const operation of operations) {
      const refused = refusal(next.get(operation.rowKey), operation);
      if (refused !== undefined) return { kind: "refused", status: refused };
      etags.push(this.#perform(next, operation));
    }
    this.#partitions.set(partition, next);
    return { kind: "written", etags };
  }

  #check(operations: readonly Operation[]): void {
    const keys = new Set(operations.map(({ rowKey }) => rowKey));
    if (keys.size !== operations.length) throw new Error("an entity appears twice");
    if (operations.length === 0 || operations.length > maxOperations) {
      throw new Error(`${operations.length} operations in one transaction`);
    }
    for (const key of keys) {
      if (key.length > 512 || /[/\\#?\p{Cc}]/u.test(key)) throw new Error(`bad row key ${key}`);
    }
  }

  #perform(entities: Map<string, Stored>, operation: Operation): string | undefined {
    if (operation.kind === "delete") {
      entities.delete(operation.rowKey);
      return undefined;
    }
    this.#version += 1;
    const etag = `v${this.#version}`;
    const before = operation.kind === "merge" ? entities.get(operation.rowKey)?.properties : {};
    entities.set(operation.rowKey, { properties: { ...before, ...operation.properties }, etag });
    return etag;
  }
}

function refusal(stored: Stored | undefined, operation: Operation): 404 | 409 | 412 | undefined {
  if (operation.kind === "put") return undefined;
  if (operation.kind === "insert") return stored === undefined ? undefined : 409;
  if (stored === undefined) return 404;
  return operation.etag === undefined || operation.etag === stored.etag ? undefined : 412;
}

function toEntity(rowKey: string, stored: Stored, select: readonly string[] | undefined): Entity {
  const { etag, properties } = stored;
  const kept = Object.entries(properties).filter(([name]) => select?.includes(name) ?? true);
  return { rowKey, etag, properties: Object.fromEntries(kept) };
}
