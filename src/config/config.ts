import type { AccessRule } from "../core/access/access-policy.ts";
import type { DeletionLimits } from "../core/decide/deletion-breaker.ts";
import { OperatorError } from "../core/errors.ts";
import type { Cloud } from "../core/resource/credential.ts";
import { parseSyncPeriod } from "../core/resource/retry.ts";
import { Secret } from "../core/secret.ts";
import type { ClusterEntry } from "../ports/registry.ts";
import { readAccessPolicy } from "./access-policy.ts";
import { readClusters } from "./clusters.ts";
import { type Settings, settings } from "./settings.ts";

/** Where tables and queues are: a connection string, or service URIs with the app's identity. */
export type StorageConfig =
  | { readonly kind: "connectionString"; readonly value: Secret<string> }
  | {
      readonly kind: "identity";
      readonly queueUri: string;
      readonly tableUri: string;
      readonly clientId: string | undefined;
    };

/** The app's own Azure identity, as ASO's operator names its settings (aso-features.md 10.1). */
export type GlobalCredentialConfig = {
  readonly subscriptionId: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly additionalTenants: readonly string[];
  readonly clientSecret: Secret<string> | undefined;
  readonly certificate: Secret<string> | undefined;
  readonly certificatePassword: Secret<string> | undefined;
  readonly tokenFile: string | undefined;
};

/** Every setting of the app, checked. Durations in milliseconds. */
export type Config = {
  readonly storage: StorageConfig;
  readonly queues: {
    readonly scan: string;
    readonly reconcile: string;
    readonly operation: string;
  };
  readonly clusters: readonly ClusterEntry[];
  readonly cloud: Cloud;
  /** Hosts besides the cloud's ARM endpoint that tokens may go to, and that credential Secrets may name besides Microsoft's clouds. */
  readonly armHosts: readonly string[];
  readonly globalCredential: GlobalCredentialConfig | undefined;
  readonly allowMultiEnv: boolean;
  /** What namespaces may use; undefined: everything. */
  readonly accessPolicy: readonly AccessRule[] | undefined;
  readonly serviceAccount: { readonly namespace: string; readonly name: string };
  /** Value of the operator-namespace annotation of clusters that name none. */
  readonly operatorNamespace: string;
  /** Namespaces that are managed in clusters that name none; undefined: all. */
  readonly targetNamespaces: readonly string[] | undefined;
  readonly defaultPolicy: string;
  readonly syncPeriodMs: number | "never";
  readonly scanMs: number;
  readonly pollMs: number;
  readonly relistMs: number;
  readonly deletions: DeletionLimits;
  readonly maxOutstanding: number;
  /** After this time without a sign of life a worker counts as dead. */
  readonly leaseMs: number;
  readonly allowExec: boolean;
  readonly userAgentSuffix: string;
  readonly telemetryConnectionString: string | undefined;
};

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Checks the settings of the app. Throws OperatorError `ConfigInvalid` that names every bad setting and what it must be; values are
 * never part of it. An empty setting counts as unset.
 */
export function readConfig(environment: Environment): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = settings.safeParse(given);
  if (!parsed.success)
    throw invalid(parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`));
  const found = parsed.data;
  const [namespace = "", name = ""] = found.ASO_FUNCTIONS_SERVICE_ACCOUNT.split("/");
  return {
    storage: storageOf(found),
    queues: {
      scan: found.SCAN_QUEUE,
      reconcile: found.RECONCILE_QUEUE,
      operation: found.OPERATION_QUEUE,
    },
    clusters: clustersOf(found),
    cloud: {
      endpoint: withoutSlash(found.AZURE_RESOURCE_MANAGER_ENDPOINT),
      audience: found.AZURE_RESOURCE_MANAGER_AUDIENCE,
      authorityHost: withoutSlash(found.AZURE_AUTHORITY_HOST),
    },
    armHosts: listOf(found.ASO_FUNCTIONS_ARM_HOSTS),
    globalCredential: globalCredentialOf(found),
    allowMultiEnv: found.ALLOW_MULTI_ENV_MANAGEMENT,
    accessPolicy: accessPolicyOf(found),
    serviceAccount: { namespace, name },
    operatorNamespace: found.ASO_FUNCTIONS_OPERATOR_NAMESPACE,
    targetNamespaces: targetNamespacesOf(found),
    defaultPolicy: found.DEFAULT_RECONCILE_POLICY,
    syncPeriodMs: syncPeriodOf(found.AZURE_SYNC_PERIOD),
    scanMs: found.ASO_FUNCTIONS_SCAN_SECONDS * 1000,
    pollMs: found.ASO_FUNCTIONS_POLL_SECONDS * 1000,
    relistMs: found.ASO_FUNCTIONS_RELIST_SECONDS * 1000,
    deletions: deletionLimitsOf(found),
    maxOutstanding: found.ASO_FUNCTIONS_MAX_OUTSTANDING,
    leaseMs: found.ASO_FUNCTIONS_LEASE_SECONDS * 1000,
    allowExec: found.ASO_FUNCTIONS_ALLOW_EXEC,
    userAgentSuffix: found.AZURE_USER_AGENT_SUFFIX,
    telemetryConnectionString: found.APPLICATIONINSIGHTS_CONNECTION_STRING,
  };
}

function storageOf(found: Settings): StorageConfig {
  if (found.AzureWebJobsStorage !== undefined) {
    return { kind: "connectionString", value: new Secret(found.AzureWebJobsStorage) };
  }
  const account = found.AzureWebJobsStorage__accountName;
  const queueUri =
    found.AzureWebJobsStorage__queueServiceUri ??
    (account && `https://${account}.queue.core.windows.net`);
  const tableUri =
    found.AzureWebJobsStorage__tableServiceUri ??
    (account && `https://${account}.table.core.windows.net`);
  if (queueUri === undefined || tableUri === undefined) {
    throw invalid([
      "AzureWebJobsStorage: set a connection string, or AzureWebJobsStorage__queueServiceUri and __tableServiceUri for an identity",
    ]);
  }
  return { kind: "identity", queueUri, tableUri, clientId: found.AzureWebJobsStorage__clientId };
}

