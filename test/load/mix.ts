import {
  flexibleServer,
  identity,
  type ResourceManifest,
  resource,
  resourceGroup,
  storageAccount,
  subnet,
  virtualNetwork,
} from "../e2e/world/kinds.ts";
import { subscription } from "../e2e/world/world.ts";

/** Resources of one group of the mix. */
export const groupSize = 20;

/** The Secret that every server of the mix takes its password from. */
export const passwordSecret = "password";

const role = `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c`;

/** Twenty resources of all kinds below one resource group, with exports, inputs and references between them. */
export function mixedGroup(number: number): readonly ResourceManifest[] {
  const group = `load${number}`;
  const name = (suffix: string): string => `${group}-${suffix}`;
  const owned = { location: "westus3", owner: { name: group } };
  return [
    resourceGroup(group, { tags: { number: String(number) } }),
    identity(name("mi"), group, {
      operatorSpec: { configMaps: { principalId: { name: name("ids"), key: "principal" } } },
    }),
    resource("RoleAssignment", name("role"), {
      owner: { group: "resources.azure.com", kind: "ResourceGroup", name: group },
      principalIdFromConfig: { name: name("ids"), key: "principal" },
      roleDefinitionReference: { armId: role },
    }),
    virtualNetwork(name("net"), group),
    ...[0, 1, 2].map((one) => subnet(name(`subnet${one}`), name("net"), one)),
    ...[0, 1].map((one) =>
      resource("PublicIPAddress", name(`ip${one}`), {
        ...owned,
        sku: { name: "Standard" },
        publicIPAllocationMethod: "Static",
      }),
    ),
    resource("NetworkSecurityGroup", name("nsg"), owned),
    ...[0, 1].map((one) => securityRule(name(`rule${one}`), name("nsg"), one)),
    resource("RouteTable", name("table"), owned),
    ...[0, 1].map((one) =>
      resource("RouteTablesRoute", name(`route${one}`), {
        owner: { name: name("table") },
        addressPrefix: `10.${one}.0.0/16`,
        nextHopType: "VnetLocal",
      }),
    ),
    storageAccount(`${group}sa`, group, {
      operatorSpec: { secrets: { key1: { name: name("keys"), key: "key1" } } },
    }),
    resource("StorageAccountsBlobService", name("blobs"), { owner: { name: `${group}sa` } }),
    resource("StorageAccountsBlobServicesContainer", name("container"), {
      owner: { name: name("blobs") },
    }),
    flexibleServer(name("pg"), group, passwordSecret),
    resource("FlexibleServersConfiguration", name("setting"), {
      owner: { name: name("pg") },
      azureName: "max_connections",
      source: "user-override",
      value: "200",
    }),
  ];
}

function securityRule(name: string, owner: string, number: number): ResourceManifest {
  return resource("NetworkSecurityGroupsSecurityRule", name, {
    owner: { name: owner },
    access: "Allow",
    direction: "Inbound",
    priority: 100 + number,
    protocol: "Tcp",
    sourceAddressPrefix: "*",
    sourcePortRange: "*",
    destinationAddressPrefix: "*",
    destinationPortRange: String(443 + number),
  });
}
