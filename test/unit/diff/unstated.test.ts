import { expect, test } from "vitest";
import { loadGroup } from "../../../src/catalog/index.ts";
import { resolveKindVersion } from "../../../src/core/convert/kind-version.ts";
import { unstated } from "../../../src/core/diff/unstated.ts";

async function network() {
  const group = await loadGroup("network.azure.com");
  const version =
    group === undefined ? undefined : resolveKindVersion(group, "VirtualNetwork", "v1api20240301");
  if (version === undefined) throw new Error("the catalog has no VirtualNetwork");
  return version;
}

test("names what Azure has, the spec could state and the body does not, at its place in ARM", async () => {
  const body = { name: "vnet", location: "westus3", properties: { addressSpace: {} } };
  const shown = {
    name: "vnet",
    location: "westus3",
    tags: { a: "b" },
    properties: {
      addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
      dhcpOptions: { dnsServers: ["10.0.0.4"] },
    },
  };
  expect((await unstatedOf(body, shown)).toSorted()).toEqual([
    "/properties/addressSpace",
    "/properties/dhcpOptions",
    "/tags",
  ]);
  expect(await unstatedOf({ ...shown }, shown)).toEqual([]);
});

test("leaves out what only Azure sets and what looks like a default", async () => {
  const shown = {
    id: "/x",
    etag: "1",
    tags: {},
    properties: { resourceGuid: "g", provisioningState: "Succeeded", enableDdosProtection: false },
  };
  expect(await unstatedOf({}, shown)).toEqual([]);
});

async function unstatedOf(...[body, shown]: [object, object]): Promise<string[]> {
  return unstated(await network(), body as never, shown as never);
}
