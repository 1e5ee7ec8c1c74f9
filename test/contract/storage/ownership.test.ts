import { describe, expect, it } from "vitest";
import { TableOwnership } from "../../../src/adapters/storage/table-ownership.ts";
import type { Holder, Owned, Ownership, Permit } from "../../../src/ports/ownership.ts";
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
const now = 1_800_000_000_000;
const writeMs = 60_000;
const hour = 3_600_000;
const term = { now, writeMs };
/** All permissions of `now` are over. */
const later = { now: now + writeMs, writeMs };

async function owned(ownership: Ownership, id = armId): Promise<Owned> {
  const found = await ownership.get(id);
  if (found === undefined) throw new Error("nobody holds the id");
  return found;
}

async function freshPermit(ownership: Ownership): Promise<Permit> {
  const claimed = await ownership.claim(armId, mine, term);
  if (claimed.kind !== "free") throw new Error(`the id was ${claimed.kind}`);
  return claimed.permit;
}

async function moved(ownership: Ownership): Promise<boolean> {
  return ownership.move(armId, await owned(ownership), theirs, now);
}

describe("ownership of ARM ids", () => {
  onEachStorage((target) => {
    const fresh = (): TableOwnership => new TableOwnership(target.table());

    it("goes to the first claimer, whatever the case of the id", async () => {
      const ownership = fresh();

      expect((await ownership.claim(armId, mine, term)).kind).toBe("free");
      expect((await ownership.claim(armId.toUpperCase(), mine, later)).kind).toBe("held");
      expect(await ownership.claim(armId.toLowerCase(), theirs, later)).toMatchObject({
        kind: "other",
        owned: { holder: mine, epoch: 1, isFirm: false, since: now, armId },
      });
    });

    it("passes on to a new object of the same name, whose predecessor can neither write nor let go", async () => {
      const ownership = fresh();
      await ownership.claim(armId, mine, term);
      const recreated = { ...mine, uid: "u2" };

      expect(await ownership.claim(armId, recreated, later)).toMatchObject({
        kind: "held",
        owned: { holder: recreated, epoch: 2, isFirm: false, fencedUntil: now + writeMs },
      });
      expect(await ownership.permit(armId, mine, 1, later)).toEqual({ kind: "lost" });
      expect(await ownership.release(armId, mine, later.now)).toEqual([]);
      expect((await owned(ownership)).holder).toEqual(recreated);
    });

    it("is free again once its holder let go, and tells who waits", async () => {
      const ownership = fresh();
      await ownership.claim(armId, mine, term);
      await ownership.claim(armId, theirs, later);

      expect(await ownership.release(armId, theirs, later.now)).toEqual([]);
      expect(await ownership.release(armId, mine, later.now)).toEqual([theirs]);
      expect(await ownership.release(armId, mine, later.now)).toEqual([]);

      expect(await ownership.get(armId)).toBeUndefined();
      expect((await ownership.claim(armId, theirs, later)).kind).toBe("free");
    });

    it("that was let go in the middle of a write is fenced for the next one", async () => {
      const ownership = fresh();
      await ownership.claim(armId, mine, term);
      await ownership.release(armId, mine, now + 1);

      expect(await ownership.get(armId)).toBeUndefined();
      expect(await ownership.claim(armId, theirs, term)).toMatchObject({
        kind: "held",
        owned: { holder: theirs, fencedUntil: now + writeMs },
      });
      const { epoch } = await owned(ownership);
      const fenced = { kind: "fenced", until: now + writeMs };
      expect(await ownership.permit(armId, theirs, epoch, term)).toEqual(fenced);
      expect(await ownership.permit(armId, theirs, epoch, later)).toMatchObject({
        kind: "permitted",
      });
    });

    it("goes to one of many claimers at once", async () => {
      const ownership = fresh();
      const holders = [1, 2, 3, 4, 5].map((index) => ({ ...mine, name: `v${index}` }));

      const answers = await Promise.all(holders.map((one) => ownership.claim(armId, one, term)));

      expect(answers.filter(({ kind }) => kind === "free").length).toBe(1);
      const { holder, waiting } = await owned(ownership);
      const names = [holder, ...waiting].map(({ name }) => name).sort();
      expect(names).toEqual(["v1", "v2", "v3", "v4", "v5"]);
    });

    it("covers ids without a subscription", async () => {
      const ownership = fresh();
      const tenantId = "/providers/Microsoft.Management/managementGroups/m#1?";

      expect((await ownership.claim(tenantId, mine, term)).kind).toBe("free");
      expect((await ownership.claim(tenantId, theirs, term)).kind).toBe("other");
    });

    it("remembers who waits once each, for an hour, and no more than sixteen", async () => {
      const ownership = fresh();
      await ownership.claim(armId, mine, term);
      await ownership.claim(armId, theirs, term);
      await ownership.claim(armId, { ...theirs, uid: "u9" }, term);
      expect((await owned(ownership)).waiting).toEqual([{ ...theirs, uid: "u9" }]);

      const next = { ...theirs, name: "next" };
      await ownership.claim(armId, next, { now: now + hour, writeMs });
      expect((await owned(ownership)).waiting).toEqual([next]);

      for (let index = 0; index < 20; index++)
        await ownership.claim(armId, { ...theirs, name: `v${index}` }, term);
      const { waiting } = await owned(ownership);
      expect(waiting.map(({ name }) => name)).toEqual(
        Array.from({ length: 16 }, (_, index) => `v${index + 4}`),
      );
    });

    it("asks nothing of storage for a claimer that waits already, but the look", async () => {
      const ownership = fresh();
      await ownership.claim(armId, mine, term);
      await ownership.claim(armId, theirs, term);
      const before = target.requests();

      await ownership.claim(armId, theirs, later);

      expect(target.requests() - before).toBe(2);
    });

    it("moves firmly under the next epoch, once, and the former holder writes no more", async () => {
      const ownership = fresh();
      await ownership.claim(armId, mine, term);
      await ownership.claim(armId, theirs, term);
      const from = await owned(ownership);

      expect(await ownership.move(armId, from, theirs, later.now)).toBe(true);
      expect(await ownership.move(armId, from, theirs, later.now)).toBe(false);

      expect(await owned(ownership)).toMatchObject({
        holder: theirs,
        epoch: 2,
        isFirm: true,
        since: later.now,
        waiting: [],
      });
      expect(await ownership.permit(armId, mine, 1, later)).toEqual({ kind: "lost" });
      expect((await ownership.permit(armId, theirs, 2, later)).kind).toBe("permitted");
    });

    it("goes to one of two that move it at once", async () => {
      const ownership = fresh();
      await ownership.claim(armId, mine, term);
      const from = await owned(ownership);
      const others = [theirs, { ...theirs, name: "w" }];

      const answers = await Promise.all(
        others.map((one) => ownership.move(armId, from, one, later.now)),
      );

      expect(answers.toSorted()).toEqual([false, true]);
      expect((await owned(ownership)).holder).toEqual(others[answers.indexOf(true)]);
    });

    it("that came back does not know a worker of the time before", async () => {
      const ownership = fresh();
      await ownership.claim(armId, mine, term);
      await moved(ownership);
      await ownership.move(armId, await owned(ownership), mine, now);

      expect(await ownership.permit(armId, mine, 1, later)).toEqual({ kind: "lost" });
      expect((await ownership.permit(armId, mine, 3, later)).kind).toBe("permitted");
    });

    it("is fenced after a move until the former holder's write is over", async () => {
      const ownership = fresh();
      await ownership.claim(armId, mine, term);
      await ownership.permit(armId, mine, 1, { now: now + 10, writeMs });
      await moved(ownership);

      const until = now + 10 + writeMs;
      const early = { now: until - 1, writeMs };
      expect(await ownership.permit(armId, theirs, 2, early)).toEqual({ kind: "fenced", until });
      expect((await ownership.permit(armId, theirs, 2, { now: until, writeMs })).kind).toBe(
        "permitted",
      );
    });

    it("is not fenced when the write was settled, whatever happened to the row meanwhile", async () => {
      const ownership = fresh();
      const permit = await freshPermit(ownership);
      await ownership.claim(armId, theirs, term);
      await ownership.settle(armId, mine, permit, false);
      expect(await owned(ownership)).toMatchObject({ isFirm: false, waiting: [theirs] });
      await moved(ownership);

      expect((await ownership.permit(armId, theirs, 2, term)).kind).toBe("permitted");
    });

    it("becomes firm with a settled write or without one, for the epoch of that time only", async () => {
      const ownership = fresh();
      const permit = await freshPermit(ownership);
      const before = target.requests();
      await ownership.settle(armId, mine, permit, true);
      expect(target.requests() - before).toBe(1);
      expect((await owned(ownership)).isFirm).toBe(true);

      const recreated = { ...mine, uid: "u2" };
      await ownership.claim(armId, recreated, term);
      await ownership.settle(armId, mine, { epoch: 1 }, true);
      expect((await owned(ownership)).isFirm).toBe(false);
      await ownership.settle(armId, recreated, { epoch: 2 }, true);
      expect((await owned(ownership)).isFirm).toBe(true);
    });

    it("that is made firm without a write leaves a write that is under way its time", async () => {
      const ownership = fresh();
      await ownership.claim(armId, mine, term);
      await ownership.settle(armId, mine, { epoch: 1 }, true);
      await moved(ownership);

      expect((await owned(ownership)).fencedUntil).toBe(now + writeMs);
    });
  });
});
