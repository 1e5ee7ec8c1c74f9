import { describe, expect, test } from "vitest";
import { differences, driftedPaths } from "../../../src/core/diff/compare.ts";
import { secretMarker } from "../../../src/core/diff/goal.ts";
import { project } from "../../../src/core/diff/projection.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { aGoal, aShown, changed } from "./goals.ts";

describe("without a baseline", () => {
  const rows: readonly {
    name: string;
    because: string;
    body: JsonObject;
    shown: JsonObject;
    paths: readonly string[];
  }[] = [
    {
      name: "equal leaves",
      because: "nothing differs",
      body: { tags: { a: "1" } },
      shown: { tags: { a: "1" } },
      paths: [],
    },
    {
      name: "what ARM has beyond the goal",
      because: "defaults and other managers' members are not ours to judge without a baseline",
      body: { tags: { a: "1" } },
      shown: { tags: { a: "1", b: "2" }, properties: { x: 1 } },
      paths: [],
    },
    {
      name: "an absent leaf",
      because: "it counts (design: Without a row)",
      body: { tags: { a: "1" } },
      shown: {},
      paths: ["/tags"],
    },
    {
      name: "a different leaf",
      because: "it counts",
      body: { properties: { size: 1, mode: "x" } },
      shown: { properties: { size: 2, mode: "x" } },
      paths: ["/properties/size"],
    },
    {
      name: "a number that ARM shows as text",
      because: "another type is another value",
      body: { properties: { size: 1 } },
      shown: { properties: { size: "1" } },
      paths: ["/properties/size"],
    },
    {
      name: "a location in display form",
      because: "ARM normalises it",
      body: { location: "West US 3" },
      shown: { location: "westus3" },
      paths: [],
    },
    {
      name: "an ARM id in other letter case",
      because: "ids are case-insensitive",
      body: { properties: { nsg: { id: "/subscriptions/S/resourceGroups/RG" } } },
      shown: { properties: { nsg: { id: "/subscriptions/s/resourcegroups/rg" } } },
      paths: [],
    },
    {
      name: "any other text in other letter case",
      because: "only ids and locations are known to be normalised",
      body: { properties: { mode: "Enabled" } },
      shown: { properties: { mode: "enabled" } },
      paths: ["/properties/mode"],
    },
    {
      name: "a secret",
      because: "ARM does not show it, and nothing could be compared",
      body: { properties: { password: secretMarker("u", "1", "k") } },
      shown: { properties: {} },
      paths: [],
    },
    {
      name: "a null",
      because: "it asks for absence",
      body: { properties: { a: null } },
      shown: { properties: {} },
      paths: [],
    },
    {
      name: "an empty object",
      because: "it holds no leaf",
      body: { properties: { a: {} } },
      shown: { properties: {} },
      paths: [],
    },
    {
      name: "a longer list",
      because: "its membership was sent",
      body: { properties: { list: ["a"] } },
      shown: { properties: { list: ["a", "b"] } },
      paths: ["/properties/list"],
    },
    {
      name: "named elements in another order",
      because: "elements pair by name",
      body: {
        properties: {
          list: [
            { name: "a", v: 1 },
            { name: "b", v: 2 },
          ],
        },
      },
      shown: {
        properties: {
          list: [
            { name: "b", v: 2 },
            { name: "a", v: 1 },
          ],
        },
      },
      paths: [],
    },
    {
      name: "named elements in other letter case",
      because: "ARM treats names without regard to case",
      body: { properties: { list: [{ name: "Web", v: 1 }] } },
      shown: { properties: { list: [{ name: "web", v: 1 }] } },
      paths: [],
    },
    {
      name: "elements with ids in another order",
      because: "elements pair by id when they have no name",
      body: { properties: { list: [{ id: "/A" }, { id: "/b" }] } },
      shown: { properties: { list: [{ id: "/B" }, { id: "/a" }] } },
      paths: [],
    },
    {
      name: "an element under another name",
      because: "the length is the same, the element is not",
      body: { properties: { list: [{ name: "a" }] } },
      shown: { properties: { list: [{ name: "b" }] } },
      paths: ["/properties/list/0"],
    },
    {
      name: "the name",
      because: "it is the address, and children show theirs with or without their parents'",
      body: { name: "vnet/subnet" },
      shown: { name: "subnet" },
      paths: [],
    },
  ];
  test.each(rows)("$name: $paths, because $because", ({ body, shown, paths }) => {
    expect(differences({ armId: "/x", apiVersion: "v", maps: [], body }, shown)).toEqual(paths);
  });
});

describe("against a baseline", () => {
  test("names the paths that drifted and no others", () => {
    const before = project(aGoal(), aShown());
    const after = changed(aShown(), (shown) => {
      if (shown.tags !== undefined) shown.tags["owner"] = "someone";
      const rule = shown.properties.securityRules?.[1];
      if (rule !== undefined) rule.properties["access"] = "Allow";
    });
    expect(driftedPaths(before, aGoal(), after).toSorted()).toEqual([
      "/properties/securityRules/1/properties/access",
      "/tags",
    ]);
  });

  test("names a list once, however much of its membership changed", () => {
    const before = project(aGoal(), aShown());
    const after = changed(aShown(), (shown) => {
      shown.properties.securityRules?.push({ name: "a", properties: {} });
      shown.properties.securityRules?.push({ name: "b", properties: {} });
    });
    expect(driftedPaths(before, aGoal(), after)).toEqual(["/properties/securityRules"]);
  });

  test("names nothing when nothing drifted", () => {
    expect(driftedPaths(project(aGoal(), aShown()), aGoal(), aShown())).toEqual([]);
  });
});
