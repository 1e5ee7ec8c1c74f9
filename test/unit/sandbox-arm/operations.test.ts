import { describe, expect, test } from "vitest";
import type { LroRule, LroShape } from "../../../src/sandbox/arm/types.ts";
import {
  ArmUnderTest,
  account,
  at,
  code,
  type Got,
  group,
  newAccount,
  newVnet,
  server,
  vnet,
} from "./arm-under-test.ts";

const async = "Azure-AsyncOperation";

function withRule(rule: Partial<LroRule>): ArmUnderTest {
  return ArmUnderTest.withGroup({ durations: [{ type: "virtualNetworks$", seconds: 2, ...rule }] });
}

function counts(arm: ArmUnderTest): { polls: number; earlyPolls: number } {
  return arm.world.statistics.stats({ stored: 0, running: 0, maxPolls: 0 });
}

function header(got: Got, name: string): string {
  const value = got.headers[name];
  if (value === undefined) throw new Error(`no ${name} in ${JSON.stringify(got)}`);
  return value;
}

describe("the first answer of a PUT", () => {
  const shapes: {
    shape: LroShape;
    status: number;
    headers: string[];
    state: string | undefined;
  }[] = [
    { shape: "none", status: 201, headers: [], state: "Succeeded" },
    { shape: "body", status: 201, headers: [], state: "Creating" },
    { shape: "async", status: 201, headers: [async], state: "Creating" },
    { shape: "location", status: 202, headers: ["Location"], state: undefined },
    { shape: "both", status: 202, headers: [async, "Location"], state: undefined },
    { shape: "relative", status: 201, headers: ["Location"], state: "Succeeded" },
  ];

  test.each(shapes)(
    "of shape $shape is $status with $headers",
    ({ shape, status, headers, state }) => {
      const arm = withRule({ shape });
      const got = arm.call("PUT", vnet, newVnet);
      expect(got.status).toBe(status);
      expect([async, "Location"].filter((h) => got.headers[h] !== undefined)).toEqual(headers);
      expect(at(got.body, "properties.provisioningState")).toBe(state);
      arm.pass(2);
      const after = arm.call("GET", vnet).body;
      expect(at(after, "properties.provisioningState")).toBe("Succeeded");
    },
  );

  test.each([
    { id: vnet, body: newVnet, status: 201, headers: [async], seconds: 3 },
    {
      id: account,
      body: newAccount,
      status: 202,
      headers: ["Location", "Retry-After"],
      seconds: 4,
    },
    {
      id: server,
      body: { location: "eastus" },
      status: 202,
      headers: [async, "Location"],
      seconds: 3,
    },
  ])(
    "is that of the type where no rule says otherwise: $id",
    ({ id, body, status, headers, seconds }) => {
      const arm = ArmUnderTest.withGroup();
      const got = arm.call("PUT", id, body);
      const isLro = (name: string): boolean => [async, "Location", "Retry-After"].includes(name);
      expect([got.status, Object.keys(got.headers).filter(isLro)]).toEqual([status, headers]);
      arm.pass(seconds - 0.1);
      expect(arm.world.operations.runningOn(id)).toBeDefined();
      arm.pass(0.1);
      arm.call("GET", id);
      expect(arm.world.operations.runningOn(id)).toBeUndefined();
    },
  );
});

