import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isJsonObject, type JsonObject } from "../../src/core/json.ts";
import { eventually } from "./world/eventually.ts";
import {
  flexibleServer,
  identity,
  type ResourceManifest,
  resource,
  resourceGroup,
  subnet,
  virtualNetwork,
} from "./world/kinds.ts";
import { readyOf, type Space } from "./world/space.ts";
import { armId, atRest, startWorld, subscription, type World, writesTo } from "./world/world.ts";

const policy = "serviceoperator.azure.com/reconcile-policy";
const role = `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c`;

/** Longer than a change takes to reach ARM: what was not sent by then is not sent. */
const settledMs = 2_500;

let world: World;

beforeAll(async () => {
  world = await startWorld();
}, 120_000);

afterAll(() => world?.stop());

function networkId(group: string): string {
  return armId(`${group}/providers/Microsoft.Network/virtualNetworks/net`);
}

function childrenIn(body: JsonObject | undefined, list: string): unknown {
  const properties = body?.["properties"];
  return isJsonObject(properties) ? properties[list] : undefined;
}

describe("a parent whose children are resources of their own", { timeout: 60_000 }, () => {
  let space: Space;

  beforeAll(async () => {
    space = await world.cluster.space("children");
    const route = (number: number): ResourceManifest =>
      resource("RouteTablesRoute", `route${number}`, {
        owner: { name: "table" },
        addressPrefix: `10.${number}.0.0/16`,
        nextHopType: "VnetLocal",
      });
    await space.create(
      resourceGroup("children-rg"),
      virtualNetwork("net", "children-rg"),
      ...[0, 1, 2].map((number) => subnet(`subnet${number}`, "net", number)),
      resource("RouteTable", "table", { location: "westus3", owner: { name: "children-rg" } }),
      ...[0, 1, 2].map(route),
    );
    for (const number of [0, 1, 2]) {
      await space.ready("VirtualNetworksSubnet", `subnet${number}`);
      await space.ready("RouteTablesRoute", `route${number}`);
    }
  }, 90_000);

  it("keeps all subnets of a network when its tags are edited", async () => {
    await space.patch("VirtualNetwork", "net", { spec: { tags: { edited: "yes" } } });
    await space.ready("VirtualNetwork", "net");
    const body = world.arm.resource(networkId("children-rg"));
    expect(body).toMatchObject({ tags: { edited: "yes" } });
    expect(childrenIn(body, "subnets")).toHaveLength(3);
    expect(world.arm.stats()).toMatchObject({ childrenLost: 0, unexpectedDeletes: 0 });
  });

  it("keeps all routes of a route table when its tags are edited", async () => {
    await space.patch("RouteTable", "table", { spec: { tags: { edited: "yes" } } });
    await space.ready("RouteTable", "table");
    const id = armId("children-rg/providers/Microsoft.Network/routeTables/table");
    const body = world.arm.resource(id);
    expect(body).toMatchObject({ tags: { edited: "yes" } });
    expect(childrenIn(body, "routes")).toHaveLength(3);
    expect(world.arm.stats()).toMatchObject({ childrenLost: 0, unexpectedDeletes: 0 });
  });

  it("sends no PUT of the network when a subnet is added", async () => {
    const before = writesTo(world.arm, networkId("children-rg"));
    await space.create(subnet("subnet3", "net", 3));
    await space.ready("VirtualNetworksSubnet", "subnet3");
    await atRest(world);
    expect(writesTo(world.arm, networkId("children-rg"))).toEqual(before);
    expect(world.arm.resource(`${networkId("children-rg")}/subnets/subnet3`)).toBeDefined();
  });
});

