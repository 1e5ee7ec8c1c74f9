import { TableDeletions } from "../../src/adapters/storage/table-deletions.ts";
import { InMemoryTable } from "./in-memory-table.ts";

/** Deletions over a table in memory. */
export class InMemoryDeletions extends TableDeletions {
  readonly table: InMemoryTable;

  constructor(table: InMemoryTable = new InMemoryTable()) {
    super(table);
    this.table = table;
  }
}
