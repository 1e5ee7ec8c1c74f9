import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { differences, driftedPaths } from "../../src/core/diff/compare.ts";
import { type Goal, goalHash, secretMarker } from "../../src/core/diff/goal.ts";
import { project, projectionHash } from "../../src/core/diff/projection.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../src/core/json.ts";

const runs = { numRuns: 500 };
const keys = fc.constantFrom("tags", "properties", "size", "mode", "rules", "a/b", "~x", "é");
const leaves = fc.oneof(fc.string(), fc.integer(), fc.boolean());
const names = fc.constantFrom("one", "two", "three", "four");

const { value: values } = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaves,
    fc.array(leaves, { maxLength: 3 }) as fc.Arbitrary<JsonValue>,
    fc.uniqueArray(fc.record({ name: names, properties: tie("object") }), {
      maxLength: 3,
      selector: ({ name }) => name,
    }) as fc.Arbitrary<JsonValue>,
    tie("object"),
  ),
  object: fc.dictionary(keys, tie("value"), { maxKeys: 4 }),
}));
const bodies = fc.dictionary(keys, values, { minKeys: 1, maxKeys: 5 });
const goals: fc.Arbitrary<Goal> = bodies.map((body) => ({
  armId: "/subscriptions/s/resourceGroups/rg",
  apiVersion: "2024-01-01",
  body,
  maps: pointersOf(body),
}));

/** Every object of a body counts as a map: the strictest case. */
function pointersOf(value: JsonValue, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((one, at) => pointersOf(one, `${path}/${at}`));
  if (!isJsonObject(value)) return [];
  const below = Object.entries(value).flatMap(([key, one]) =>
    pointersOf(one, `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`),
  );
  return path === "" ? below : [path, ...below];
}

/** What a server makes of a body that it took as it is: fields of its own at the root, members in another order. */
function served(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(served);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, one]) => [key, served(one)]),
  );
}

function shownOf(goal: Goal): JsonObject {
  return { ...(served(goal.body) as JsonObject), etag: "1", id: goal.armId };
}

describe("a projection", () => {
  test("is the same for the same answer, in whatever order its members come", () => {
    fc.assert(
      fc.property(goals, (goal) => {
        const hash = projectionHash(project(goal, goal.body));
        expect(projectionHash(project(goal, shownOf(goal)))).toBe(hash);
      }),
      runs,
    );
  });

  test("does not see what the server adds beside what was sent", () => {
    fc.assert(
      fc.property(
        goals,
        fc.dictionary(fc.constantFrom("etag", "type", "sku"), values),
        (goal, more) => {
          const own = { ...goal, maps: [] };
          expect(project(own, { ...more, ...goal.body })).toEqual(project(own, goal.body));
        },
      ),
      runs,
    );
  });

  test("changes with every leaf that was sent, and the changed path is named", () => {
    fc.assert(
      fc.property(goals, fc.nat(), (goal, pick) => {
        const paths = leafPaths(goal.body);
        const path = paths[pick % Math.max(1, paths.length)];
        if (path === undefined) return;
        const after = withLeaf(goal.body, path, "changed by somebody else") as JsonObject;
        const before = project(goal, goal.body);
        expect(projectionHash(project(goal, after))).not.toBe(projectionHash(before));
        expect(driftedPaths(before, goal, after).length).toBeGreaterThan(0);
      }),
      runs,
    );
  });

  test("changes when a member is added to a map or an element to a list", () => {
    fc.assert(
      fc.property(goals, (goal) => {
        const before = projectionHash(project(goal, goal.body));
        for (const [key, value] of Object.entries(goal.body)) {
          if (typeof value !== "object" || value === null) continue;
          const more = Array.isArray(value)
            ? [...value, { name: "added" }]
            : { ...value, added: 1 };
          const after = projectionHash(project(goal, { ...goal.body, [key]: more }));
          expect(after, key).not.toBe(before);
        }
      }),
      runs,
    );
  });

  test("holds no secret: neither the value that ARM shows nor the marker that we hash", () => {
    fc.assert(
      fc.property(goals, fc.nat(), (goal, pick) => {
        const paths = leafPaths(goal.body);
        const path = paths[pick % Math.max(1, paths.length)];
        if (path === undefined) return;
        const marker = secretMarker("uid-7", "99", "key-5");
        const secret: Goal = { ...goal, body: withLeaf(goal.body, path, marker) as JsonObject };
        const shown = withLeaf(goal.body, path, "hunter2-canary") as JsonObject;
        const text = JSON.stringify(project(secret, shown));
        for (const trace of ["hunter2-canary", "uid-7", "key-5"]) expect(text).not.toContain(trace);
        expect(differences(secret, shown)).toEqual([]);
      }),
      runs,
    );
  });
});

describe("without a baseline", () => {
  test("a server that took the goal as it is shows no difference", () => {
    fc.assert(
      fc.property(goals, (goal) => {
        expect(differences(goal, shownOf(goal))).toEqual([]);
      }),
      runs,
    );
  });

  test("every changed leaf is a difference", () => {
    fc.assert(
      fc.property(goals, fc.nat(), (goal, pick) => {
        const paths = leafPaths(goal.body);
        const path = paths[pick % Math.max(1, paths.length)];
        if (path === undefined) return;
        const after = withLeaf(goal.body, path, "changed by somebody else") as JsonObject;
        expect(differences(goal, after)).not.toEqual([]);
      }),
      runs,
    );
  });
});

describe("the hash of a goal", () => {
  test("does not depend on the order of members at any depth", () => {
    fc.assert(
      fc.property(goals, (goal) => {
        const other = { ...goal, body: served(goal.body) as JsonObject };
        expect(goalHash(other)).toBe(goalHash(goal));
      }),
      runs,
    );
  });

  test("differs with every leaf", () => {
    fc.assert(
      fc.property(goals, fc.nat(), (goal, pick) => {
        const paths = leafPaths(goal.body);
        const path = paths[pick % Math.max(1, paths.length)];
        if (path === undefined) return;
        const body = withLeaf(goal.body, path, "another value of the user") as JsonObject;
        expect(goalHash({ ...goal, body })).not.toBe(goalHash(goal));
      }),
      runs,
    );
  });
});

type Path = readonly (string | number)[];

/** Paths of all leaves; names of elements are left out, because they say which element it is. */
function leafPaths(value: JsonValue, path: Path = []): Path[] {
  if (Array.isArray(value)) return value.flatMap((one, at) => leafPaths(one, [...path, at]));
  if (isJsonObject(value))
    return Object.entries(value)
      .filter(([key]) => key !== "name")
      .flatMap(([key, one]) => leafPaths(one, [...path, key]));
  return [path];
}

function withLeaf(value: JsonValue, path: Path, leaf: JsonValue): JsonValue {
  const [at, ...rest] = path;
  if (at === undefined) return leaf;
  if (Array.isArray(value))
    return value.map((one, index) => (index === at ? withLeaf(one, rest, leaf) : one));
  if (!isJsonObject(value)) return value;
  return { ...value, [at]: withLeaf(value[at] ?? null, rest, leaf) };
}
