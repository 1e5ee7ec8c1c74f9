import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { groupNames, loadGroup } from "../../../src/catalog/index.ts";
import type {
  CatalogGroup,
  CatalogKind,
  ObjectType,
  PropertyDetail,
} from "../../../src/catalog/types.ts";
import { committedCatalog } from "./upstream.ts";

const groups: readonly CatalogGroup[] = await Promise.all(
  groupNames().map(async (name) => {
    const group = await loadGroup(name);
    if (group === undefined) throw new Error(`${name} does not load`);
    return group;
  }),
);
const kinds = groups.flatMap((group) =>
  Object.entries(group.kinds).map(([name, kind]) => ({ group, name, kind })),
);

describe("loadGroup", () => {
  it("gives the same object at every call", async () => {
    expect(await loadGroup("network.azure.com")).toBe(await loadGroup("network.azure.com"));
  });

  it.each(["network", "nothing.azure.com", "toString", ""])("knows no group %j", async (name) => {
    expect(await loadGroup(name)).toBeUndefined();
  });

  it("knows groups by their full name, the one with a dot included", async () => {
    expect(groupNames()).toHaveLength(47);
    expect((await loadGroup("network.frontdoor.azure.com"))?.group).toBe(
      "network.frontdoor.azure.com",
    );
  });
});

describe("the catalog", () => {
  it("has 294 kinds, 88 versions without DELETE and three kinds without GET", () => {
    expect(kinds).toHaveLength(294);
    const undeletable = kinds.filter(({ kind }) => kind.noDelete === 1);
    expect(sum(undeletable.map(({ kind }) => Object.keys(kind.versions).length))).toBe(88);
    expect(kinds.filter(({ kind }) => kind.headOnly === 1).map(({ name }) => name)).toEqual([
      "ProductApi",
      "ProductGroup",
      "ServiceGatewayApi",
    ]);
  });

  it("fits into 250 KB compressed", () => {
    const files = readdirSync(committedCatalog).map((name) =>
      readFileSync(path.join(committedCatalog, name)),
    );
    expect(sum(files.map((file) => gzipSync(file).length))).toBeLessThan(250_000);
  });

  it("names an owner that exists for every kind with an owner", () => {
    const known = new Set(kinds.map(({ group, name }) => `${short(group)}/${name}`));
    const lost = kinds.filter(({ group, kind }) => {
      if (kind.owner === undefined || kind.owner === "*") return false;
      return !known.has(kind.owner.includes("/") ? kind.owner : `${short(group)}/${kind.owner}`);
    });
    expect(lost.map(({ name }) => name)).toEqual([]);
  });

  it("gives the parent of an ARM type the owner's ARM type", () => {
    const types = new Map(
      kinds.map(({ group, name, kind }) => [`${short(group)}/${name}`, kind.arm]),
    );
    const wrong = kinds.filter(({ group, kind }) => {
      const segments = kind.arm.split("/");
      if (kind.owner === undefined || kind.owner === "*" || segments.length < 3) return false;
      const owner = kind.owner.includes("/") ? kind.owner : `${short(group)}/${kind.owner}`;
      return types.get(owner)?.toLowerCase() !== segments.slice(0, -1).join("/").toLowerCase();
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it("sends no two properties to one place, twins for one value apart", () => {
    const clashes = groups.flatMap((group) =>
      group.types.flatMap((type) => clashesOf(type).map((clash) => `${group.group}: ${clash}`)),
    );
    expect(clashes).toEqual([]);
  });

  it("names the discriminator wherever there are variants", () => {
    const bad = groups.flatMap((group) =>
      group.types.filter((type) => {
        const variants = properties(type).filter(([, detail]) => detail.v !== undefined);
        return variants.length > 0 !== (type["?"] !== undefined);
      }),
    );
    expect(bad).toEqual([]);
  });
});

describe("facts of single kinds", () => {
  it.each([
    ["storage.azure.com", "StorageAccountsBlobService", "v20230101", "default"],
    ["web.azure.com", "SitesSourcecontrol", "v1api20220301", "web"],
    ["apimanagement.azure.com", "Policy", "v1api20220801", "policy"],
    ["sql.azure.com", "ServersAdministrator", "v1api20211101", "ActiveDirectory"],
    ["sql.azure.com", "ServersAzureADOnlyAuthentication", "v1api20211101", "Default"],
    ["insights.azure.com", "PricingPlan", "v1api20171001", "current"],
  ])("knows the constant name of %s %s", (groupName, name, version, expected) => {
    const kind = groups.find(({ group }) => group === groupName)?.kinds[name];
    expect(resolve(kind, version)?.fixedName).toBe(expected);
  });

  it("points config map exports at properties of the status", () => {
    const lost = kinds.flatMap(({ group, name, kind }) =>
      Object.entries(kind.exports ?? {})
        .filter(([, target]) => !inStatus(group, kind, target.split(".")))
        .map(([key]) => `${name}.${key}`),
    );
    expect(lost).toEqual([]);
  });
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function short(group: CatalogGroup): string {
  return group.group.replace(/\.azure\.com$/, "");
}

function resolve(kind: CatalogKind | undefined, name: string) {
  const version = kind?.versions[name];
  return version?.same === undefined ? version : kind?.versions[version.same];
}

function properties(type: ObjectType): [string, PropertyDetail][] {
  return Object.entries(type).flatMap(([name, property]): [string, PropertyDetail][] => {
    if (name === "!" || name === "?" || property === undefined) return [];
    return [[name, typeof property === "object" ? (property as PropertyDetail) : { t: "s" }]];
  });
}

/** Twins are `x`, `xFromConfig`, `xFromSecret` and a reference beside the text it replaces. */
function clashesOf(type: ObjectType): string[] {
  const places = new Map<string, string>();
  return properties(type).flatMap(([name, detail]) => {
    if (detail.v !== undefined) return [];
    const twin = /From(Config|Secret)$|References?$/.test(name);
    const place = detail.f === 1 ? `properties/${name}` : (detail.p ?? name);
    const other = places.get(place);
    if (!twin) places.set(place, name);
    return other === undefined || twin ? [] : [`${other} and ${name} both at ${place}`];
  });
}

function inStatus(group: CatalogGroup, kind: CatalogKind, steps: readonly string[]): boolean {
  return Object.keys(kind.versions).some((name) => {
    let type = resolve(kind, name)?.status;
    return steps.every((step) => {
      const property = type === undefined ? undefined : group.types[type]?.[step];
      const detail = typeof property === "object" ? (property as PropertyDetail) : undefined;
      type = detail?.o;
      return property !== undefined;
    });
  });
}