describe("a reconcile policy", { timeout: 60_000 }, () => {
  it("skip: an edit is not sent, and is sent when manage comes back", async () => {
    const space = await world.cluster.space("skip");
    await space.create(resourceGroup("skip-rg"));
    await space.ready("ResourceGroup", "skip-rg");
    await space.annotate("ResourceGroup", "skip-rg", { [policy]: "skip" });
    await atRest(world);
    await space.patch("ResourceGroup", "skip-rg", { spec: { tags: { later: "yes" } } });
    await space.ready("ResourceGroup", "skip-rg");
    await atRest(world);
    expect(writesTo(world.arm, armId("skip-rg"))).toEqual(["PUT"]);
    await space.annotate("ResourceGroup", "skip-rg", { [policy]: "manage" });
    await eventually("the edit is sent", () => writesTo(world.arm, armId("skip-rg")).length === 2);
    expect(world.arm.resource(armId("skip-rg"))).toMatchObject({ tags: { later: "yes" } });
  });

  it("detach-on-delete: the resource goes, its Azure resource stays", async () => {
    const space = await world.cluster.space("detach");
    await space.create(
      resourceGroup("detach-rg", {}, { annotations: { [policy]: "detach-on-delete" } }),
    );
    await space.ready("ResourceGroup", "detach-rg");
    await space.delete("ResourceGroup", "detach-rg");
    await space.gone("ResourceGroup", "detach-rg");
    expect(world.arm.resource(armId("detach-rg"))).toBeDefined();
    expect(writesTo(world.arm, armId("detach-rg"))).toEqual(["PUT"]);
  });

  it("of a namespace counts for resources without one of their own, and its change is noticed", async () => {
    const space = await world.cluster.space("inherited", { [policy]: "skip" });
    await space.create(
      resourceGroup("inherited-rg"),
      resourceGroup("own-rg", {}, { annotations: { [policy]: "manage" } }),
    );
    await space.ready("ResourceGroup", "own-rg");
    await space.reason("ResourceGroup", "inherited-rg", "AzureResourceNotFound");
    expect(writesTo(world.arm, armId("inherited-rg"))).toEqual([]);
    await space.annotateSelf({ [policy]: "manage" });
    await space.ready("ResourceGroup", "inherited-rg");
    expect(writesTo(world.arm, armId("inherited-rg"))).toEqual(["PUT"]);
  });
});

describe("an adoption that is planned", { timeout: 60_000 }, () => {
  const adopt = "aso-functions/adopt";
  const finalizer = "serviceoperator.azure.com/finalizer";

  it("is shown and not made; its end lets go, and consent is one PUT", async () => {
    const space = await world.cluster.space("adoption");
    const group = (tags: JsonObject, notes: Readonly<Record<string, string>>) =>
      resourceGroup("adopted-rg", { tags }, { annotations: notes });
    await space.create(group({ team: "one" }, { [policy]: "detach-on-delete" }));
    await space.ready("ResourceGroup", "adopted-rg");
    await space.delete("ResourceGroup", "adopted-rg");
    await space.gone("ResourceGroup", "adopted-rg");

    for (const times of ["once", "again"]) {
      await space.create(group({ team: "two" }, { [adopt]: "plan" }));
      const shown = await space.reason("ResourceGroup", "adopted-rg", "AdoptionPlanned");
      expect(shown.message, times).toContain('/tags/team "one" -> "two"');
      const found = await space.get("ResourceGroup", "adopted-rg");
      expect(found?.metadata.finalizers ?? []).not.toContain(finalizer);
      expect(writesTo(world.arm, armId("adopted-rg"))).toEqual(["PUT"]);
      if (times === "again") break;
      await space.delete("ResourceGroup", "adopted-rg");
      await space.gone("ResourceGroup", "adopted-rg");
    }

    await space.annotate("ResourceGroup", "adopted-rg", { [adopt]: "adopt" });
    await space.ready("ResourceGroup", "adopted-rg");
    expect(world.arm.resource(armId("adopted-rg"))).toMatchObject({ tags: { team: "two" } });
    expect(writesTo(world.arm, armId("adopted-rg"))).toEqual(["PUT", "PUT"]);
    const told = (await space.events("adopted-rg")).map(({ reason }) => reason);
    expect(told).toContain("AdoptionPlanned");
  });
});

