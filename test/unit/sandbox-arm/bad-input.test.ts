import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../../src/core/json.ts";
import {
  ArmUnderTest,
  account,
  code,
  group,
  network,
  newAccount,
  newVnet,
  subscription,
  vnet,
} from "./arm-under-test.ts";

type Case = {
  because: string;
  method?: string;
  path: string;
  body?: JsonValue | string;
  status: number;
  expected: string;
};

const cases: Case[] = [
  {
    because: "api-version is empty",
    path: `${vnet}?api-version=`,
    body: newVnet,
    status: 400,
    expected: "MissingApiVersionParameter",
  },
  {
    because: "api-version is not a date",
    path: `${vnet}?api-version=latest`,
    body: newVnet,
    status: 400,
    expected: "InvalidApiVersionParameter",
  },
  {
    because: "the subscription is unknown",
    path: "/subscriptions/other/resourceGroups/g",
    body: { location: "westus" },
    status: 404,
    expected: "SubscriptionNotFound",
  },
  {
    because: "the group does not exist",
    path: vnet.replace("/rg/", "/none/"),
    body: newVnet,
    status: 404,
    expected: "ResourceGroupNotFound",
  },
  {
    because: "the parent does not exist",
    path: `${vnet}/subnets/a`,
    body: {},
    status: 404,
    expected: "ParentResourceNotFound",
  },
  {
    because: "a location is missing",
    path: vnet,
    body: { properties: {} },
    status: 400,
    expected: "LocationRequired",
  },
  {
    because: "the body is no JSON",
    path: vnet,
    body: "{",
    status: 400,
    expected: "InvalidRequestContent",
  },
  {
    because: "the body is a list",
    path: vnet,
    body: [],
    status: 400,
    expected: "InvalidRequestContent",
  },
  {
    because: "body and URL name different resources",
    path: vnet,
    body: { ...newVnet, name: "w" },
    status: 400,
    expected: "InvalidRequestContent",
  },
  {
    because: "a network name starts with a dash",
    path: `${network}/virtualNetworks/-v`,
    body: newVnet,
    status: 400,
    expected: "InvalidResourceName",
  },
  {
    because: "an account name has capitals",
    path: account.replace("abc", "Abc"),
    body: newAccount,
    status: 400,
    expected: "AccountNameInvalid",
  },
  {
    because: "a group name ends with a period",
    path: `${subscription}/resourceGroups/g.`,
    body: { location: "westus" },
    status: 400,
    expected: "InvalidResourceGroup",
  },
  {
    because: "a name holds an encoded slash",
    path: `${network}/virtualNetworks/a%2Fb`,
    body: newVnet,
    status: 400,
    expected: "InvalidRequestUri",
  },
  {
    because: "the URL is badly encoded",
    path: `${network}/virtualNetworks/%zz`,
    body: newVnet,
    status: 400,
    expected: "InvalidRequestUri",
  },
  {
    because: "a name of any type holds a percent sign",
    path: `${group}/providers/Microsoft.Web/sites/a%25b`,
    body: {},
    status: 400,
    expected: "InvalidResourceName",
  },
  {
    because: "a group cannot move",
    path: group,
    body: { location: "eastus" },
    status: 409,
    expected: "InvalidResourceGroupLocation",
  },
  {
    because: "a reference leads nowhere",
    path: vnet,
    body: {
      ...newVnet,
      properties: { ddosProtectionPlan: { id: `${network}/ddosProtectionPlans/none` } },
    },
    status: 400,
    expected: "InvalidResourceReference",
  },
  {
    because: "the method is not one of ARM's",
    method: "PROPFIND",
    path: group,
    status: 405,
    expected: "MethodNotAllowed",
  },
  {
    because: "the path names nothing",
    method: "GET",
    path: "/nonsense",
    status: 404,
    expected: "InvalidResourceType",
  },
  {
    because: "an action is unknown",
    method: "POST",
    path: `${group}/explode`,
    status: 400,
    expected: "InvalidResourceType",
  },
  {
    because: "the skip token is made up",
    method: "GET",
    path: `${subscription}/resourcegroups?$skiptoken=eA`,
    status: 400,
    expected: "InvalidSkipToken",
  },
  {
    because: "an operation is unknown",
    method: "GET",
    path: `${subscription}/providers/A.B/locations/x/operationResults/1`,
    status: 404,
    expected: "NotFound",
  },
];

describe("bad input", () => {
  test.each(cases)(
    "$status $expected when $because",
    ({ method = "PUT", path, body, status, expected }) => {
      const arm = ArmUnderTest.withGroup();
      const got = arm.call(method, path, body);
      expect([got.status, code(got)]).toEqual([status, expected]);
      expect(arm.world.store.all()).toHaveLength(1);
    },
  );

  test.each([
    ["no token", undefined],
    ["a token of another issuer", "Bearer a.b.c"],
    ["another scheme", "Basic abc"],
  ])("401 with %s", (_what, authorization) => {
    const arm = new ArmUnderTest();
    const headers = authorization === undefined ? {} : { authorization };
    const got = arm.raw(
      "GET",
      new URL(`https://localhost:8443${subscription}?api-version=2022-12-01`),
      undefined,
      headers,
    );
    expect(got).toMatchObject({
      status: 401,
      body: { error: { code: "InvalidAuthenticationToken" } },
    });
    expect(got?.headers["WWW-Authenticate"]).toContain("Bearer");
  });

  test("401 once the token has expired", () => {
    const arm = new ArmUnderTest();
    const headers = { authorization: `Bearer ${arm.token()}` };
    arm.pass(3600);
    const got = arm.raw(
      "GET",
      new URL(`https://localhost:8443${subscription}?api-version=2022-12-01`),
      undefined,
      headers,
    );
    expect(got?.status).toBe(401);
  });

  test("a reference to a resource that exists is accepted", () => {
    const arm = ArmUnderTest.withGroup();
    const nsg = `${network}/networkSecurityGroups/n`;
    arm.call("PUT", nsg, { location: "westus" });
    arm.call("PUT", vnet, newVnet);
    const put = arm.call("PUT", `${vnet}/subnets/a`, {
      properties: { networkSecurityGroup: { id: nsg } },
    });
    expect(put.status).toBe(201);
  });
});
