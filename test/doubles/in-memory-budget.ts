import { TableBudget, type TableBudgetOptions } from "../../src/adapters/storage/table-budget.ts";
import { InMemoryTable } from "./in-memory-table.ts";

/** The budget over a table in memory. Two of them over one table are two instances of the app. */
export class InMemoryBudget extends TableBudget {
  readonly table: InMemoryTable;

  constructor(options: TableBudgetOptions = {}, table: InMemoryTable = new InMemoryTable()) {
    super(table, options);
    this.table = table;
  }
}
