import { TableLedger } from "../../src/adapters/storage/table-ledger.ts";
import { InMemoryTable } from "./in-memory-table.ts";

/**
 * The ledger over a table in memory: the rules are the real ones, so that it cannot differ from them. `table.counts` says what the
 * calls would have cost.
 */
export class InMemoryLedger extends TableLedger {
  readonly table: InMemoryTable;

  constructor(table: InMemoryTable = new InMemoryTable()) {
    let claims = 0;
    super(table, { nonce: () => `n${++claims}` });
    this.table = table;
  }
}
