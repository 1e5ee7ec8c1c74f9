import { describe, expect, test } from "vitest";
import { goalHash, isSecretMarker, secretMarker } from "../../../src/core/diff/goal.ts";
import { aGoal } from "./goals.ts";

const goal = aGoal();

describe("the hash of a goal", () => {
  test("is 32 hex digits", () => {
    expect(goalHash(goal)).toMatch(/^[0-9a-f]{32}$/);
  });

  test("does not depend on the order of members", () => {
    const reversed = Object.fromEntries(Object.entries(goal.body).reverse());
    expect(goalHash({ ...goal, body: reversed })).toBe(goalHash(goal));
  });

  test("depends on the order of elements", () => {
    const one = aGoal({ properties: { prefixes: ["a", "b"] } });
    const other = aGoal({ properties: { prefixes: ["b", "a"] } });
    expect(goalHash(one)).not.toBe(goalHash(other));
  });

  test("changes with the api-version, because the user asked for another contract", () => {
    expect(goalHash({ ...goal, apiVersion: "2025-03-01" })).not.toBe(goalHash(goal));
  });

  test("changes with the ARM id, and not with its letter case", () => {
    expect(goalHash({ ...goal, armId: `${goal.armId}2` })).not.toBe(goalHash(goal));
    expect(goalHash({ ...goal, armId: goal.armId.toUpperCase() })).toBe(goalHash(goal));
  });

  test("changes with the letter case of a value, which ARM may keep", () => {
    expect(goalHash(aGoal({ location: "WEST US 3" }))).not.toBe(goalHash(goal));
  });
});

describe("a secret in a goal", () => {
  const withSecret = (uid: string, version: string, key = "password"): string =>
    goalHash(aGoal({ properties: { password: secretMarker(uid, version, key) } }));

  test("changes the hash with every new version of the Secret", () => {
    expect(withSecret("u", "1")).not.toBe(withSecret("u", "2"));
  });

  test("changes the hash when the Secret was created again", () => {
    expect(withSecret("u", "1")).not.toBe(withSecret("v", "1"));
  });

  test("changes the hash with the key that is used", () => {
    expect(withSecret("u", "1")).not.toBe(withSecret("u", "1", "other"));
  });

  test("is told from every text that a user can write", () => {
    expect(isSecretMarker(secretMarker("u", "1", "k"))).toBe(true);
    expect(isSecretMarker("secret:u:1:k")).toBe(false);
    expect(isSecretMarker(undefined)).toBe(false);
    expect(isSecretMarker({})).toBe(false);
  });
});
