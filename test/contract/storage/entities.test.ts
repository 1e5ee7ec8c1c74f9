import { TableClient } from "@azure/data-tables";
import { describe, expect, it } from "vitest";
import { type Entities, listEntities } from "../../../src/adapters/storage/entities.ts";
import { TableEntities } from "../../../src/adapters/storage/table-entities.ts";
import { OperatorError } from "../../../src/core/errors.ts";
import { onEachStorage, useAzurite } from "./storage-target.ts";

const everything = { from: "!", before: "~" };

async function keysOf(table: Entities, partition = "p"): Promise<string[]> {
  const keys: string[] = [];
  for await (const entity of listEntities(table, partition, everything)) keys.push(entity.rowKey);
  return keys;
}

describe("a table", () => {
  onEachStorage((target) => {
    it("keeps text, numbers, booleans and bytes", async () => {
      const table = target.table();
      const properties = { s: "ü'\"é", n: 7, b: false, t: true, z: new Uint8Array([0, 255, 7]) };

      await table.write("p", [{ kind: "insert", rowKey: "a|x~002f|1", properties }]);

      expect((await table.get("p", "a|x~002f|1"))?.properties).toEqual(properties);
      expect((await table.get("p", "a|x~002f|1", ["n"]))?.properties).toEqual({ n: 7 });
      expect(await table.get("p", "b")).toBeUndefined();
    });

    it("refuses to insert what exists, and to change or delete what does not", async () => {
      const table = target.table();
      await table.write("p", [{ kind: "insert", rowKey: "a", properties: { n: 1 } }]);

      const again = await table.write("p", [{ kind: "insert", rowKey: "a", properties: {} }]);
      const merge = await table.write("p", [{ kind: "merge", rowKey: "b", properties: {} }]);
      const gone = await table.write("p", [{ kind: "delete", rowKey: "b" }]);

      expect([again, merge, gone]).toEqual([
        { kind: "refused", status: 409 },
        { kind: "refused", status: 404 },
        { kind: "refused", status: 404 },
      ]);
    });

    it("changes and deletes under an ETag only while it is the current one", async () => {
      const table = target.table();
      const first = await table.write("p", [{ kind: "put", rowKey: "a", properties: { n: 1 } }]);
      const etag = first.kind === "written" ? (first.etags[0] ?? "") : "";
      const merge = { kind: "merge", rowKey: "a", properties: { n: 2 }, etag } as const;

      const second = await table.write("p", [merge]);

      expect(second.kind).toBe("written");
      expect(await table.write("p", [merge])).toEqual({ kind: "refused", status: 412 });
      const remove = { kind: "delete", rowKey: "a" } as const;
      expect(await table.write("p", [{ ...remove, etag }])).toMatchObject({ status: 412 });
      const current = (await table.get("p", "a"))?.etag ?? "";
      expect(second).toEqual({ kind: "written", etags: [current] });
      expect(await table.write("p", [{ ...remove, etag: current }])).toMatchObject({
        kind: "written",
      });
    });

    it("answers a transaction with the ETag of each entity", async () => {
      const table = target.table();
      await table.write("p", [{ kind: "insert", rowKey: "old|1", properties: {} }]);

      const answer = await table.write("p", [
        { kind: "insert", rowKey: "r|one", properties: { n: 1 } },
        { kind: "delete", rowKey: "old|1" },
        { kind: "put", rowKey: "r|two", properties: { n: 2 } },
      ]);

      const one = (await table.get("p", "r|one"))?.etag;
      const two = (await table.get("p", "r|two"))?.etag;
      expect(answer).toEqual({ kind: "written", etags: [one, undefined, two] });
    });

    it("does all of a transaction or nothing", async () => {
      const table = target.table();
      await table.write("p", [{ kind: "put", rowKey: "a", properties: { n: 1 } }]);
      const stale = (await table.get("p", "a"))?.etag ?? "";
      await table.write("p", [{ kind: "put", rowKey: "a", properties: { n: 2 } }]);

      const conflict = await table.write("p", [
        { kind: "put", rowKey: "b", properties: {} },
        { kind: "merge", rowKey: "a", properties: { n: 3 }, etag: stale },
      ]);
      const missing = await table.write("p", [
        { kind: "delete", rowKey: "a" },
        { kind: "delete", rowKey: "nowhere" },
      ]);

      expect(conflict).toEqual({ kind: "refused", status: 412 });
      expect(missing).toEqual({ kind: "refused", status: 404 });
      expect(await keysOf(table)).toEqual(["a"]);
      expect((await table.get("p", "a"))?.properties).toEqual({ n: 2 });
    });

    it("lists a range of one partition in key order, page by page", async () => {
      const table = target.table();
      const keys = Array.from({ length: 25 }, (_, index) => `k|${String(index).padStart(2, "0")}`);
      const insert = (rowKey: string) => ({ kind: "insert", rowKey, properties: {} }) as const;
      await table.write("p", keys.toReversed().map(insert));
      await table.write("other", [insert("k|99")]);

      const range = { from: "k|05", before: "k|20" };
      const first = await table.page("p", range, { top: 10 });
      const { continuation } = first;
      const second = await table.page("p", range, { top: 10, continuation });

      expect(first.entities.map(({ rowKey }) => rowKey)).toEqual(keys.slice(5, 15));
      expect(second.entities.map(({ rowKey }) => rowKey)).toEqual(keys.slice(15, 20));
      expect(second.continuation).toBeUndefined();
      expect(await keysOf(table)).toEqual(keys);
    });
  });
});

describe("a table that somebody deletes", () => {
  const storage = useAzurite();

  it("fails the next call, which is not mistaken for a missing entity, and is created again by the one after it", async () => {
    const { connectionString } = storage;
    const client = TableClient.fromConnectionString(connectionString, "deleted", {
      allowInsecureConnection: true,
    });
    const table = new TableEntities(client);
    const insert = { kind: "insert", rowKey: "a", properties: {} } as const;
    await table.write("p", [insert]);

    await client.deleteTable();
    const failure = await table.get("p", "a").catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(OperatorError);
    expect(await table.get("p", "a")).toBeUndefined();
    await client.deleteTable();
    const merge = { kind: "merge", rowKey: "b", properties: {} } as const;
    await expect(table.write("p", [insert, merge])).rejects.toBeInstanceOf(OperatorError);
    expect((await table.write("p", [insert])).kind).toBe("written");
  });

  it("says in the service's words what is wrong with a name", async () => {
    const failure = await storage.account
      .table("x")
      .get("p", "a")
      .catch((error: unknown) => error);

    expect(String(failure)).toMatch(/^OperatorError: x: 400 The specified resource name length/);
  });
});
