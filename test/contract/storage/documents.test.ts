import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { TableCheckpoints } from "../../../src/adapters/storage/table-checkpoints.ts";
import { TableProjections } from "../../../src/adapters/storage/table-projections.ts";
import type { JsonValue } from "../../../src/core/json.ts";
import type { Log } from "../../../src/ports/log.ts";
import { key, start } from "./ledger-fixtures.ts";
import { onEachStorage } from "./storage-target.ts";

const leaseMs = 60_000;

/** JSON that does not compress below `bytes` × 3/4. */
function incompressible(bytes: number): JsonValue {
  return { noise: randomBytes(bytes).toString("base64") };
}

describe("projections", () => {
  onEachStorage((target) => {
    it("come back as they were put, small and large, and replaced as a whole", async () => {
      const projections = new TableProjections(target.table());
      const large = incompressible(300_000);
      const small = { tags: { "§": ["ü", null, 1.5, true] }, rules: [{ name: "a" }] };

      expect(await projections.get(key("a"))).toBeUndefined();
      await projections.put(key("a"), large);
      expect(await projections.get(key("a"))).toEqual(large);
      await projections.put(key("a"), small);
      expect(await projections.get(key("a"))).toEqual(small);
      expect(await projections.get(key("b"))).toBeUndefined();
    });

    it("can be removed, twice", async () => {
      const projections = new TableProjections(target.table());
      await projections.put(key("a"), { a: 1 });

      await projections.remove(key("a"));
      await projections.remove(key("a"));

      expect(await projections.get(key("a"))).toBeUndefined();
    });

    it("are left out with a warning where no entity can hold them", async () => {
      const warnings: string[] = [];
      const ignore = () => undefined;
      const warn = (message: string) => void warnings.push(message);
      const log: Log = { debug: ignore, info: ignore, warn, error: ignore };
      const projections = new TableProjections(target.table(), log);
      await projections.put(key("a"), { a: 1 });

      await projections.put(key("a"), incompressible(1_400_000));

      expect(warnings.length).toBe(1);
      expect(await projections.get(key("a"))).toBeUndefined();
    });
  });
});

describe("checkpoints", () => {
  onEachStorage((target) => {
    it("come back as they were written, with the versions of hundreds of kinds", async () => {
      const checkpoints = new TableCheckpoints(target.table());
      const versions = Object.fromEntries(
        Array.from({ length: 400 }, (_, index) => [
          `group.azure.com/Kind${index}`,
          `${index}99999`,
        ]),
      );
      const checkpoint = {
        ...{ uid: "u", listedAt: start, versions, namespaces: "n" },
        ...{ problem: "", reachedAt: start + 1 },
      };

      expect(await checkpoints.read("west")).toBeUndefined();
      await checkpoints.write("west", checkpoint);
      await checkpoints.write("east", { ...checkpoint, problem: "unreachable" });

      expect(await checkpoints.read("west")).toEqual(checkpoint);
      expect((await checkpoints.read("east"))?.problem).toBe("unreachable");
    });

    it("lease the scan of a cluster to one holder until it lets go or the lease expires", async () => {
      const checkpoints = new TableCheckpoints(target.table());
      const first = await checkpoints.acquire("west", start, leaseMs);
      if (first === undefined) throw new Error("the first lease was refused");

      expect(await checkpoints.acquire("west", start + leaseMs - 1, leaseMs)).toBeUndefined();
      expect(await checkpoints.running("west", start + leaseMs - 1)).toBe(true);
      expect(await checkpoints.running("west", start + leaseMs)).toBe(false);
      expect(await checkpoints.running("east", start)).toBe(false);
      const renewed = await checkpoints.renew(first, start + 1000, leaseMs);
      expect(renewed?.until).toBe(start + 1000 + leaseMs);
      const second = await checkpoints.acquire("west", start + 1000 + leaseMs, leaseMs);
      expect(second?.epoch).toBe(2);
      expect(await checkpoints.renew(first, start + 2000, leaseMs)).toBeUndefined();
      await checkpoints.release(first);
      expect(await checkpoints.running("west", start + 1000 + leaseMs)).toBe(true);
      if (second !== undefined) await checkpoints.release(second);
      expect(await checkpoints.running("west", start + 1000 + leaseMs)).toBe(false);
      expect((await checkpoints.acquire("west", start, leaseMs))?.epoch).toBe(3);
    });

    it("lease it to one of many who ask at once", async () => {
      const table = target.table();
      const holders = [1, 2, 3, 4].map(() => new TableCheckpoints(table));

      const leases = await Promise.all(
        holders.map((checkpoints) => checkpoints.acquire("west", start, leaseMs)),
      );

      expect(leases.filter((lease) => lease !== undefined).length).toBe(1);
    });
  });
});
