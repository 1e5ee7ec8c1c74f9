import type { JsonObject } from "../../../src/core/json.ts";
import type { ObjectRef } from "../../../src/ports/cluster.ts";
import type { NewResource } from "../../doubles/in-memory-cluster.ts";

export const subscription = "00000000-0000-0000-0000-000000000001";
export const namespace = "team";
export const groupId = `/subscriptions/${subscription}/resourceGroups/rg`;
export const networkId = `${groupId}/providers/Microsoft.Network/virtualNetworks/vnet`;
export const subnetId = `${networkId}/subnets/subnet`;
export const securityGroupId = `${groupId}/providers/Microsoft.Network/networkSecurityGroups/nsg`;
export const identityId = `${groupId}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi`;
export const accountId = `${groupId}/providers/Microsoft.Storage/storageAccounts/account`;
export const serverId = `${groupId}/providers/Microsoft.DBforPostgreSQL/flexibleServers/server`;

type Metadata = Partial<NewResource["metadata"]>;

function sample(
  apiVersion: string,
  kind: string,
  name: string,
  spec: JsonObject,
  metadata: Metadata,
): NewResource {
  return { apiVersion, kind, metadata: { name, namespace, ...metadata }, spec };
}

export function resourceGroup(spec: JsonObject = {}, metadata: Metadata = {}): NewResource {
  return sample(
    "resources.azure.com/v1api20200601",
    "ResourceGroup",
    "rg",
    { location: "westus3", ...spec },
    metadata,
  );
}

export function virtualNetwork(spec: JsonObject = {}, metadata: Metadata = {}): NewResource {
  return sample(
    "network.azure.com/v1api20240301",
    "VirtualNetwork",
    "vnet",
    {
      owner: { name: "rg" },
      location: "West US 3",
      addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
      tags: { team: "platform" },
      ...spec,
    },
    metadata,
  );
}

export function subnet(spec: JsonObject = {}, metadata: Metadata = {}): NewResource {
  return sample(
    "network.azure.com/v1api20240301",
    "VirtualNetworksSubnet",
    "subnet",
    { owner: { name: "vnet" }, addressPrefix: "10.0.1.0/24", ...spec },
    metadata,
  );
}

export function securityGroup(spec: JsonObject = {}, metadata: Metadata = {}): NewResource {
  return sample(
    "network.azure.com/v1api20240301",
    "NetworkSecurityGroup",
    "nsg",
    { owner: { name: "rg" }, location: "westus3", ...spec },
    metadata,
  );
}

export function routeTable(name: string, metadata: Metadata = {}): NewResource {
  return sample(
    "network.azure.com/v1api20240301",
    "RouteTable",
    name,
    { owner: { name: "rg" }, location: "westus3", tags: { name } },
    metadata,
  );
}

export function identity(spec: JsonObject = {}, metadata: Metadata = {}): NewResource {
  return sample(
    "managedidentity.azure.com/v1api20230131",
    "UserAssignedIdentity",
    "mi",
    { owner: { name: "rg" }, location: "westus3", ...spec },
    metadata,
  );
}

export function storageAccount(spec: JsonObject = {}, metadata: Metadata = {}): NewResource {
  return sample(
    "storage.azure.com/v1api20230101",
    "StorageAccount",
    "account",
    {
      owner: { name: "rg" },
      location: "westus3",
      kind: "StorageV2",
      sku: { name: "Standard_LRS" },
      ...spec,
    },
    metadata,
  );
}

export function blobService(metadata: Metadata = {}): NewResource {
  return sample(
    "storage.azure.com/v1api20230101",
    "StorageAccountsBlobService",
    "blobs",
    { owner: { name: "account" } },
    metadata,
  );
}

export function flexibleServer(spec: JsonObject = {}, metadata: Metadata = {}): NewResource {
  return sample(
    "dbforpostgresql.azure.com/v1api20221201",
    "FlexibleServer",
    "server",
    {
      owner: { name: "rg" },
      location: "westus3",
      version: "14",
      sku: { name: "Standard_D4s_v3", tier: "GeneralPurpose" },
      administratorLogin: "boss",
      administratorLoginPassword: { name: "database", key: "password" },
      storage: { storageSizeGB: 128 },
      ...spec,
    },
    metadata,
  );
}

/** Names a sample within its cluster. */
export function refOf(resource: NewResource): ObjectRef {
  const [group = ""] = resource.apiVersion.split("/");
  const { name, namespace: where } = resource.metadata;
  return { group, kind: resource.kind, namespace: where, name };
}
