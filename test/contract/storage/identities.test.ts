import { describe, expect, it } from "vitest";
import { TableIdentities } from "../../../src/adapters/storage/table-identities.ts";
import { onEachStorage } from "./storage-target.ts";

const identity = { tenantId: "contoso.com", clientId: "id-1", additionalTenants: ["a", "b"] };
const other = { tenantId: "fabrikam.com", clientId: "id-2", additionalTenants: [] };

describe("identities", () => {
  onEachStorage((target) => {
    it("are found again by their principal, as they were noted last", async () => {
      const table = target.table();
      const identities = new TableIdentities(table);
      await identities.note("p1", identity);
      await identities.note("p2", identity);
      await identities.note("p2", other);

      const another = new TableIdentities(table);
      expect(await another.find("p1")).toEqual(identity);
      expect(await another.find("p2")).toEqual(other);
      expect(await another.find("p3")).toBeUndefined();
    });

    it("cost one request for all resources that are managed with one", async () => {
      const identities = new TableIdentities(target.table());
      await identities.note("p0", identity);
      const mark = target.requests();
      for (let n = 0; n < 5; n++) await identities.note("p1", identity);
      expect(target.requests() - mark).toBe(1);
    });
  });
});
