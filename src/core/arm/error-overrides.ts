import type { ErrorOverride } from "./classify-error.ts";

const retryable = (codes: readonly string[]): ErrorOverride => ({ codes, result: "retryable" });

const badRequest = (...messageContains: readonly string[]): ErrorOverride => ({
  codes: ["BadRequest"],
  messageContains,
  result: "retryable",
});

const managedEnvironment = [retryable(["ManagedEnvironmentNotProvisioned"])];
const originGroup = [
  badRequest("originGroup is created successfully", "at least one enabled origin is created"),
];
const quota = [retryable(["OperationNotAllowed"])];
const anyBadRequest = [retryable(["BadRequest"])];
const dnsRecord: readonly ErrorOverride[] = [
  {
    codes: ["BadRequest"],
    messageMatches: [/The referenced resource.*was not found/],
    result: "retryable",
  },
];
const referenced = [retryable(["ReferencedResourceNotProvisioned"])];

/**
 * Kinds whose resource provider uses codes in another sense (aso-semantics.md A.3), by the group's short name and kind.
 * Data only: the first row that applies wins over the general table.
 */
export const errorOverrides: Readonly<Record<string, readonly ErrorOverride[]>> = {
  "app/ContainerApp": managedEnvironment,
  "app/Job": managedEnvironment,
  "cdn/AfdCustomDomain": [
    { ...badRequest("This resource is still associated with a route"), speed: "slow" },
  ],
  "cdn/Route": originGroup,
  "cdn/Rule": originGroup,
  "cdn/SecurityPolicy": [
    badRequest("is not associated with the AFDX profile", "is in a invalid provisioning state"),
  ],
  "compute/Disk": [
    { codes: ["BadRequest"], messageMatches: [/DiskAccess.*not found/], result: "retryable" },
    {
      codes: ["Conflict"],
      messageMatches: [/DiskAccess.*is in failed state./],
      result: "retryable",
    },
  ],
  "compute/VirtualMachine": quota,
  "compute/VirtualMachineScaleSet": quota,
  "containerservice/FleetsMember": [retryable(["DependentResourceNotFound"])],
  "containerservice/ManagedCluster": [retryable(["CustomKubeletIdentityMissingPermissionError"])],
  "containerservice/ManagedClustersAgentPool": [
    { ...retryable(["NodePoolMcVersionIncompatible"]), speed: "slow" },
  ],
  "documentdb/CassandraCluster": [badRequest("service principal")],
  "documentdb/DatabaseAccount": [
    {
      codes: ["ServiceUnavailable"],
      messageContains: ["currently experiencing high demand"],
      result: "fatal",
    },
  ],
  "documentdb/MongodbDatabase": anyBadRequest,
  "documentdb/SqlDatabase": anyBadRequest,
  "documentdb/SqlRoleAssignment": [badRequest("was not found in the AAD tenant")],
  "insights/DataCollectionRule": [retryable(["WorkspaceNotFound"])],
  "insights/ScheduledQueryRule": [badRequest("does not exist"), badRequest("insufficient access")],
  "machinelearningservices/Workspace": [badRequest("StorageAccountIsNotProvisioned")],
  "network/AzureFirewall": [
    {
      codes: ["AzfwAddToFirewallPolicyFailed"],
      messageMatches: [/failed to reference Firewall Policy/i],
      result: "retryable",
    },
  ],
  "network/DnsForwardingRuleset": [{ messageContains: ["was not found"], result: "retryable" }],
  "network/DnsZonesAAAARecord": dnsRecord,
  "network/DnsZonesARecord": dnsRecord,
  "network/DnsZonesCNAMERecord": dnsRecord,
  "network/NetworkWatchersFlowLog": [
    retryable(["NetworkSecurityGroupNotFoundForFlowLog", "StorageProvisioningStateNotSucceeded"]),
  ],
  "network/PublicIPAddress": referenced,
  "network/VirtualNetworksSubnet": [retryable(["NetcfgSubnetRangeOutsideVnet"])],
  "network/VirtualNetworksVirtualNetworkPeering": referenced,
  "servicebus/NamespacesTopicsSubscription": [retryable(["MessagingGatewayBadRequest"])],
  "sql/Server": [{ codes: ["PasswordNotComplex"], result: "fatal" }],
  "sql/ServersVulnerabilityAssessment": [retryable(["VulnerabilityAssessmentADSIsDisabled"])],
};
