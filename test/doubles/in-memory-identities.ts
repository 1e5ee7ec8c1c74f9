import { TableIdentities } from "../../src/adapters/storage/table-identities.ts";
import { InMemoryTable } from "./in-memory-table.ts";

/** Identities over a table in memory. */
export class InMemoryIdentities extends TableIdentities {
  readonly table: InMemoryTable;

  constructor(table: InMemoryTable = new InMemoryTable()) {
    super(table);
    this.table = table;
  }
}
