import { createHash } from "node:crypto";
import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { propertiesOf } from "./merge-json.ts";

/** What a resource provider knows when it fills in what the client left out. */
type Facts = {
  readonly id: string;
  readonly name: string;
  /** The resource that contains this one. */
  readonly parent: string;
  readonly location: string;
  /** The stored body before this PUT: what was computed once stays. */
  readonly previous: JsonObject | undefined;
  readonly body: JsonObject;
  readonly tenant: string;
  readonly principal: string;
  /** ISO 8601. */
  readonly now: string;
  uuid(): string;
  /** True once no operation is running. */
  readonly done: boolean;
};

/** What a provider adds: `defaults` where the client said nothing, `computed` whatever the client said. */
type ServerFields = {
  readonly defaults?: (facts: Facts) => JsonObject;
  readonly computed?: (facts: Facts) => JsonObject;
};

/** The value computed earlier, or a fresh one. */
function kept(facts: Facts, key: string, fresh: () => JsonValue): JsonValue {
  return propertiesOf(facts.previous)[key] ?? fresh();
}

const guid = (facts: Facts): JsonObject => ({
  properties: { resourceGuid: kept(facts, "resourceGuid", () => facts.uuid()) },
});

function address(facts: Facts): string {
  const [a = 0, b = 0, c = 0] = createHash("sha256").update(facts.id.toLowerCase()).digest();
  return `20.${a}.${b}.${c}`;
}

function staticAddress(facts: Facts): JsonObject {
  const isStatic = propertiesOf(facts.body)["publicIPAllocationMethod"] === "Static";
  if (!facts.done || !isStatic) return guid(facts);
  const properties: JsonObject = { ipAddress: kept(facts, "ipAddress", () => address(facts)) };
  return { properties: { ...properties, ...propertiesOf(guid(facts)) } };
}

const subnetDefaults: JsonObject = {
  delegations: [],
  privateEndpointNetworkPolicies: "Disabled",
  privateLinkServiceNetworkPolicies: "Enabled",
};

const ruleDefaults: JsonObject = {
  sourcePortRanges: [],
  destinationPortRanges: [],
  sourceAddressPrefixes: [],
  destinationAddressPrefixes: [],
};

function defaultSecurityRules(facts: Facts): JsonObject {
  const rule = (
    name: string,
    priority: number,
    direction: string,
    access: string,
    from: string,
    to: string,
  ): JsonObject => ({
    name,
    id: `${facts.id}/defaultSecurityRules/${name}`,
    type: "Microsoft.Network/networkSecurityGroups/defaultSecurityRules",
    properties: {
      ...ruleDefaults,
      provisioningState: "Succeeded",
      protocol: "*",
      sourcePortRange: "*",
      destinationPortRange: "*",
      sourceAddressPrefix: from,
      destinationAddressPrefix: to,
      access,
      priority,
      direction,
    },
  });
  const both = (direction: string): JsonObject[] => [
    rule(
      `AllowVnet${direction}`,
      65000,
      direction.replace("B", "b"),
      "Allow",
      "VirtualNetwork",
      "VirtualNetwork",
    ),
    rule(`DenyAll${direction}`, 65500, direction.replace("B", "b"), "Deny", "*", "*"),
  ];
  const defaultRules = [...both("InBound"), ...both("OutBound")];
  return { properties: { ...propertiesOf(guid(facts)), defaultSecurityRules: defaultRules } };
}

function storageDefaults(facts: Facts): JsonObject {
  return {
    tags: {},
    properties: {
      allowBlobPublicAccess: false,
      allowCrossTenantReplication: false,
      minimumTlsVersion: "TLS1_0",
      supportsHttpsTrafficOnly: true,
      networkAcls: {
        bypass: "AzureServices",
        virtualNetworkRules: [],
        ipRules: [],
        defaultAction: "Allow",
      },
      encryption: {
        services: {
          file: { keyType: "Account", enabled: true },
          blob: { keyType: "Account", enabled: true },
        },
        keySource: "Microsoft.Storage",
      },
      ...(facts.body["kind"] === "Storage" ? {} : { accessTier: "Hot" }),
    },
  };
}

function storageComputed(facts: Facts): JsonObject {
  const host = (service: string): string => `https://${facts.name}.${service}.core.windows.net/`;
  const sku = facts.body["sku"];
  const name = isJsonObject(sku) ? sku["name"] : undefined;
  const created = kept(facts, "creationTime", () => facts.now);
  return {
    ...(typeof name === "string" ? { sku: { name, tier: name.split("_")[0] ?? "" } } : {}),
    properties: {
      creationTime: created,
      keyCreationTime: { key1: created, key2: created },
      primaryLocation: facts.location,
      statusOfPrimary: "available",
      privateEndpointConnections: [],
      primaryEndpoints: {
        blob: host("blob"),
        dfs: host("dfs"),
        file: host("file"),
        queue: host("queue"),
        table: host("table"),
        web: host("z4.web"),
      },
    },
  };
}

