import { describe, expect, it } from "vitest";
import {
  armTypeOf,
  armUrl,
  buildArmId,
  type ChainLink,
  parentIdOf,
  parseArmId,
  resourceGroupOf,
  sameArmId,
  subscriptionOf,
} from "../../../src/core/arm/arm-id.ts";

const group = "/subscriptions/s1/resourceGroups/rg";
const subnet = `${group}/providers/Microsoft.Network/virtualNetworks/v/subnets/n`;

const root: ChainLink = {
  group: "resources.azure.com",
  kind: "ResourceGroup",
  armType: "Microsoft.Resources/resourceGroups",
  scope: "sub",
  azureName: "rg",
  resourceId: group,
};
const network: ChainLink = {
  group: "network.azure.com",
  kind: "VirtualNetwork",
  armType: "Microsoft.Network/virtualNetworks",
  scope: "rg",
  azureName: "v",
};
const role: ChainLink = {
  group: "authorization.azure.com",
  kind: "RoleAssignment",
  armType: "Microsoft.Authorization/roleAssignments",
  scope: "ext",
  azureName: "r",
};

describe("parseArmId", () => {
  it("takes a nested resource apart", () => {
    expect(parseArmId(`${subnet}/`)).toEqual({
      text: subnet,
      subscription: "s1",
      resourceGroup: "rg",
      provider: "Microsoft.Network",
      types: ["virtualNetworks", "subnets"],
      names: ["v", "n"],
      parent: `${group}/providers/Microsoft.Network/virtualNetworks/v`,
    });
  });

  it("climbs from an extension over its scope to the subscription", () => {
    const id = `${subnet}/providers/Microsoft.Authorization/roleAssignments/x`;
    expect(parentIdOf(id)).toBe(subnet);
    expect(parentIdOf(`${group}/providers/Microsoft.Network/virtualNetworks/v`)).toBe(group);
    expect(parentIdOf(group)).toBe("/subscriptions/s1");
    expect(parentIdOf("/subscriptions/s1")).toBeUndefined();
    expect(parentIdOf("/providers/Microsoft.Management/managementGroups/m")).toBeUndefined();
  });

  it("knows type, subscription and group in any casing", () => {
    expect(armTypeOf(group)).toBe("Microsoft.Resources/resourceGroups");
    expect(armTypeOf(subnet)).toBe("Microsoft.Network/virtualNetworks/subnets");
    expect(subscriptionOf(subnet.toUpperCase())).toBe("S1");
    expect(resourceGroupOf(subnet.toLowerCase())).toBe("rg");
    expect(sameArmId(`${subnet}/`, subnet.toUpperCase())).toBe(true);
    expect(sameArmId(subnet, group)).toBe(false);
  });

  it.each([
    { text: "", because: "it is empty" },
    { text: "subscriptions/s1", because: "it is not rooted" },
    { text: "/subscriptions", because: "the subscription is missing" },
    { text: `${group}/x`, because: "something stands where a provider belongs" },
    { text: `${group}/providers/A.B/c`, because: "the name is missing" },
    { text: `${group}/providers/A.B/c/..`, because: "it climbs" },
    { text: `${group}/providers/A.B/c/n?x=1`, because: "it has a query" },
    { text: `${group}//providers/A.B/c/n`, because: "it has an empty segment" },
    { text: "/subscriptions/s1/resourceGroups/r%67", because: "ARM would read the escape" },
    { text: "/subscriptions/s1/%72esourceGroups/rg", because: "ARM would read the escape" },
    { text: "/subscriptions/s1/resourceGroups/a\\..\\b", because: "URL parsers read \\ as /" },
    { text: "/subscriptions/s1/resourceGroups/r\tg", because: "URL parsers drop the tab" },
    { text: "/subscriptions/s1/resourceGroups/./rg", because: "it has a dot segment" },
  ])("refuses $text because $because", ({ text }) => {
    expect(parseArmId(text)).toBeUndefined();
  });
});

describe("armUrl", () => {
  it("encodes what a path cannot hold and leaves escapes that are there", () => {
    expect(armUrl("/subscriptions/s/x y/a%2Fb/ü?#%", "2024-01-01-preview")).toBe(
      "/subscriptions/s/x%20y/a%2Fb/%C3%BC%3F%23%25?api-version=2024-01-01-preview",
    );
  });

  it("never lets a path climb", () => {
    expect(() => armUrl("/subscriptions/s/../t", "1")).toThrow("dot segment");
    expect(() => armUrl("/subscriptions/s/%2E%2e/t", "1")).toThrow("dot segment");
  });
});

describe("buildArmId", () => {
  const build = (...chain: readonly ChainLink[]) => buildArmId({ subscription: "s1", chain });
  const idOf = (...chain: readonly ChainLink[]) => {
    const built = build(...chain);
    return built.kind === "id" ? built.armId : built.problem.reason;
  };

  it("follows owners, ARM ids and scopes", () => {
    const inGroup = `${group}/providers/Microsoft.Network/virtualNetworks/v`;
    expect(idOf(root)).toBe(group);
    expect(idOf(root, network)).toBe(inGroup);
    expect(idOf({ ...network, ownerArmId: `${group}/` })).toBe(inGroup);
    expect(idOf({ ...role, ownerArmId: subnet })).toBe(
      `${subnet}/providers/Microsoft.Authorization/roleAssignments/r`,
    );
    expect(idOf(root, network, role)).toBe(
      `${inGroup}/providers/Microsoft.Authorization/roleAssignments/r`,
    );
  });

  it.each(["r%67", "r\\g", "r\ng", "."])("refuses an owner with the ARM name %j", (name) => {
    const ownerArmId = `/subscriptions/s1/resourceGroups/${name}`;
    const built = [build({ ...network, ownerArmId }), build({ ...role, ownerArmId })];
    expect(built.map(({ kind }) => kind)).toEqual(["problem", "problem"]);
  });

  it.each(["a/b", "a?b", "a#b", "a%b", "a\\b", "..", "a\nb"])(
    "names the character that ARM would misread in %j",
    (azureName) => {
      const built = build(root, { ...network, azureName });
      expect(built).toMatchObject({ problem: { reason: "Failed", severity: "Error" } });
    },
  );

  it("waits for an owner that has no id yet, and refuses one of another subscription", () => {
    const { resourceId: _, ...unclaimed } = root;
    expect(build(unclaimed, network)).toMatchObject({
      problem: { reason: "ReferenceNotFound", severity: "Warning", retry: "fast" },
    });
    expect(
      build({ ...root, resourceId: "/subscriptions/s2/resourceGroups/rg" }, network),
    ).toMatchObject({ problem: { reason: "Failed", severity: "Error" } });
  });

  it.each([
    { chain: [], because: "there is no resource" },
    { chain: [network], because: "the owner is missing" },
    { chain: [role], because: "the scope is missing" },
    { chain: [{ ...root, azureName: "" }], because: "there is no name" },
    { chain: [{ ...network, ownerArmId: subnet }], because: "the owner is of another type" },
    { chain: [{ ...root, childOverride: subnet }, network], because: "only extensions follow it" },
    { chain: [{ ...root, childOverride: "/x/y" }, role], because: "the override is no id" },
  ])("has no id because $because", ({ chain }) => {
    expect(build(...chain).kind).toBe("problem");
  });

  it("lets an extension follow the override of its owner", () => {
    expect(idOf({ ...root, childOverride: "/subscriptions/new/" }, role)).toBe(
      "/subscriptions/new/providers/Microsoft.Authorization/roleAssignments/r",
    );
  });
});
