import type { JsonObject } from "../../src/core/json.ts";

/** A custom resource of the load. */
export type LoadResource = JsonObject & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
};

const namespace = "default";
const location = "westus3";

/** Ten resources per group, of every kind of dependency: owners three deep, operations of each shape, references. */
export function mix(count: number): LoadResource[] {
  return Array.from({ length: Math.ceil(count / 10) }, (_, index) => group(index))
    .flat()
    .slice(0, count);
}

function group(index: number): LoadResource[] {
  const rg = `load${index}`;
  const below = { owner: { name: rg }, location };
  return [
    resource("resources.azure.com/v1api20200601", "ResourceGroup", rg, {
      location,
      tags: { number: String(index) },
    }),
    resource(
      "managedidentity.azure.com/v1api20230131",
      "UserAssignedIdentity",
      `${rg}-identity`,
      below,
    ),
    resource("network.azure.com/v1api20240301", "VirtualNetwork", `${rg}-vnet`, {
      ...below,
      addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
    }),
    ...[0, 1, 2].map((number) =>
      resource(
        "network.azure.com/v1api20240301",
        "VirtualNetworksSubnet",
        `${rg}-vnet-s${number}`,
        {
          owner: { name: `${rg}-vnet` },
          azureName: `s${number}`,
          addressPrefix: `10.0.${number}.0/24`,
        },
      ),
    ),
    resource("network.azure.com/v1api20240301", "PublicIPAddress", `${rg}-ip`, {
      ...below,
      sku: { name: "Standard" },
      publicIPAllocationMethod: "Static",
    }),
    resource("network.azure.com/v1api20240301", "RouteTable", `${rg}-routes`, below),
    resource("network.azure.com/v1api20240301", "NetworkSecurityGroup", `${rg}-nsg`, below),
    resource("storage.azure.com/v1api20230101", "StorageAccount", `${rg}storage`, {
      ...below,
      kind: "StorageV2",
      sku: { name: "Standard_LRS" },
      accessTier: "Hot",
    }),
  ];
}

function resource(apiVersion: string, kind: string, name: string, spec: JsonObject): LoadResource {
  return { apiVersion, kind, metadata: { name, namespace }, spec };
}