function serverComputed(domain: string): (facts: Facts) => JsonObject {
  return (facts) => ({
    properties: {
      state: facts.done ? "Ready" : facts.previous === undefined ? "Provisioning" : "Updating",
      fullyQualifiedDomainName: `${facts.name}.${domain}`,
    },
  });
}

function postgresDefaults(): JsonObject {
  return {
    properties: {
      availabilityZone: "1",
      backup: { backupRetentionDays: 7, geoRedundantBackup: "Disabled" },
      highAvailability: { mode: "Disabled", state: "NotEnabled" },
      network: { publicNetworkAccess: "Enabled" },
      replicationRole: "Primary",
      storage: { autoGrow: "Disabled", tier: "P10", iops: 500 },
      maintenanceWindow: { customWindow: "Disabled", dayOfWeek: 0, startHour: 0, startMinute: 0 },
    },
  };
}

function configurationComputed(facts: Facts): JsonObject {
  const standard = kept(facts, "defaultValue", () => "0");
  const given = propertiesOf(facts.body)["value"];
  const value = given ?? propertiesOf(facts.previous)["value"] ?? standard;
  return {
    properties: {
      value,
      defaultValue: standard,
      dataType: "String",
      isConfigPendingRestart: false,
      isDynamicConfig: true,
      isReadOnly: false,
      source: given === undefined ? "system-default" : "user-override",
    },
  };
}

function assignmentComputed(facts: Facts): JsonObject {
  return {
    properties: {
      scope: facts.parent === "" ? "/" : facts.parent,
      principalType: propertiesOf(facts.body)["principalType"] ?? "ServicePrincipal",
      condition: propertiesOf(facts.body)["condition"] ?? null,
      createdOn: kept(facts, "createdOn", () => facts.now),
      updatedOn: facts.now,
      createdBy: kept(facts, "createdBy", () => facts.principal),
      updatedBy: facts.principal,
    },
  };
}

/** Server-side fields by lower-case type; types that are not listed get none but provisioningState. */
export const serverFields: Readonly<Record<string, ServerFields>> = {
  "microsoft.managedidentity/userassignedidentities": {
    defaults: () => ({ tags: {} }),
    computed: (facts) => ({
      properties: {
        tenantId: facts.tenant,
        principalId: kept(facts, "principalId", () => facts.uuid()),
        clientId: kept(facts, "clientId", () => facts.uuid()),
      },
    }),
  },
  "microsoft.network/virtualnetworks": {
    defaults: () => ({ properties: { virtualNetworkPeerings: [], enableDdosProtection: false } }),
    computed: guid,
  },
  "microsoft.network/virtualnetworks/subnets": { defaults: () => ({ properties: subnetDefaults }) },
  "microsoft.network/publicipaddresses": {
    defaults: () => ({
      sku: { name: "Basic", tier: "Regional" },
      properties: {
        publicIPAddressVersion: "IPv4",
        publicIPAllocationMethod: "Dynamic",
        idleTimeoutInMinutes: 4,
        ipTags: [],
      },
    }),
    computed: staticAddress,
  },
  "microsoft.network/networksecuritygroups": { computed: defaultSecurityRules },
  "microsoft.network/networksecuritygroups/securityrules": {
    defaults: () => ({ properties: ruleDefaults }),
  },
  "microsoft.network/routetables": {
    defaults: () => ({ properties: { disableBgpRoutePropagation: false } }),
    computed: guid,
  },
  "microsoft.network/routetables/routes": {
    defaults: () => ({ properties: { hasBgpOverride: false } }),
  },
  "microsoft.storage/storageaccounts": { defaults: storageDefaults, computed: storageComputed },
  "microsoft.storage/storageaccounts/blobservices": {
    defaults: () => ({
      properties: {
        cors: { corsRules: [] },
        deleteRetentionPolicy: { allowPermanentDelete: false, enabled: false },
      },
    }),
  },
  "microsoft.storage/storageaccounts/blobservices/containers": {
    defaults: () => ({
      properties: {
        publicAccess: "None",
        defaultEncryptionScope: "$account-encryption-key",
        denyEncryptionScopeOverride: false,
      },
    }),
    computed: (facts) => ({
      properties: {
        deleted: false,
        hasImmutabilityPolicy: false,
        hasLegalHold: false,
        lastModifiedTime: facts.now,
        leaseState: "Available",
        leaseStatus: "Unlocked",
        remainingRetentionDays: 0,
      },
    }),
  },
  "microsoft.dbforpostgresql/flexibleservers": {
    defaults: postgresDefaults,
    computed: serverComputed("postgres.database.azure.com"),
  },
  "microsoft.dbforpostgresql/flexibleservers/configurations": { computed: configurationComputed },
  "microsoft.dbformysql/flexibleservers": { computed: serverComputed("mysql.database.azure.com") },
  "microsoft.authorization/roleassignments": { computed: assignmentComputed },
};