describe("an input of a resource", { timeout: 60_000 }, () => {
  it("from a Secret: waits for it, and a new password is one PUT, within seconds", async () => {
    const space = await world.cluster.space("secret-input");
    await space.create(
      resourceGroup("input-rg"),
      flexibleServer("input-pg", "input-rg", "password"),
    );
    const missing = await space.reason("FlexibleServer", "input-pg", "SecretNotFound");
    expect(missing.message).toContain('"secret-input/password" does not exist');
    await space.secret("password", { other: "x" });
    const noKey = await space.until(
      "FlexibleServer",
      "input-pg",
      (ready) => ready?.message?.includes('does not contain key "password"') === true,
    );
    expect(readyOf(noKey)?.severity).toBe("Warning");
    await space.patchSecret("password", { password: "first-Password-1" });
    await space.ready("FlexibleServer", "input-pg");
    const id = armId("input-rg/providers/Microsoft.DBforPostgreSQL/flexibleServers/input-pg");
    expect(writesTo(world.arm, id)).toEqual(["PUT"]);
    await space.patchSecret("password", { password: "second-Password-2" });
    await eventually("the new password is sent", () => writesTo(world.arm, id).length === 2, 8);
    await atRest(world);
    await space.patchSecret("password", { unrelated: "key" });
    await sleep(settledMs);
    await atRest(world);
    // Another version of the Secret may hold another password; only ARM could tell, and it never shows one.
    expect(writesTo(world.arm, id).length).toBeLessThanOrEqual(3);
  });

  it("from a ConfigMap: waits for it, and reacts to it", async () => {
    const space = await world.cluster.space("config-input");
    const assigned = resource("RoleAssignment", "config-role", {
      azureName: "11111111-2222-3333-4444-555555555555",
      owner: { group: "resources.azure.com", kind: "ResourceGroup", name: "config-rg" },
      principalIdFromConfig: { name: "ids", key: "principal" },
      roleDefinitionReference: { armId: role },
    });
    await space.create(resourceGroup("config-rg"), assigned);
    const missing = await space.reason("RoleAssignment", "config-role", "ConfigMapNotFound");
    expect(missing.message).toContain('"config-input/ids" does not exist');
    await space.configMap("ids", { principal: "99999999-8888-7777-6666-555555555555" });
    await space.ready("RoleAssignment", "config-role");
    expect(world.arm.stats().maxPutsPerId).toBeGreaterThan(0);
  });

  it("from another resource: a subnet waits for its security group and is woken by it", async () => {
    const space = await world.cluster.space("reference-input");
    const reference = { group: "network.azure.com", kind: "NetworkSecurityGroup", name: "guard" };
    await space.create(
      resourceGroup("reference-rg"),
      virtualNetwork("net", "reference-rg"),
      subnet("guarded", "net", 0, { networkSecurityGroup: { reference } }),
    );
    const missing = await space.reason("VirtualNetworksSubnet", "guarded", "ReferenceNotFound");
    expect(missing.message).toContain('NetworkSecurityGroup.network.azure.com "guard"');
    await space.create(
      resource("NetworkSecurityGroup", "guard", {
        location: "westus3",
        owner: { name: "reference-rg" },
      }),
    );
    await space.ready("VirtualNetworksSubnet", "guarded");
    const body = world.arm.resource(`${networkId("reference-rg")}/subnets/guarded`);
    const guard = armId("reference-rg/providers/microsoft.network/networksecuritygroups/guard");
    expect(JSON.stringify(body).toLowerCase()).toContain(`"networksecuritygroup":{"id":"${guard}"`);
  });

  it("is an owner that comes last: applied in reverse, everything becomes Ready", async () => {
    const space = await world.cluster.space("reverse");
    await space.create(subnet("reverse-subnet", "net", 0));
    const waiting = await space.reason(
      "VirtualNetworksSubnet",
      "reverse-subnet",
      "WaitingForOwner",
    );
    expect(waiting.message).toContain('"net, Group/Kind: network.azure.com/VirtualNetwork"');
    await space.create(virtualNetwork("net", "reverse-rg"));
    await space.reason("VirtualNetwork", "net", "WaitingForOwner");
    await space.create(resourceGroup("reverse-rg"), identity("reverse-mi", "reverse-rg"));
    await space.ready("VirtualNetworksSubnet", "reverse-subnet");
    expect(writesTo(world.arm, networkId("reverse-rg"))).toEqual(["PUT"]);
  });
});
