import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { deviations } from "../../../src/parity/engine/deviations.ts";

type Rule = {
  readonly what: string;
  readonly aso: string;
  readonly ours: string;
  readonly why: string;
};

const folder = path.resolve(import.meta.dirname, "../../../src/decisions");
const read = (name: string): string => readFileSync(path.join(folder, name), "utf8");
const pages = readdirSync(folder).filter((name) => /^\d{4}-.*\.md$/.test(name));
const rules = JSON.parse(read("differences.json")) as readonly Rule[];

describe("the decisions", () => {
  test.each(pages)("%s has its four parts and is in the list of pages", (page) => {
    for (const part of ["Status", "Context", "Decision", "Consequences"])
      expect(read(page)).toContain(`**${part}`);
    expect(read("README.md")).toContain(`(${page})`);
  });

  test("name every rule under which a computed case may differ", () => {
    const text = pages.map(read).join("\n");
    expect(deviations.map(({ id }) => id).filter((id) => !text.includes(`\`${id}\``))).toEqual([]);
  });

  test("stand behind every rule under which a transcript may differ, and those are at most 15", () => {
    expect(rules.length).toBeLessThanOrEqual(15);
    for (const { what, aso, ours, why } of rules) {
      for (const pattern of [what, aso, ours]) expect(() => new RegExp(pattern)).not.toThrow();
      const named = why.match(/\d{4}-[a-z-]+\.md/g) ?? [];
      expect(named.length, why).toBeGreaterThan(0);
      expect(named.filter((page) => !pages.includes(page))).toEqual([]);
    }
  });
});
