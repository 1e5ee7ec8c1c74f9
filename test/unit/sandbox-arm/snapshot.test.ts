import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../../src/core/json.ts";
import { restoreSnapshot, takeSnapshot } from "../../../src/sandbox/arm/snapshot.ts";
import {
  ArmUnderTest,
  account,
  at,
  group,
  newAccount,
  newVnet,
  server,
  vnet,
} from "./arm-under-test.ts";

function copied(value: JsonValue): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

describe("a snapshot", () => {
  test("carries resources, children and running operations into another world", () => {
    const arm = ArmUnderTest.withGroup();
    const put = arm.call("PUT", vnet, {
      ...newVnet,
      properties: { subnets: [{ name: "a", properties: {} }] },
    });
    arm.call("PUT", account, newAccount);
    const other = new ArmUnderTest();
    restoreSnapshot(other.world, copied(takeSnapshot(arm.world)));
    for (const id of [group, vnet, `${vnet}/subnets/a`, account]) {
      expect(other.call("GET", id).body).toEqual(arm.call("GET", id).body);
    }
    other.pass(3);
    const poll = String(put.headers["Azure-AsyncOperation"]);
    expect(other.call("GET", poll).body).toMatchObject({ status: "Succeeded" });
    expect(other.call("PUT", `${account}/blobServices/default`, { name: "default" }).status).toBe(
      200,
    );
  });

  test("may be edited by hand, and then the resource has drifted", () => {
    const arm = ArmUnderTest.withGroup();
    const text = JSON.stringify(takeSnapshot(arm.world)).replace(
      '"location":"westus"',
      '"location":"westus","tags":{"by":"hand"}',
    );
    restoreSnapshot(arm.world, JSON.parse(text) as JsonValue);
    expect(at(arm.call("GET", group).body, "tags.by")).toBe("hand");
  });

  test("holds no password", () => {
    const arm = ArmUnderTest.withGroup();
    arm.call("PUT", server, {
      location: "eastus",
      properties: { administratorLoginPassword: "s3cret!" },
    });
    expect(JSON.stringify(takeSnapshot(arm.world))).not.toContain("s3cret!");
  });

  test.each<[string, JsonValue]>([
    ["is a text", "x"],
    ["has no version", { resources: [] }],
    [
      "has a resource without a body",
      { version: 1, resources: [{ id: group, type: "A/b" }], operations: [] },
    ],
    ["has a list of texts", { version: 1, resources: ["x"], operations: [] }],
    ["has half an operation", { version: 1, resources: [], operations: [{ id: "x" }] }],
  ])("that %s is refused and changes nothing", (_what, value) => {
    const arm = ArmUnderTest.withGroup();
    expect(() => restoreSnapshot(arm.world, value)).toThrow("Not a state of the embedded ARM");
    expect(arm.call("GET", group).status).toBe(200);
  });
});