describe("polling", () => {
  test("Azure-AsyncOperation goes from InProgress to Succeeded", () => {
    const arm = withRule({ shape: "async" });
    const url = header(arm.call("PUT", vnet, newVnet), async);
    expect(arm.call("GET", url)).toMatchObject({ status: 200, body: { status: "InProgress" } });
    arm.pass(2);
    expect(arm.call("GET", url)).toMatchObject({ status: 200, body: { status: "Succeeded" } });
  });

  test("Location goes from 202 to the resource, or to 204 where asked for", () => {
    for (const finalStatus of [200, 204] as const) {
      const arm = withRule({ shape: "location", finalStatus });
      const url = header(arm.call("PUT", vnet, newVnet), "Location");
      expect(arm.call("GET", url)).toMatchObject({ status: 202, headers: { Location: url } });
      arm.pass(2);
      const last = arm.call("GET", url);
      expect([last.status, at(last.body, "name")]).toEqual([
        finalStatus,
        finalStatus === 200 ? "v" : undefined,
      ]);
    }
  });

  test("of a DELETE ends with the resource gone", () => {
    const arm = withRule({ shape: "both", retryAfter: 1 });
    arm.call("PUT", vnet, newVnet);
    arm.pass(2);
    const deleted = arm.call("DELETE", vnet);
    expect(deleted).toMatchObject({ status: 202, headers: { "Retry-After": "1" } });
    expect(header(arm.call("DELETE", vnet), "Location")).toBe(header(deleted, "Location"));
    arm.pass(2);
    expect(arm.call("GET", header(deleted, async)).body).toMatchObject({ status: "Succeeded" });
    expect(arm.call("GET", header(deleted, "Location")).status).toBe(200);
    expect(arm.call("GET", vnet).status).toBe(404);
  });

  test("follows URLs that move, and an old one is refused where it must be followed", () => {
    for (const moving of ["offered", "required"] as const) {
      const arm = withRule({ shape: "location", moving });
      const first = header(arm.call("PUT", vnet, newVnet), "Location");
      const second = header(arm.call("GET", first), "Location");
      expect(second).not.toBe(first);
      expect(arm.call("GET", first).status).toBe(moving === "offered" ? 202 : 404);
    }
  });

  test("counts polls, and those that Retry-After did not allow yet", () => {
    const arm = withRule({ shape: "async", retryAfter: 2, seconds: 10 });
    const url = header(arm.call("PUT", vnet, newVnet), async);
    arm.pass(1);
    arm.call("GET", url);
    expect(counts(arm)).toMatchObject({ polls: 1, earlyPolls: 1 });
    arm.pass(2);
    expect(arm.call("GET", url).headers["Retry-After"]).toBe("2");
    expect(counts(arm)).toMatchObject({ polls: 2, earlyPolls: 1 });
  });

  test("a GET of the resource counts as a poll only where the body is what is polled", () => {
    const body = withRule({ shape: "body" });
    body.call("PUT", vnet, newVnet);
    body.call("GET", vnet);
    expect(counts(body).polls).toBe(1);
    const other = withRule({ shape: "async" });
    other.call("PUT", vnet, newVnet);
    other.call("GET", vnet);
    expect(counts(other).polls).toBe(0);
  });
});

describe("an operation that fails", () => {
  test.each([
    { lro: "Failed" as const, expected: "Failed" },
    { lro: "Canceled" as const, expected: "Canceled" },
    { lro: true as const, expected: "Failed" },
  ])("ends $expected in its status and in the resource", ({ lro, expected }) => {
    const arm = withRule({ shape: "async" });
    arm.world.faults.add({
      path: "virtualNetworks/v$",
      lro,
      code: "ServerIsBusy",
      message: "it broke",
    });
    const url = header(arm.call("PUT", vnet, newVnet), async);
    arm.pass(2);
    expect(arm.call("GET", url).body).toMatchObject({
      status: expected,
      error: { code: "ServerIsBusy", message: "it broke" },
    });
    expect(at(arm.call("GET", vnet).body, "properties.provisioningState")).toBe(expected);
    arm.call("PUT", vnet, newVnet);
    arm.pass(2);
    expect(at(arm.call("GET", vnet).body, "properties.provisioningState")).toBe("Succeeded");
  });

  test("is an error answer where Location is polled, and leaves a resource that could not be deleted", () => {
    const arm = ArmUnderTest.withGroup();
    arm.world.faults.add({ method: "DELETE", lro: true, code: "InUse" });
    const url = header(arm.call("DELETE", group), "Location");
    arm.pass(1);
    const last = arm.call("GET", url);
    expect([last.status, code(last)]).toEqual([409, "InUse"]);
    expect(at(arm.call("GET", group).body, "properties.provisioningState")).toBe("Failed");
    expect(arm.call("PUT", vnet, newVnet).status).toBe(201);
  });
});

describe("a second write while one runs", () => {
  test("takes over, or is refused where asked for", () => {
    const arm = ArmUnderTest.withGroup();
    arm.call("PUT", vnet, newVnet);
    expect(arm.call("PUT", vnet, newVnet).status).toBe(200);
    arm.world.settings = { ...arm.world.settings, rejectWhileBusy: true };
    expect(code(arm.call("PUT", vnet, newVnet))).toBe("AnotherOperationInProgress");
    expect(code(arm.call("PUT", `${vnet}/subnets/a`, {}))).toBe("AnotherOperationInProgress");
    arm.pass(3);
    expect(arm.call("PUT", `${vnet}/subnets/a`, {}).status).toBe(201);
  });
});
