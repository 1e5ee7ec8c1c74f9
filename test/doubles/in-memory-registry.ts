import { TableRegistry } from "../../src/adapters/storage/table-registry.ts";
import type { ClusterEntry } from "../../src/ports/registry.ts";
import { InMemoryTable } from "./in-memory-table.ts";

/** A registry of the given clusters over a table in memory; nothing is served from a cache. */
export class InMemoryRegistry extends TableRegistry {
  readonly table: InMemoryTable;

  constructor(entries: readonly ClusterEntry[], table: InMemoryTable = new InMemoryTable()) {
    const clock = { now: () => 0 };
    super(table, { entries, operatorNamespace: "aso-functions", clock, cacheMs: 0 });
    this.table = table;
  }
}
