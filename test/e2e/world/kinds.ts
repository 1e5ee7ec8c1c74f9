import type { JsonObject } from "../../../src/core/json.ts";

/** A kind as tests write it: the API version of the manifests, and its plural in URLs. */
type KindInUse = { readonly group: string; readonly version: string; readonly plural: string };

const network = "network.azure.com";
const storage = "storage.azure.com";
const postgres = "dbforpostgresql.azure.com";

/** The kinds of the end-to-end tests, each at the API version that its manifests name. */
export const kinds = {
  ResourceGroup: {
    group: "resources.azure.com",
    version: "v1api20200601",
    plural: "resourcegroups",
  },
  UserAssignedIdentity: {
    group: "managedidentity.azure.com",
    version: "v1api20230131",
    plural: "userassignedidentities",
  },
  RoleAssignment: {
    group: "authorization.azure.com",
    version: "v1api20220401",
    plural: "roleassignments",
  },
  VirtualNetwork: { group: network, version: "v1api20240301", plural: "virtualnetworks" },
  VirtualNetworksSubnet: {
    group: network,
    version: "v1api20240301",
    plural: "virtualnetworkssubnets",
  },
  PublicIPAddress: { group: network, version: "v1api20240301", plural: "publicipaddresses" },
  NetworkSecurityGroup: {
    group: network,
    version: "v1api20240301",
    plural: "networksecuritygroups",
  },
  NetworkSecurityGroupsSecurityRule: {
    group: network,
    version: "v1api20240301",
    plural: "networksecuritygroupssecurityrules",
  },
  RouteTable: { group: network, version: "v1api20240301", plural: "routetables" },
  RouteTablesRoute: { group: network, version: "v1api20240301", plural: "routetablesroutes" },
  StorageAccount: { group: storage, version: "v1api20230101", plural: "storageaccounts" },
  StorageAccountsBlobService: {
    group: storage,
    version: "v1api20230101",
    plural: "storageaccountsblobservices",
  },
  StorageAccountsBlobServicesContainer: {
    group: storage,
    version: "v1api20230101",
    plural: "storageaccountsblobservicescontainers",
  },
  FlexibleServer: { group: postgres, version: "v1api20221201", plural: "flexibleservers" },
  FlexibleServersConfiguration: {
    group: postgres,
    version: "v1api20221201",
    plural: "flexibleserversconfigurations",
  },
} as const satisfies Readonly<Record<string, KindInUse>>;

export type Kind = keyof typeof kinds;

/** A manifest of one resource; the namespace is added by the {@link Space} that applies it. */
export type ResourceManifest = JsonObject & {
  readonly kind: Kind;
  readonly metadata: JsonObject & { readonly name: string };
};

/** A custom resource as a user would write it. */
export function resource(
  kind: Kind,
  name: string,
  spec: JsonObject,
  metadata: JsonObject = {},
): ResourceManifest {
  const { group, version } = kinds[kind];
  return { apiVersion: `${group}/${version}`, kind, metadata: { name, ...metadata }, spec };
}

/** A resource group, the root of most tests. */
export function resourceGroup(
  name: string,
  spec: JsonObject = {},
  metadata: JsonObject = {},
): ResourceManifest {
  return resource("ResourceGroup", name, { location: "westus3", ...spec }, metadata);
}

/** An identity below a resource group: Azure answers its PUT at once. */
export function identity(
  name: string,
  owner: string,
  spec: JsonObject = {},
  metadata: JsonObject = {},
): ResourceManifest {
  const all = { location: "westus3", owner: { name: owner }, ...spec };
  return resource("UserAssignedIdentity", name, all, metadata);
}

/** A network below a resource group. */
export function virtualNetwork(
  name: string,
  owner: string,
  spec: JsonObject = {},
  metadata: JsonObject = {},
): ResourceManifest {
  const addressSpace = { addressPrefixes: ["10.0.0.0/16"] };
  const all = { location: "westus3", owner: { name: owner }, addressSpace, ...spec };
  return resource("VirtualNetwork", name, all, metadata);
}

/** The `number`th subnet of a network. */
export function subnet(
  name: string,
  owner: string,
  number: number,
  spec: JsonObject = {},
): ResourceManifest {
  const all = { owner: { name: owner }, addressPrefix: `10.0.${number}.0/24`, ...spec };
  return resource("VirtualNetworksSubnet", name, all);
}

/** A storage account below a resource group. */
export function storageAccount(
  name: string,
  owner: string,
  spec: JsonObject = {},
): ResourceManifest {
  const own = { kind: "StorageV2", sku: { name: "Standard_LRS" }, accessTier: "Hot" };
  return resource("StorageAccount", name, {
    location: "westus3",
    owner: { name: owner },
    ...own,
    ...spec,
  });
}

/** A database server whose password is the key `password` of a Secret. */
export function flexibleServer(
  name: string,
  owner: string,
  secret: string,
  spec: JsonObject = {},
): ResourceManifest {
  return resource("FlexibleServer", name, {
    location: "westus3",
    owner: { name: owner },
    version: "14",
    sku: { name: "Standard_D4s_v3", tier: "GeneralPurpose" },
    administratorLogin: "boss",
    administratorLoginPassword: { name: secret, key: "password" },
    storage: { storageSizeGB: 128 },
    ...spec,
  });
}
