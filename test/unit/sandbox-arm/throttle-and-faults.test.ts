import { describe, expect, test } from "vitest";
import type { Fault } from "../../../src/sandbox/arm/types.ts";
import { ArmUnderTest, code, group, newVnet, subscription, vnet } from "./arm-under-test.ts";

const small = {
  write: { burst: 2, perSecond: 1 },
  delete: { burst: 1, perSecond: 1 },
  read: { burst: 3, perSecond: 2 },
};

function counts(arm: ArmUnderTest): ReturnType<ArmUnderTest["world"]["statistics"]["stats"]> {
  return arm.world.statistics.stats({ stored: 0, running: 0, maxPolls: 0 });
}

describe("throttling", () => {
  test("is off by default and still tells what is left", () => {
    const arm = ArmUnderTest.withGroup();
    for (let i = 0; i < 300; i++) arm.call("GET", group);
    expect(arm.call("GET", group).headers).toMatchObject({
      "x-ms-ratelimit-remaining-subscription-reads": "249",
    });
    expect(counts(arm).byStatus["429"]).toBeUndefined();
  });

  test("counts down, refuses with Retry-After, and fills up again with time", () => {
    const arm = new ArmUnderTest({ throttle: small });
    const put = (): ReturnType<ArmUnderTest["call"]> =>
      arm.call("PUT", group, { location: "westus" });
    const left = [put(), put()].map(
      (got) => got.headers["x-ms-ratelimit-remaining-subscription-writes"],
    );
    expect(left).toEqual(["1", "0"]);
    const refused = put();
    expect([refused.status, code(refused), refused.headers["Retry-After"]]).toEqual([
      429,
      "SubscriptionRequestsThrottled",
      "1",
    ]);
    arm.pass(1);
    expect(put().status).toBe(200);
    expect(counts(arm)).toMatchObject({ throttled: 1, putPerId: { [group.toLowerCase()]: 3 } });
  });

  test("keeps a bucket per principal, subscription and class", () => {
    const arm = new ArmUnderTest({
      throttle: small,
      subscriptions: ["00000000-0000-0000-0000-000000000001", "other"],
    });
    const statuses = [
      arm.call("DELETE", group).status,
      arm.call("DELETE", group).status,
      arm.call("DELETE", "/subscriptions/other/resourceGroups/g").status,
      arm.call("GET", subscription).status,
      arm.as("somebody").call("DELETE", group).status,
    ];
    expect(statuses).toEqual([404, 429, 404, 200, 404]);
  });
});

describe("faults", () => {
  test("answer the next matching requests, after the skipped ones, and have no effect", () => {
    const arm = ArmUnderTest.withGroup();
    arm.world.faults.add({
      path: "/v$",
      method: "put",
      skip: 1,
      count: 2,
      status: 503,
      code: "ServiceUnavailable",
      headers: { "Retry-After": "7" },
    });
    expect(arm.call("GET", vnet).status).toBe(404);
    const puts = [1, 2, 3, 4].map(() => arm.call("PUT", vnet, newVnet));
    expect(puts.map((p) => p.status)).toEqual([201, 503, 503, 200]);
    expect(puts[1]?.headers["Retry-After"]).toBe("7");
    expect(counts(arm)).toMatchObject({ faults: 2, putPerId: { [vnet.toLowerCase()]: 2 } });
  });

  test.each([
    { drop: "before" as const, stored: false },
    { drop: "after" as const, stored: true },
  ])("drop the connection $drop the effect", ({ drop, stored }) => {
    const arm = ArmUnderTest.withGroup();
    arm.world.faults.add({ method: "PUT", drop });
    expect(arm.tryCall("PUT", vnet, newVnet)).toBeUndefined();
    expect(arm.world.store.get(vnet) !== undefined).toBe(stored);
    expect(counts(arm).byStatus["dropped"]).toBe(1);
  });

  test("of count -1 last until they are cleared", () => {
    const arm = ArmUnderTest.withGroup();
    const denied: Fault = { count: -1, status: 403, code: "AuthorizationFailed" };
    arm.world.faults.add(denied);
    for (let i = 0; i < 3; i++) expect(code(arm.call("GET", group))).toBe("AuthorizationFailed");
    expect(arm.world.faults.list()).toEqual([denied]);
    arm.world.faults.clear();
    expect(arm.call("GET", group).status).toBe(200);
  });

  test("hit token requests only when they name the path", () => {
    const arm = new ArmUnderTest();
    const url = new URL("https://localhost:8443/common/v2.0/.well-known/openid-configuration");
    arm.world.faults.add({ status: 500 });
    expect(arm.raw("GET", url, undefined, {})?.status).toBe(200);
    arm.world.faults.add({ path: "openid-configuration", status: 503 });
    expect(arm.raw("GET", url, undefined, {})?.status).toBe(503);
  });

  test("at random hit the share of requests that was asked for", () => {
    const arm = ArmUnderTest.withGroup();
    arm.world.settings = { ...arm.world.settings, faultRate: 0.6 };
    expect(arm.tryCall("GET", group)?.status).toBe(503);
    arm.world.settings = { ...arm.world.settings, faultRate: 0.4 };
    expect(arm.tryCall("GET", group)?.status).toBe(200);
  });
});

describe("counting", () => {
  test("knows methods, types, requests per id and the first PUT", () => {
    const arm = ArmUnderTest.withGroup();
    const started = arm.now;
    arm.pass(1);
    arm.call("PUT", group, { location: "westus" });
    arm.call("GET", group);
    arm.call("GET", `${subscription}/resourcegroups`);
    arm.call("DELETE", group);
    const key = group.toLowerCase();
    expect(counts(arm)).toMatchObject({
      total: 5,
      byMethod: { PUT: 2, GET: 1, LIST: 1, DELETE: 1 },
      byType: {
        "PUT Microsoft.Resources/resourceGroups": 2,
        "LIST Microsoft.Resources/resourceGroups": 1,
      },
      firstPut: { [key]: started },
      lastPut: { [key]: started + 1000 },
      getPerId: { [key]: 1 },
      deletePerId: { [key]: 1 },
      maxPutsPerId: 2,
      distinctPut: 1,
    });
  });

  test("the journal names the principal and starts again after a reset", () => {
    const arm = ArmUnderTest.withGroup();
    expect(arm.world.statistics.journal(0)).toMatchObject([
      {
        n: 0,
        method: "PUT",
        status: 201,
        principal: "00000000-0000-0000-0000-000000000002/tester",
        body: { location: "westus" },
      },
    ]);
    arm.world.statistics.reset(arm.now);
    arm.call("GET", group);
    expect(arm.world.statistics.journal(0)).toMatchObject([{ n: 0, method: "GET" }]);
  });
});
