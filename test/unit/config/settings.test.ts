import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { settingNames, settings } from "../../../src/config/settings.ts";

const page = readFileSync(new URL("../../../infra/guide/settings.md", import.meta.url), "utf8");

/** `| name | default | meaning |`; a dash is no default. */
const rows = page.split("\n").flatMap((line) => {
  const [, name, shown = "", meaning] = /^\| `(\w+)` \| ([^|]+) \| (.+) \|$/.exec(line) ?? [];
  return name === undefined ? [] : [{ name, shown: shown.replace(/^–$|`/g, ""), meaning }];
});

describe("the page of settings", () => {
  it("has every setting once, and no other", () => {
    expect(rows.map(({ name }) => name).toSorted()).toEqual([...settingNames].toSorted());
  });

  it("shows the default of each", () => {
    const standard: Readonly<Record<string, unknown>> = settings.parse({});
    const shown = Object.fromEntries(rows.map((row) => [row.name, row.shown]));
    expect(shown).toEqual(
      Object.fromEntries(settingNames.map((name) => [name, String(standard[name] ?? "")])),
    );
  });
});
