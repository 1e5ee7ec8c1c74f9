import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const tests = path.resolve(import.meta.dirname, "..");
const page = readFileSync(path.resolve(tests, "../src/core/README.md"), "utf8");

/** A row of the table: what shows the feature, and why nothing does where nothing can. */
type Row = {
  readonly number: number;
  readonly evidence: string;
  readonly cited: readonly { readonly file: string; readonly name: string }[];
};

const rows = page.split("\n").flatMap((line): Row[] => {
  const [, number, , evidence = ""] = /^\| (\d+) \| ([^|]+) \| ([^|]+) \|$/.exec(line) ?? [];
  if (number === undefined) return [];
  const cited = [...evidence.matchAll(/`([^`]+\.test\.ts)` ([^;]+)/g)];
  return [
    {
      number: Number(number),
      evidence,
      cited: cited.map(([, file = "", name = ""]) => ({ file, name: name.trim() })),
    },
  ];
});

describe("the table of features", () => {
  it("has every row of Azure Service Operator's features once", () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 64 }, (_, at) => at + 1));
  });

  it.each(rows)("cites tests that are there, or says why there are none: row $number", (row) => {
    expect(row.cited.length > 0 || /^not here: .{20,}/.test(row.evidence), row.evidence).toBe(true);
    for (const { file, name } of row.cited) {
      const where = path.join(tests, file);
      expect(existsSync(where), `${file} is not there`).toBe(true);
      expect(readFileSync(where, "utf8"), `${file} has no such test`).toContain(name);
    }
  });
});
