import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import { afterAll, beforeAll, describe } from "vitest";
import type { Entities } from "../../../src/adapters/storage/entities.ts";
import { openStorage, type StorageAccount } from "../../../src/adapters/storage/storage-account.ts";
import { type Azurite, startAzurite } from "../../../src/sandbox/azurite.ts";
import { InMemoryTable } from "../../doubles/in-memory-table.ts";

/** Where a contract suite gets empty tables from. */
export type StorageTarget = {
  table(): Entities;
  /** Requests to tables so far, table creation not counted. */
  requests(): number;
};

/** A storage emulator for the tests of the calling `describe`; `account` is there from `beforeAll` on. */
export function useAzurite(): {
  readonly account: StorageAccount;
  readonly connectionString: string;
  requests(): number;
} {
  let azurite: Azurite | undefined;
  let account: StorageAccount | undefined;
  let requests = 0;
  const counter: PipelinePolicy = {
    name: "countRequests",
    sendRequest(request, next) {
      if (!(request.method === "POST" && request.url.includes("/Tables"))) requests += 1;
      return next(request);
    },
  };
  beforeAll(async () => {
    azurite = await startAzurite();
    const { connectionString } = azurite;
    account = openStorage({ connectionString }, { tablePolicies: [counter] });
  });
  afterAll(() => azurite?.stop());
  return {
    get account() {
      if (account === undefined) throw new Error("Azurite has not started");
      return account;
    },
    get connectionString() {
      if (azurite === undefined) throw new Error("Azurite has not started");
      return azurite.connectionString;
    },
    requests: () => requests,
  };
}

/** Runs a suite on tables in memory and on tables of the storage emulator. */
export function onEachStorage(suite: (target: StorageTarget) => void): void {
  describe("in memory", () => {
    const tables: InMemoryTable[] = [];
    suite({
      table: () => {
        const table = new InMemoryTable();
        tables.push(table);
        return table;
      },
      requests: () => tables.reduce((sum, table) => sum + table.requests, 0),
    });
  });
  describe("in Azurite", () => {
    const storage = useAzurite();
    let tables = 0;
    suite({
      table: () => storage.account.table(`contract${++tables}`),
      requests: () => storage.requests(),
    });
  });
}
