import { isJsonObject, type JsonObject } from "../core/json.ts";
import { valueAt } from "./keep-children.ts";
import type { KindExtension, StateCheck } from "./kind-extension.ts";

const settled = ["succeeded", "failed", "canceled"];
const provisioningState = ["properties", "provisioningState"];
const serverState = ["properties", "state"];

/** Stands in the way in every state but these; `what` is how a message begins that ends with the state. */
function unless(path: readonly string[], states: readonly string[], what: string): StateCheck {
  return (body) => {
    const state = textAt(body, path);
    if (state === "" || states.includes(state.toLowerCase())) return undefined;
    return `${what.replace("NAME", textAt(body, ["name"]))} "${state}"`;
  };
}

function whileDeleting(what: string): StateCheck {
  return (body) =>
    textAt(body, provisioningState).toLowerCase() === "deleting"
      ? `reconcile blocked while ${what} is at status deleting`
      : undefined;
}

function textAt(body: JsonObject, path: readonly string[]): string {
  const value = valueAt(body, path);
  return typeof value === "string" ? value : "";
}

const pool = "Managed cluster agent pool is in provisioning state";
const owningServer: KindExtension = {
  blocksPut: {
    owner: unless(serverState, [...settled, "ready"], "Owning FlexibleServer is in state"),
  },
};

const approvedConnections: StateCheck = (body) => {
  const connections = valueAt(body, ["properties", "manualPrivateLinkServiceConnections"]);
  const waiting = (Array.isArray(connections) ? connections : [])
    .filter((one) => isJsonObject(one))
    .filter((one) => textAt(one, connectionState) !== "Approved");
  const ids = waiting.map((one) => `"${textAt(one, ["id"])}"`).join(" ");
  return waiting.length === 0
    ? undefined
    : `Private connection(s) '[${ids}]' to the PrivateEndpoint requires approval`;
};

const connectionState = ["properties", "privateLinkServiceConnectionState", "status"];

const endStates = [
  "configuringprotectionfailed",
  "invalid",
  "notprotected",
  "protectionconfigured",
  "softdeleted",
  "protectionstopped",
  "backupschedulessuspended",
  "retentionschedulessuspended",
];

const protectionEnded: StateCheck = (body) => {
  const state = textAt(body, ["properties", "protectionStatus", "status"]);
  return state === "" || endStates.includes(state.toLowerCase())
    ? undefined
    : "Backup Instance is in non terminal state";
};

/** States of Azure in which ASO sends no PUT, or does not call a resource ready (aso-semantics.md A.1), by `group/Kind`. */
export const stateChecks: Readonly<Record<string, KindExtension>> = {
  "containerservice.azure.com/ManagedCluster": {
    blocksPut: {
      self: unless(provisioningState, settled, "Managed cluster is in provisioning state"),
    },
  },
  "containerservice.azure.com/ManagedClustersAgentPool": {
    blocksPut: {
      owner: unless(provisioningState, settled, 'Managed cluster "NAME" is in provisioning state'),
      self: unless(provisioningState, settled, pool),
    },
  },
  "kusto.azure.com/Cluster": {
    blocksPut: { self: unless(provisioningState, settled, "Cluster is in provisioning state") },
  },
  "kusto.azure.com/Database": {
    blocksPut: {
      owner: unless(provisioningState, settled, "Owning cluster is in provisioning state"),
    },
  },
  "dbforpostgresql.azure.com/FlexibleServer": {
    blocksPut: {
      self: unless(serverState, [...settled, "ready"], "Flexible Server is in state"),
    },
  },
  "dbforpostgresql.azure.com/FlexibleServersDatabase": owningServer,
  "dbforpostgresql.azure.com/FlexibleServersFirewallRule": owningServer,
  "documentdb.azure.com/DatabaseAccount": { blocksPut: { self: whileDeleting("account") } },
  "documentdb.azure.com/CassandraDataCenter": {
    blocksPut: {
      owner: unless(
        provisioningState,
        ["succeeded"],
        "Owning CassandraCluster is in provisioning state",
      ),
    },
  },
  "redhatopenshift.azure.com/HcpOpenShiftCluster": {
    blocksPut: { self: whileDeleting("hcpOpenShiftCluster") },
  },
  "network.azure.com/PrivateEndpoint": { blocksReady: approvedConnections },
  "dataprotection.azure.com/BackupVaultsBackupInstance": { blocksReady: protectionEnded },
};
