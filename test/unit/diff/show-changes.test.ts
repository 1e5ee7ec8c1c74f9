import { describe, expect, test } from "vitest";
import { type Change, changes } from "../../../src/core/diff/compare.ts";
import { secretMarker } from "../../../src/core/diff/goal.ts";
import { planJson, plannedId, planText } from "../../../src/core/diff/show-changes.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { aGoal, aShown, changed } from "./goals.ts";

const secret = secretMarker("canary-uid", "7", "password");
const many: readonly Change[] = Array.from({ length: 1000 }, (_, at) => ({
  path: `/properties/p${at}`,
  from: "a".repeat(100),
  to: at,
}));

describe("what a PUT changes", () => {
  const rows: readonly {
    because: string;
    body: JsonObject;
    shown: JsonObject;
    expected: readonly Change[];
  }[] = [
    {
      because: "a leaf has the values of before and after",
      body: { properties: { size: 2 } },
      shown: { properties: { size: 1, other: true } },
      expected: [{ path: "/properties/size", from: 1, to: 2 }],
    },
    {
      because: "a member of a map that the goal does not have goes",
      body: { tags: { a: "1" } },
      shown: { tags: { A: "1", "b/c": "2" } },
      expected: [{ path: "/tags/b~1c", from: "2" }],
    },
    {
      because: "a secret counts always: ARM does not show it",
      body: { properties: { password: secret } },
      shown: { properties: {} },
      expected: [{ path: "/properties/password", to: secret }],
    },
    {
      because: "elements pair by name, wherever they stand",
      body: {
        list: [
          { name: "a", v: 1 },
          { name: "b", v: 3 },
        ],
      },
      shown: {
        list: [
          { name: "B", v: 2 },
          { name: "a", v: 1 },
        ],
      },
      expected: [{ path: "/list/1/v", from: 2, to: 3 }],
    },
    {
      because: "a list of another length is one change",
      body: { list: ["a"] },
      shown: { list: ["a", "b"] },
      expected: [{ path: "/list", from: ["a", "b"], to: ["a"] }],
    },
  ];
  test.each(rows)("$because", ({ body, shown, expected }) => {
    const goal = { armId: "/x", apiVersion: "v", maps: ["/tags"], body };
    expect(changes(goal, shown)).toEqual(expected);
  });

  test("is nothing where ARM shows the goal, normalised and with fields of its own", () => {
    expect(changes(aGoal(), aShown())).toEqual([]);
    const moved = changed(aShown(), (shown) => {
      shown.location = "eastus";
    });
    expect(changes(aGoal(), moved)).toEqual([
      { path: "/location", from: "eastus", to: "West US 3" },
    ]);
  });
});

const plan = (all: readonly Change[], unstated: readonly string[] = []) => ({
  armId: "/subscriptions/s",
  changes: all,
  unstated,
});
const changesText = (all: readonly Change[]) =>
  planText(plan(all)).replace(/^Adopting it would change: (.*)\.$/, "$1");

describe("shown", () => {
  const hiding: readonly Change[] = [
    { path: "/a", from: "canary-of-now", to: secret },
    { path: "/b", from: [{ v: "canary-of-now" }], to: [{ name: "x", v: secret }] },
    { path: "/c", to: { inner: secret } },
  ];

  test("as text it is one line with values of before and after", () => {
    expect(
      changesText([
        { path: "/tags/a", from: "1", to: "2" },
        { path: "/tags/b", from: "1" },
        { path: "/properties/x", to: { y: [1] } },
      ]),
    ).toBe('/tags/a "1" -> "2", /tags/b "1" -> none, /properties/x none -> {"y":[1]}');
  });

  test("no secret shows, neither what goes in nor what stands there", () => {
    expect(changesText(hiding)).toBe(
      '/a (secret) -> (secret), /b (secret) -> [{"name":"x","v":"(secret)"}], /c none -> {"inner":"(secret)"}',
    );
    expect(planJson(plan(hiding))).not.toContain("canary");
    expect(planJson(plan(hiding))).not.toContain("\\u0000");
  });

  test("long values and long lists are cut, and what is left out is counted", () => {
    expect(changesText(many).length).toBeLessThan(700);
    expect(changesText(many)).toMatch(/ and 99\d more$/);
    expect(changesText([{ path: "/a", from: "b".repeat(1000), to: 1 }])).toHaveLength(69);
    const json = planJson(plan(many));
    expect(json.length).toBeLessThan(17_000);
    const { changes: listed, more } = JSON.parse(json) as { changes: unknown[]; more: number };
    expect(listed.length + more).toBe(1000);
  });

  test("what is not stated is named, a few of it", () => {
    expect(planText(plan([], ["/tags", "/zones"]))).toBe(
      "Adopting it would change nothing that Azure shows. Not stated here, so that a PUT may reset it: /tags, /zones.",
    );
    const seven = Array.from({ length: 7 }, (_, at) => `/p${at}`);
    expect(planText(plan([], seven))).toMatch(/\/p4 and 2 more\.$/);
    expect(JSON.parse(planJson(plan([], seven)))).toMatchObject({ unstated: seven });
  });

  test("as JSON it tells the id, and a text that is none tells nothing", () => {
    expect(plannedId(planJson(plan([])))).toBe("/subscriptions/s");
    for (const text of [undefined, "", "{", "[]", '{"id":1}'])
      expect(plannedId(text)).toBeUndefined();
  });
});
