import type { TokenCredential } from "@azure/core-auth";
import { describe, expect, it } from "vitest";
import { openStorage } from "../../../src/adapters/storage/storage-account.ts";
import { storageError } from "../../../src/adapters/storage/storage-error.ts";

const credential: TokenCredential = {
  getToken: () => Promise.resolve({ token: "token", expiresOnTimestamp: 0 }),
};

describe("opening a storage account", () => {
  it("addresses queues by service URI or connection string", () => {
    const byUri = openStorage({
      queueUri: "https://acc.queue.core.windows.net/",
      tableUri: "https://acc.table.core.windows.net/",
      credential,
    });
    const byString = openStorage({ connectionString: "UseDevelopmentStorage=true" });

    expect(byUri.queue("scan").url).toBe("https://acc.queue.core.windows.net/scan");
    expect(byString.queue("scan").url).toBe("http://127.0.0.1:10001/devstoreaccount1/scan");
  });
});

describe("a storage error", () => {
  it("keeps the service's status and code, and the first line of its message only", () => {
    const thrown = Object.assign(new Error("The table is gone.\nAuthorization: SharedKey secret"), {
      statusCode: 404,
      code: "TableNotFound",
    });

    const error = storageError(thrown, "ledger");

    expect(error.message).toBe("ledger: 404 The table is gone.");
    expect(error.context).toEqual({ status: 404, code: "TableNotFound", target: "ledger" });
  });

  it("passes our own errors on", () => {
    const error = storageError("no answer at all", "ledger");

    expect(error.code).toBe("StorageAnswered");
    expect(storageError(error, "ledger")).toBe(error);
  });
});
