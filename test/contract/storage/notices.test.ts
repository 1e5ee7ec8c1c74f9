import { describe, expect, it } from "vitest";
import { TableNotices } from "../../../src/adapters/storage/table-notices.ts";
import { onEachStorage } from "./storage-target.ts";

describe("notices", () => {
  onEachStorage((target) => {
    it("keep the last word about a thing, and are told newest first and not for ever", async () => {
      const notices = new TableNotices(target.table());
      await notices.put({ about: "queue aso-scan", text: "first", at: 1000 });
      await notices.put({ about: "queue aso-operation", text: "other", at: 2000 });
      await notices.put({ about: "queue aso-scan", text: "second", at: 3000 });

      expect(await notices.list(0)).toEqual([
        { about: "queue aso-scan", text: "second", at: 3000 },
        { about: "queue aso-operation", text: "other", at: 2000 },
      ]);
      expect((await notices.list(2500)).length).toBe(1);
    });

    it("are cut to a length that an entity holds", async () => {
      const notices = new TableNotices(target.table());

      await notices.put({ about: "x", text: "y".repeat(100_000), at: 1 });

      expect((await notices.list(0))[0]?.text.length).toBe(1000);
    });
  });
});
