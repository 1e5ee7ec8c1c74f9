import { TableOwnership } from "../../src/adapters/storage/table-ownership.ts";
import { InMemoryTable } from "./in-memory-table.ts";

/** Ownership over a table in memory. */
export class InMemoryOwnership extends TableOwnership {
  readonly table: InMemoryTable;

  constructor(table: InMemoryTable = new InMemoryTable()) {
    super(table);
    this.table = table;
  }
}
