import { describe, expect, test } from "vitest";
import { secretMarker } from "../../../src/core/diff/goal.ts";
import { project, projectionHash } from "../../../src/core/diff/projection.ts";
import { aGoal, aShown, changed, type Shown } from "./goals.ts";

const before = project(aGoal(), aShown());

describe("what counts as drift", () => {
  const rows: readonly { what: string; because: string; change: (shown: Shown) => void }[] = [
    {
      what: "a tag that somebody added",
      because: "membership of a map that we sent",
      change: (shown) => {
        if (shown.tags !== undefined) shown.tags["owner"] = "someone";
      },
    },
    {
      what: "a tag that somebody changed",
      because: "a leaf that we sent",
      change: (shown) => {
        shown.tags = { team: "network" };
      },
    },
    {
      what: "a tag that somebody removed",
      because: "a leaf that we sent",
      change: (shown) => {
        shown.tags = {};
      },
    },
    {
      what: "tags that vanished altogether",
      because: "a leaf that we sent",
      change: (shown) => {
        delete shown.tags;
      },
    },
    {
      what: "a rule that somebody added",
      because: "membership of a list that we sent",
      change: (shown) => shown.properties.securityRules?.push({ name: "ftp", properties: {} }),
    },
    {
      what: "a rule that somebody removed",
      because: "membership of a list that we sent",
      change: (shown) => shown.properties.securityRules?.pop(),
    },
    {
      what: "a rule that was replaced by another",
      because: "the length is the same, the names are not",
      change: (shown) => {
        shown.properties.securityRules?.splice(0, 1, {
          name: "http",
          properties: { priority: 100, access: "Allow" },
        });
      },
    },
    {
      what: "a changed leaf of a rule",
      because: "a leaf that we sent",
      change: (shown) => {
        const [rule] = shown.properties.securityRules ?? [];
        if (rule !== undefined) rule.properties["access"] = "Deny";
      },
    },
    {
      what: "a leaf that ARM does not show any more",
      because: "absence is a value of its own",
      change: (shown) => {
        delete shown.properties.flushConnection;
      },
    },
    {
      what: "another location",
      because: "a normalised leaf that changes later is drift every time",
      change: (shown) => {
        shown.location = "eastus";
      },
    },
  ];
  test.each(rows)("$what is drift, because of $because", ({ change }) => {
    const after = project(aGoal(), changed(aShown(), change));
    expect(projectionHash(after)).not.toBe(projectionHash(before));
  });
});

describe("what does not count as drift", () => {
  const rows: readonly { what: string; because: string; change: (shown: Shown) => void }[] = [
    {
      what: "an etag",
      because: "ARM sets it",
      change: (shown) => {
        shown.etag = 'W/"2"';
        const [rule] = shown.properties.securityRules ?? [];
        if (rule !== undefined) rule.etag = 'W/"2"';
      },
    },
    {
      what: "a property that we never sent",
      because: "ARM defaults and other managers own it",
      change: (shown) => {
        shown.properties["defaultSecurityRules"] = [{ name: "AllowVnetInBound" }];
      },
    },
    {
      what: "another order of rules",
      because: "elements pair by name",
      change: (shown) => shown.properties.securityRules?.reverse(),
    },
    {
      what: "a leaf of a rule that we never sent",
      because: "ARM sets it",
      change: (shown) => {
        const [rule] = shown.properties.securityRules ?? [];
        if (rule !== undefined) rule.properties["provisioningState"] = "Updating";
      },
    },
  ];
  test.each(rows)("$what is no drift, because $because", ({ change }) => {
    const after = project(aGoal(), changed(aShown(), change));
    expect(projectionHash(after)).toBe(projectionHash(before));
  });
});

describe("lists", () => {
  const list = (values: readonly (string | { id: string })[]) => ({
    goal: aGoal({ properties: { values: [...values] } }),
    shown: { properties: { values: [...values] } },
  });

  test("of plain values compare by position", () => {
    const { goal, shown } = list(["10.0.0.0/16", "10.1.0.0/16"]);
    const swapped = { properties: { values: ["10.1.0.0/16", "10.0.0.0/16"] } };
    expect(project(goal, swapped)).not.toEqual(project(goal, shown));
  });

  test("of references compare by id", () => {
    const { goal, shown } = list([{ id: "/a" }, { id: "/b" }]);
    const swapped = { properties: { values: [{ id: "/B" }, { id: "/a" }] } };
    const names = (value: unknown) =>
      (value as { properties: { values: { "#names": string[] } } }).properties.values["#names"];
    expect(names(project(goal, swapped))).toEqual(names(project(goal, shown)));
  });

  test("that were sent empty are drift as soon as somebody adds to them", () => {
    const goal = aGoal({ properties: { values: [] } });
    const empty = project(goal, { properties: { values: [] } });
    expect(project(goal, { properties: { values: ["x"] } })).not.toEqual(empty);
  });
});

describe("secrets", () => {
  const marker = secretMarker("uid-of-secret", "42", "password");
  const goal = aGoal(
    {
      properties: {
        administratorLoginPassword: marker,
        passwords: [marker],
        settings: { A: marker, B: "plain" },
      },
    },
    ["/tags", "/properties/settings"],
  );

  test("are in no projection, whatever ARM shows in their place", () => {
    const shown = {
      properties: {
        administratorLoginPassword: "hunter2",
        passwords: ["hunter2"],
        settings: { A: "hunter2", B: "plain" },
      },
    };
    const text = JSON.stringify(project(goal, shown));
    expect(text).not.toContain("hunter2");
    expect(text).not.toContain("uid-of-secret");
    expect(text).toContain("plain");
  });

  test("make no drift when ARM shows them once and hides them later", () => {
    const hidden = { properties: { passwords: [null], settings: { A: null, B: "plain" } } };
    const shown = { properties: { passwords: ["x"], settings: { A: "x", B: "plain" } } };
    expect(project(goal, hidden)).toEqual(project(goal, shown));
  });
});

test("members that ARM writes in other letter case are the same members", () => {
  const goal = aGoal({ properties: { ipTags: { firstTag: "a" } } });
  const shown = { Properties: { IPTags: { firsttag: "a" } } };
  expect(project(goal, shown)).toMatchObject({ properties: { ipTags: { firstTag: "a" } } });
});