function clustersOf(found: Settings): readonly ClusterEntry[] {
  const setting = "ASO_FUNCTIONS_CLUSTERS";
  const read = readClusters(parseJson(setting, "clusters", found[setting]), {
    operatorNamespace: found.ASO_FUNCTIONS_OPERATOR_NAMESPACE,
    namespaces: targetNamespacesOf(found),
  });
  if ("entries" in read) return read.entries;
  throw invalid(read.flaws.map((flaw) => `${setting}${flaw}`));
}

function accessPolicyOf({
  ASO_FUNCTIONS_POLICY: text,
}: Settings): readonly AccessRule[] | undefined {
  if (text === undefined) return undefined;
  const read = readAccessPolicy(parseJson("ASO_FUNCTIONS_POLICY", "rules", text));
  if ("rules" in read) return read.rules;
  throw invalid(read.flaws.map((flaw) => `ASO_FUNCTIONS_POLICY${flaw}`));
}

function globalCredentialOf(found: Settings): GlobalCredentialConfig | undefined {
  const subscriptionId = found.AZURE_SUBSCRIPTION_ID;
  if (subscriptionId === undefined) return undefined;
  return {
    subscriptionId,
    tenantId: found.AZURE_TENANT_ID ?? "",
    clientId: found.AZURE_CLIENT_ID ?? "",
    additionalTenants: listOf(found.AZURE_ADDITIONAL_TENANTS),
    clientSecret: secret(found.AZURE_CLIENT_SECRET),
    certificate: secret(found.AZURE_CLIENT_CERTIFICATE),
    certificatePassword: secret(found.AZURE_CLIENT_CERTIFICATE_PASSWORD),
    tokenFile: found.USE_WORKLOAD_IDENTITY_AUTH ? found.AZURE_FEDERATED_TOKEN_FILE : undefined,
  };
}

function targetNamespacesOf(found: Settings): readonly string[] | undefined {
  const names = listOf(found.AZURE_TARGET_NAMESPACES);
  return names.length === 0 ? undefined : names;
}

function syncPeriodOf(text: string): number | "never" {
  const parsed = parseSyncPeriod(text);
  if (typeof parsed === "number" || parsed === "never") return parsed;
  throw invalid([`AZURE_SYNC_PERIOD: a Go duration such as 1h or 15m, or "never"`]);
}

/** Counts are kept for the window, and what is read of a cluster for half a minute of it. */
const windowMs = { least: 60_000, most: 86_400_000 };

function deletionLimitsOf(found: Settings): DeletionLimits {
  const window = parseSyncPeriod(found.ASO_FUNCTIONS_DELETIONS_WINDOW);
  if (window === "never") return { max: "never", percent: "never", windowMs: windowMs.least };
  if (window === undefined || window < windowMs.least || window > windowMs.most)
    throw invalid([
      `ASO_FUNCTIONS_DELETIONS_WINDOW: a Go duration from 1m to 24h such as 10m, or "never"`,
    ]);
  return {
    max: found.ASO_FUNCTIONS_DELETIONS_MAX,
    percent: found.ASO_FUNCTIONS_DELETIONS_PERCENT,
    windowMs: window,
  };
}

function parseJson(setting: string, of: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError)
      throw invalid([`${setting}: not JSON; it is a list of ${of}`]);
    throw error;
  }
}

function secret(text: string | undefined): Secret<string> | undefined {
  return text === undefined ? undefined : new Secret(text);
}

function listOf(text: string): string[] {
  return text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

function withoutSlash(url: string): string {
  return url.endsWith("/") ? url.slice(0, -1) : url;
}

function invalid(problems: readonly string[]): OperatorError {
  return new OperatorError(
    "ConfigInvalid",
    `The settings of the app are not usable: ${problems.join("; ")}`,
  );
}
