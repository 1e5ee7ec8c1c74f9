import { TableCheckpoints } from "../../src/adapters/storage/table-checkpoints.ts";
import { TableProjections } from "../../src/adapters/storage/table-projections.ts";
import { InMemoryTable } from "./in-memory-table.ts";

/** Projections over a table in memory. */
export class InMemoryProjections extends TableProjections {
  readonly table: InMemoryTable;

  constructor(table: InMemoryTable = new InMemoryTable()) {
    super(table);
    this.table = table;
  }
}

/** Checkpoints and scan leases over a table in memory. */
export class InMemoryCheckpoints extends TableCheckpoints {
  readonly table: InMemoryTable;

  constructor(table: InMemoryTable = new InMemoryTable()) {
    super(table);
    this.table = table;
  }
}
