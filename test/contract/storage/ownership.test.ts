import { describe, expect, it } from "vitest";
import { TableOwnership } from "../../../src/adapters/storage/table-ownership.ts";
import type { Holder } from "../../../src/ports/ownership.ts";
import { onEachStorage } from "./storage-target.ts";

const armId = "/subscriptions/AB-1/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v";
const group = "network.azure.com";
const mine: Holder = {
  cluster: "west",
  group,
  kind: "VirtualNetwork",
  namespace: "a",
  name: "v",
  uid: "u1",
};
const theirs: Holder = { ...mine, cluster: "east" };

describe("ownership of ARM ids", () => {
  onEachStorage((target) => {
    it("goes to the first claimer, whatever the case of the id", async () => {
      const ownership = new TableOwnership(target.table());

      expect(await ownership.claim(armId, mine)).toEqual({ kind: "held" });
      expect(await ownership.claim(armId.toUpperCase(), mine)).toEqual({ kind: "held" });
      expect(await ownership.claim(armId.toLowerCase(), theirs)).toEqual({
        kind: "other",
        holder: mine,
      });
    });

    it("passes on to a new object of the same name, whose predecessor can no longer let go", async () => {
      const ownership = new TableOwnership(target.table());
      await ownership.claim(armId, mine);
      const recreated = { ...mine, uid: "u2" };

      expect(await ownership.claim(armId, recreated)).toEqual({ kind: "held" });
      await ownership.release(armId, mine);

      expect(await ownership.claim(armId, theirs)).toEqual({ kind: "other", holder: recreated });
    });

    it("is free again once its holder let go", async () => {
      const ownership = new TableOwnership(target.table());
      await ownership.claim(armId, mine);

      await ownership.release(armId, theirs);
      expect((await ownership.claim(armId, theirs)).kind).toBe("other");
      await ownership.release(armId, mine);
      await ownership.release(armId, mine);

      expect(await ownership.claim(armId, theirs)).toEqual({ kind: "held" });
    });

    it("goes to one of many claimers at once", async () => {
      const ownership = new TableOwnership(target.table());
      const holders = [1, 2, 3, 4, 5].map((index) => ({ ...mine, name: `v${index}` }));

      const answers = await Promise.all(holders.map((holder) => ownership.claim(armId, holder)));

      expect(answers.filter(({ kind }) => kind === "held").length).toBe(1);
    });

    it("covers ids without a subscription", async () => {
      const ownership = new TableOwnership(target.table());
      const tenantId = "/providers/Microsoft.Management/managementGroups/m#1?";

      expect(await ownership.claim(tenantId, mine)).toEqual({ kind: "held" });
      expect((await ownership.claim(tenantId, theirs)).kind).toBe("other");
    });
  });
});
