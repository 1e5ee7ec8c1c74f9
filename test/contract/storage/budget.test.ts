import { describe, expect, it } from "vitest";
import type { Entities } from "../../../src/adapters/storage/entities.ts";
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

/** A budget whose ARM has told that all is there. */
async function heard(table: Entities): Promise<Budget> {
  const budget = new TableBudget(table);
  await budget.correct(key, { remaining: 200 }, start);
  return new TableBudget(table);
}

describe("the budget", () => {
  onEachStorage((target) => {
    it("grants what ARM's bucket holds but for a reserve, then tells when the next token comes", async () => {
      const budget = await heard(target.table());

      expect(await drain(budget, start)).toEqual({ granted: 190, retryAt: start + 100 });
      expect((await drain(budget, start + 1000)).granted).toBe(10);
      expect((await drain(budget, start + 3_600_000)).granted).toBe(190);
    });

    it("keeps the reserve for what finishes a write", async () => {
      const budget = await heard(target.table());
      await drain(budget, start);

      for (let count = 0; count < 10; count++)
        expect((await budget.take(key, start, true)).granted).toBe(true);
      expect((await budget.take(key, start, true)).granted).toBe(false);
    });

    it("tries more where ARM tells nothing, until it answers 429", async () => {
      const budget = new TableBudget(target.table());

      expect((await drain(budget, start, 3000)).granted).toBe(1990);
      expect((await drain(budget, start + 1000)).granted).toBe(100);
      await budget.correct(key, { until: start + 2000 }, start + 1000);

      expect((await drain(budget, start + 3_600_000)).granted).toBe(190);
    });

    it("is one bucket for all instances", async () => {
      const table = target.table();
      await heard(table);
      const instances = [1, 2, 3, 4].map(() => new TableBudget(table));

      const taken = await Promise.all(instances.map((budget) => drain(budget, start)));

      const granted = taken.reduce((sum, one) => sum + one.granted, 0);
      expect(granted).toBe(190);
    });

    it("keeps subscriptions, principals and operation classes apart", async () => {
      const budget = await heard(target.table());
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
      const budget = await heard(target.table());
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
      const budget = await heard(target.table());
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

    it("lowers the estimate to what ARM says remains", async () => {
      const table = target.table();
      const [one, two] = [await heard(table), new TableBudget(table)];
      await one.take(key, start);

      await one.correct(key, { remaining: 15 }, start + 1);
      const granted = (await drain(one, start + 1)).granted + (await drain(two, start + 1)).granted;

      expect(granted).toBe(15);
    });

    it("raises a far too low estimate by half of what ARM says remains", async () => {
      const budget = await heard(target.table());
      await drain(budget, start);

      await budget.correct(key, { remaining: 190 }, start + 1_000);

      expect((await drain(budget, start + 1_000)).granted).toBe(95 - 10);
    });

    it("does not write when ARM's figure is what was expected", async () => {
      const budget = await heard(target.table());
      await budget.take(key, start);
      const before = target.requests();

      await budget.correct(key, { remaining: 199 }, start + 5_000);

      expect(target.requests()).toBe(before);
    });
  });
});
