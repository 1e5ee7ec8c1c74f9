import { describe, expect, test } from "vitest";
import {
  ArmUnderTest,
  account,
  at,
  code,
  group,
  names,
  network,
  newAccount,
  newVnet,
  server,
  subscription,
  vnet,
} from "./arm-under-test.ts";

const subnet = (name: string): string => `${vnet}/subnets/${name}`;
const identities = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities`;
const assignments = `${vnet}/providers/Microsoft.Authorization/roleAssignments`;
const guid = (n: number): string => `00000000-0000-0000-0000-00000000000${n}`;

describe("PUT", () => {
  test("answers 201 for a new resource and 200 for a known one, whatever the case of the id", () => {
    const arm = new ArmUnderTest();
    expect(arm.call("PUT", group, { location: "West US 2" }).status).toBe(201);
    const again = arm.call("PUT", group.toUpperCase().replace("/SUBSCRIPTIONS", "/subscriptions"), {
      location: "westus2",
    });
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({
      id: group,
      name: "rg",
      location: "westus2",
      properties: { provisioningState: "Succeeded" },
    });
  });

  test("replaces what the client owns and keeps what the server computed once", () => {
    const arm = ArmUnderTest.withGroup();
    const first = arm.call("PUT", `${identities}/i`, { location: "westus", tags: { a: "1" } });
    const second = arm.call("PUT", `${identities}/i`, { location: "westus", tags: { b: "2" } });
    expect(at(second.body, "tags")).toEqual({ b: "2" });
    expect(at(second.body, "properties")).toEqual(at(first.body, "properties"));
    expect(at(first.body, "properties.principalId")).toMatch(/^[0-9a-f-]{36}$/);
    expect(at(first.body, "properties.provisioningState")).toBeUndefined();
    expect(at(first.body, "id")).toContain("/resourcegroups/");
  });

  test.each([
    { path: "properties.primaryEndpoints.blob", expected: "https://abc.blob.core.windows.net/" },
    { path: "location", expected: "westus" },
    { path: "sku.tier", expected: "Standard" },
    { path: "properties.accessTier", expected: "Hot" },
    { path: "properties.provisioningState", expected: "Succeeded" },
  ])("a storage account shows $path", ({ path, expected }) => {
    const arm = ArmUnderTest.withGroup();
    arm.call("PUT", account, newAccount);
    arm.pass(4);
    expect(at(arm.call("GET", account).body, path)).toBe(expected);
  });
});

describe("PUT of a type with a provider's own rules", () => {
  test("a PostgreSQL server becomes Ready with a host name and never shows its password", () => {
    const arm = ArmUnderTest.withGroup();
    const request = {
      location: "eastus",
      properties: { administratorLogin: "me", administratorLoginPassword: "s3cret!" },
    };
    arm.call("PUT", server, request);
    expect(at(arm.call("GET", server).body, "properties.state")).toBe("Provisioning");
    arm.pass(3);
    const body = arm.call("GET", server).body;
    expect(at(body, "properties")).toMatchObject({
      state: "Ready",
      fullyQualifiedDomainName: "pg.postgres.database.azure.com",
    });
    const everything = JSON.stringify([body, arm.world.statistics.journal(0)]);
    expect(everything).not.toContain("s3cret!");
    expect(everything).toContain("[sha256 ");
  });

  test("a static public address gets its number when the operation is done", () => {
    const arm = ArmUnderTest.withGroup();
    const ip = `${network}/publicIPAddresses/ip`;
    arm.call("PUT", ip, {
      location: "westus",
      sku: { name: "Standard" },
      properties: { publicIPAllocationMethod: "Static" },
    });
    expect(at(arm.call("GET", ip).body, "properties.ipAddress")).toBeUndefined();
    arm.pass(2);
    expect(at(arm.call("GET", ip).body, "properties.ipAddress")).toMatch(/^20\.\d+\.\d+\.\d+$/);
  });

  test("fills in principals of identities and refuses one that does not exist", () => {
    const arm = ArmUnderTest.withGroup();
    const used = {
      type: "SystemAssigned, UserAssigned",
      userAssignedIdentities: { [`${identities}/i`]: {} },
    };
    expect(code(arm.call("PUT", account, { ...newAccount, identity: used }))).toBe(
      "FailedIdentityOperation",
    );
    arm.call("PUT", `${identities}/i`, { location: "westus" });
    arm.call("PUT", account, { ...newAccount, identity: used });
    const identity = at(arm.call("GET", account).body, "identity");
    expect(at(identity, "principalId")).toBeTypeOf("string");
    expect(JSON.stringify(identity)).toContain("clientId");
  });
});

describe("PUT of a child", () => {
  test("the blob service exists with its account and a container under it", () => {
    const arm = ArmUnderTest.withGroup();
    expect(code(arm.call("PUT", `${account}/blobServices/default/containers/c`, {}))).toBe(
      "ParentResourceNotFound",
    );
    arm.call("PUT", account, newAccount);
    const put = arm.call("PUT", `${account}/blobServices/default`, {
      name: "default",
      properties: { isVersioningEnabled: true },
    });
    expect(put).toMatchObject({ status: 200, body: { name: "default" } });
    expect(at(arm.call("GET", `${account}/blobServices/default`).body, "properties")).toMatchObject(
      { isVersioningEnabled: true, cors: { corsRules: [] } },
    );
    expect(arm.call("PUT", `${account}/blobServices/default/containers/c`, {}).status).toBe(201);
  });

  test("a configuration of a PostgreSQL server is set, and there is no DELETE for it", () => {
    const arm = ArmUnderTest.withGroup();
    arm.call("PUT", server, { location: "eastus" });
    const configuration = `${server}/configurations/max_connections`;
    expect(
      arm.call("PUT", configuration, { properties: { value: "50", source: "user-override" } })
        .status,
    ).toBe(202);
    arm.pass(1);
    expect(at(arm.call("GET", configuration).body, "properties")).toMatchObject({
      value: "50",
      source: "user-override",
    });
    expect(arm.call("DELETE", configuration).status).toBe(405);
  });

  test("a role assignment may stand on any resource, but not twice", () => {
    const arm = ArmUnderTest.withGroup();
    const properties = {
      principalId: guid(9),
      roleDefinitionId: "/providers/Microsoft.Authorization/roleDefinitions/r",
    };
    expect(code(arm.call("PUT", `${assignments}/${guid(1)}`, { properties }))).toBe(
      "ParentResourceNotFound",
    );
    arm.call("PUT", vnet, newVnet);
    const put = arm.call("PUT", `${assignments}/${guid(1)}`, { properties });
    expect(put).toMatchObject({ status: 201, body: { properties: { scope: vnet } } });
    expect(code(arm.call("PUT", `${assignments}/${guid(2)}`, { properties }))).toBe(
      "RoleAssignmentExists",
    );
    expect(code(arm.call("PUT", `${assignments}/not-a-guid`, { properties }))).toBe(
      "InvalidRoleAssignmentId",
    );
  });
});

describe("children that the parent's body shows", () => {
  test("are listed in the parent, and deleted and counted when its PUT leaves them out", () => {
    const arm = ArmUnderTest.withGroup();
    arm.call("PUT", vnet, newVnet);
    for (const name of ["a", "b", "c"])
      arm.call("PUT", subnet(name), { properties: { addressPrefix: "10.0.0.0/24" } });
    expect(names(arm.call("GET", vnet).body, "properties.subnets")).toEqual(["a", "b", "c"]);
    const { body } = arm.call("GET", vnet);
    const kept = at(body, "properties.subnets");
    const withSubnets = { ...newVnet, properties: { subnets: kept ?? [] } };
    arm.call("PUT", vnet, withSubnets);
    expect(arm.world.statistics.stats({ stored: 0, running: 0, maxPolls: 0 }).childrenLost).toBe(0);
    arm.call("PUT", vnet, { ...newVnet, properties: { subnets: [{ name: "B", properties: {} }] } });
    expect(names(arm.call("GET", vnet).body, "properties.subnets")).toEqual(["b"]);
    expect(arm.call("GET", subnet("a")).status).toBe(404);
    expect(arm.world.statistics.stats({ stored: 0, running: 0, maxPolls: 0 }).childrenLost).toBe(2);
  });

  test.each([
    ["networkSecurityGroups", "securityRules"],
    ["routeTables", "routes"],
  ])("%s decide about their %s", (type, children) => {
    const arm = ArmUnderTest.withGroup();
    const parent = `${network}/${type}/p`;
    arm.call("PUT", parent, {
      location: "westus",
      properties: { [children]: [{ name: "x", properties: {} }] },
    });
    expect(arm.call("GET", `${parent}/${children}/x`).status).toBe(200);
    arm.call("PUT", parent, { location: "westus" });
    expect(arm.call("GET", `${parent}/${children}/x`).status).toBe(404);
  });
});

describe("GET and HEAD", () => {
  test("a resource that is there, one that is not, and one in a group that is not", () => {
    const arm = ArmUnderTest.withGroup();
    expect(arm.call("HEAD", group).status).toBe(204);
    expect(arm.call("HEAD", vnet).status).toBe(404);
    expect(code(arm.call("GET", vnet))).toBe("ResourceNotFound");
    expect(code(arm.call("GET", vnet.replace("/rg/", "/other/")))).toBe("ResourceGroupNotFound");
  });

  test("show the old state for a while after a PUT, where asked for", () => {
    const arm = ArmUnderTest.withGroup({ staleGetMs: 5000 });
    arm.call("PUT", vnet, newVnet);
    expect(arm.call("GET", vnet).status).toBe(404);
    arm.pass(5);
    arm.call("PUT", vnet, { ...newVnet, tags: { a: "1" } });
    expect(at(arm.call("GET", vnet).body, "tags")).toBeUndefined();
    arm.pass(5);
    expect(at(arm.call("GET", vnet).body, "tags")).toEqual({ a: "1" });
  });
});

describe("lists", () => {
  const many = ArmUnderTest.withGroup({ pageSize: 2 });
  for (const name of ["a", "b", "c"])
    many.call("PUT", `${network}/routeTables/${name}`, { location: "westus" });

  test.each([
    ["the group", `${network}/routeTables`],
    ["the subscription", `${subscription}/providers/Microsoft.Network/routeTables`],
  ])("of a type in %s come in pages", (_where, path) => {
    const first = many.call("GET", path);
    expect(names(first.body)).toEqual(["a", "b"]);
    const second = many.call("GET", String(at(first.body, "nextLink")));
    expect(names(second.body)).toEqual(["c"]);
    expect(at(second.body, "nextLink")).toBeUndefined();
  });

  test("of groups, of children under their parent, and of all resources", () => {
    const arm = ArmUnderTest.withGroup();
    arm.call("PUT", vnet, newVnet);
    arm.call("PUT", subnet("a"), { properties: {} });
    expect(names(arm.call("GET", `${subscription}/resourcegroups`).body)).toEqual(["rg"]);
    expect(names(arm.call("GET", `${vnet}/subnets`).body)).toEqual(["a"]);
    expect(names(arm.call("GET", `${group}/resources`).body)).toEqual(["v"]);
    expect(code(arm.call("GET", `${network}/virtualNetworks/none/subnets`))).toBe(
      "ParentResourceNotFound",
    );
    expect(
      names(
        arm.call("GET", `${subscription}/providers/Microsoft.Authorization/roleDefinitions`).body,
      ).length,
    ).toBeGreaterThan(10);
  });

  test("leave out properties where asked for, but not under a parent", () => {
    const arm = ArmUnderTest.withGroup({ partialLists: true });
    arm.call("PUT", vnet, newVnet);
    arm.call("PUT", subnet("a"), { properties: {} });
    expect(
      at(arm.call("GET", `${network}/virtualNetworks`).body, "value.0.properties"),
    ).toBeUndefined();
    expect(at(arm.call("GET", `${vnet}/subnets`).body, "value.0.properties")).toBeDefined();
  });
});

describe("DELETE", () => {
  test("204 for what is not there, 404 in a group that is not there, 200 at once", () => {
    const arm = ArmUnderTest.withGroup();
    expect(arm.call("DELETE", vnet).status).toBe(204);
    expect(code(arm.call("DELETE", vnet.replace("/rg/", "/other/")))).toBe("ResourceGroupNotFound");
    arm.call("PUT", `${identities}/i`, { location: "westus" });
    expect(arm.call("DELETE", `${identities}/i`).status).toBe(200);
    expect(arm.call("GET", `${identities}/i`).status).toBe(404);
  });

  test("of a group takes everything in it along, and nothing can be put into it meanwhile", () => {
    const arm = ArmUnderTest.withGroup();
    arm.call("PUT", vnet, newVnet);
    arm.call("PUT", subnet("a"), { properties: {} });
    expect(arm.call("DELETE", group).status).toBe(202);
    expect(code(arm.call("PUT", account, newAccount))).toBe("ResourceGroupBeingDeleted");
    expect(at(arm.call("GET", group).body, "properties.provisioningState")).toBe("Deleting");
    arm.pass(1);
    for (const id of [group, vnet, subnet("a")]) expect(arm.call("GET", id).status).toBe(404);
    expect(arm.world.store.all()).toEqual([]);
  });

  test("counts as unexpected unless it was announced", () => {
    const arm = ArmUnderTest.withGroup({ expectedDeletes: "/expected$" });
    for (const name of ["expected", "other"]) {
      arm.call("PUT", `${identities}/${name}`, { location: "westus" });
      arm.call("DELETE", `${identities}/${name}`);
    }
    expect(
      arm.world.statistics.stats({ stored: 0, running: 0, maxPolls: 0 }).unexpectedDeletes,
    ).toBe(1);
  });
});

describe("actions and providers", () => {
  test("keys are listed once the account is provisioned, and change when regenerated", () => {
    const arm = ArmUnderTest.withGroup();
    arm.call("PUT", account, newAccount);
    expect(code(arm.call("POST", `${account}/listKeys`))).toBe("StorageAccountIsNotProvisioned");
    arm.pass(4);
    const before = arm.call("POST", `${account}/listKeys`).body;
    arm.call("POST", `${account}/regenerateKey`, { keyName: "key1" });
    const after = arm.call("POST", `${account}/listKeys`).body;
    expect(at(after, "keys.0.value")).not.toEqual(at(before, "keys.0.value"));
    expect(at(after, "keys.1")).toEqual(at(before, "keys.1"));
  });

  test("a provider that must be registered refuses with its name until it is", () => {
    const arm = ArmUnderTest.withGroup({ unregistered: ["Microsoft.Network"] });
    const refused = arm.call("PUT", vnet, newVnet);
    expect(refused).toMatchObject({
      status: 409,
      body: {
        error: {
          code: "MissingSubscriptionRegistration",
          details: [{ target: "Microsoft.Network" }],
        },
      },
    });
    const provider = `${subscription}/providers/Microsoft.Network`;
    expect(at(arm.call("GET", provider).body, "registrationState")).toBe("NotRegistered");
    expect(arm.call("POST", `${provider}/register`).status).toBe(200);
    expect(arm.call("PUT", vnet, newVnet).status).toBe(201);
  });
});
