import { describe, expect, it } from "vitest";
import { TableBudget } from "../../../src/adapters/storage/table-budget.ts";
import type { Budget, BudgetKey } from "../../../src/ports/budget.ts";
import { start } from "./ledger-fixtures.ts";
import { onEachStorage } from "./storage-target.ts";

const key: BudgetKey = { subscription: "AB-1", principal: "tenant/client", operation: "write" };

/** Takes until refused; how many were granted and when the refused one may come back. */
async function drain(budget: Budget, now: number, most = 1000) {
  for (let granted = 0; granted < most; granted++) {
    const answer = await budget.take(key, now);
    if (!answer.granted) return { granted, retryAt: answer.retryAt };
  }
  return { granted: most, retryAt: 0 };
}

describe("the budget", () => {
  onEachStorage((target) => {
    it("grants what ARM's bucket holds, then tells when the next token comes", async () => {
      const budget = new TableBudget(target.table());

      expect(await drain(budget, start)).toEqual({ granted: 200, retryAt: start + 100 });
      expect((await drain(budget, start + 1000)).granted).toBe(10);
      expect((await drain(budget, start + 3_600_000)).granted).toBe(200);
    });

    it("is one bucket for all instances", async () => {
      const table = target.table();
      const instances = [1, 2, 3, 4].map(() => new TableBudget(table));

      const taken = await Promise.all(instances.map((budget) => drain(budget, start)));

      const granted = taken.reduce((sum, one) => sum + one.granted, 0);
      expect(granted).toBe(200);
    });

    it("keeps subscriptions, principals and operation classes apart", async () => {
      const budget = new TableBudget(target.table());
      await drain(budget, start);

      const others: BudgetKey[] = [
        { ...key, subscription: "other" },
        { ...key, principal: "other" },
        { ...key, operation: "delete" },
        { ...key, operation: "read" },
      ];
      for (const other of others) expect((await budget.take(other, start)).granted).toBe(true);
    });

    it("costs a storage exchange per chunk, and none while nothing can be there", async () => {
      const budget = new TableBudget(target.table());
      await budget.take(key, start);
      const before = target.requests();

      for (let count = 0; count < 19; count++) await budget.take(key, start);
      expect(target.requests()).toBe(before);
      await budget.take(key, start);
      expect(target.requests()).toBe(before + 2);
      await drain(budget, start);
      const empty = target.requests();
      await drain(budget, start + 50);
      expect(target.requests()).toBe(empty);
    });

    it("grants callers that come together from one chunk", async () => {
      const budget = new TableBudget(target.table());
      await budget.take({ ...key, principal: "creates the table" }, start);
      const before = target.requests();

      const answers = await Promise.all(Array.from({ length: 20 }, () => budget.take(key, start)));

      expect(answers.every(({ granted }) => granted)).toBe(true);
      expect(target.requests()).toBe(before + 2);
    });

    it("gives refused callers times one after the other", async () => {
      const budget = new TableBudget(target.table());
      await drain(budget, start);

      const answers = [];
      for (let count = 0; count < 3; count++) answers.push(await budget.take(key, start));

      expect(answers).toEqual(
        [200, 300, 400].map((ms) => ({ granted: false, retryAt: start + ms })),
      );
    });

    it("grants nothing on any instance until ARM's Retry-After has passed", async () => {
      const table = target.table();
      const [one, two] = [new TableBudget(table), new TableBudget(table)];
      await one.take(key, start);

      await one.correct(key, { until: start + 30_000 }, start);

      expect(await one.take(key, start + 1)).toEqual({ granted: false, retryAt: start + 30_000 });
      expect(await two.take(key, start + 1)).toMatchObject({ granted: false });
      expect((await one.take(key, start + 30_000)).granted).toBe(true);
      expect((await two.take(key, start + 30_000)).granted).toBe(true);
    });

    it("lowers the estimate to what ARM says remains, and never raises it", async () => {
      const table = target.table();
      const [one, two] = [new TableBudget(table), new TableBudget(table)];
      await one.take(key, start);

      await one.correct(key, { remaining: 5 }, start);
      const granted = (await drain(one, start)).granted + (await drain(two, start)).granted;
      await one.correct(key, { remaining: 190 }, start);

      expect(granted).toBe(5);
      expect((await one.take(key, start)).granted).toBe(false);
    });

    it("does not write when ARM's figure is what was expected", async () => {
      const budget = new TableBudget(target.table());
      await budget.take(key, start);
      const before = target.requests();

      await budget.correct(key, { remaining: 199 }, start);

      expect(target.requests()).toBe(before);
    });
  });
});
