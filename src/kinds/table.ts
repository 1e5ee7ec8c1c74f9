import { isJsonObject, type JsonObject } from "../core/json.ts";
import { alias } from "./alias.ts";
import { flexibleServer } from "./flexible-server.ts";
import { valueAt } from "./keep-children.ts";
import type { KindExtension } from "./kind-extension.ts";
import { loadBalancer } from "./load-balancer.ts";
import { networkSecurityGroup } from "./network-security-group.ts";
import { product } from "./product.ts";
import { roleAssignment } from "./role-assignment.ts";
import { routeTable } from "./route-table.ts";
import { stateChecks } from "./state-checks.ts";
import { storageAccount } from "./storage-account.ts";
import { subnet } from "./subnet.ts";
import { userAssignedIdentity } from "./user-assigned-identity.ts";
import { vault } from "./vault.ts";
import { virtualMachineScaleSet } from "./virtual-machine-scale-set.ts";
import { virtualNetwork } from "./virtual-network.ts";

type Row = { readonly armType: string; readonly extension: KindExtension };

/** Every kind that needs more than the catalog, by `group/Kind`. */
const table: Readonly<Record<string, Row>> = {
  "network.azure.com/VirtualNetwork": {
    armType: "Microsoft.Network/virtualNetworks",
    extension: virtualNetwork,
  },
  "network.azure.com/NetworkSecurityGroup": {
    armType: "Microsoft.Network/networkSecurityGroups",
    extension: networkSecurityGroup,
  },
  "network.azure.com/RouteTable": {
    armType: "Microsoft.Network/routeTables",
    extension: routeTable,
  },
  "network.azure.com/LoadBalancer": {
    armType: "Microsoft.Network/loadBalancers",
    extension: loadBalancer,
  },
  "network.azure.com/VirtualNetworksSubnet": {
    armType: "Microsoft.Network/virtualNetworks/subnets",
    extension: subnet,
  },
  "compute.azure.com/VirtualMachineScaleSet": {
    armType: "Microsoft.Compute/virtualMachineScaleSets",
    extension: virtualMachineScaleSet,
  },
  "keyvault.azure.com/Vault": { armType: "Microsoft.KeyVault/vaults", extension: vault },
  "authorization.azure.com/RoleAssignment": {
    armType: "Microsoft.Authorization/roleAssignments",
    extension: roleAssignment,
  },
  "storage.azure.com/StorageAccount": {
    armType: "Microsoft.Storage/storageAccounts",
    extension: storageAccount,
  },
  "dbforpostgresql.azure.com/FlexibleServer": {
    armType: "Microsoft.DBforPostgreSQL/flexibleServers",
    extension: flexibleServer,
  },
  "apimanagement.azure.com/Product": {
    armType: "Microsoft.ApiManagement/service/products",
    extension: product,
  },
  "managedidentity.azure.com/UserAssignedIdentity": {
    armType: "Microsoft.ManagedIdentity/userAssignedIdentities",
    extension: userAssignedIdentity,
  },
  "subscription.azure.com/Alias": { armType: "Microsoft.Subscription/aliases", extension: alias },
};

/** What a kind needs beyond the catalog; empty for most. */
export function kindExtension(group: string, kind: string): KindExtension {
  const id = `${group}/${kind}`;
  return { ...table[id]?.extension, ...stateChecks[id] };
}

/**
 * For a child type that its parent's body shows whole: a reader of those children. One list of parents then serves all children.
 * Undefined for every other type.
 */
export function childrenShownByParents(
  armType: string,
): ((parent: JsonObject) => readonly JsonObject[]) | undefined {
  const cut = armType.lastIndexOf("/");
  const parent = armType.slice(0, cut).toLowerCase();
  const row = Object.values(table).find((one) => one.armType.toLowerCase() === parent);
  const path = row?.extension.showsChildren?.[armType.slice(cut + 1)];
  if (path === undefined) return undefined;
  return (body) => {
    const children = valueAt(body, path);
    return Array.isArray(children) ? children.filter((child) => isJsonObject(child)) : [];
  };
}
