import { ManagedIdentityCredential } from "@azure/identity";
import { ArmHttp } from "../adapters/arm/arm-http.ts";
import { EntraTokens } from "../adapters/identity/entra-tokens.ts";
import { RegisteredClusters } from "../adapters/kubernetes/registered-clusters.ts";
import { openStorage, type StorageSettings } from "../adapters/storage/storage-account.ts";
import { StorageWorkQueue } from "../adapters/storage/storage-work-queue.ts";
import { TableBudget } from "../adapters/storage/table-budget.ts";
import { TableCheckpoints } from "../adapters/storage/table-checkpoints.ts";
import { TableDeletions } from "../adapters/storage/table-deletions.ts";
import { TableIdentities } from "../adapters/storage/table-identities.ts";
import { TableLedger } from "../adapters/storage/table-ledger.ts";
import { TableNotices } from "../adapters/storage/table-notices.ts";
import { TableOwnership } from "../adapters/storage/table-ownership.ts";
import { TableProjections } from "../adapters/storage/table-projections.ts";
import { TableRegistry } from "../adapters/storage/table-registry.ts";
import { OtelMetrics } from "../adapters/telemetry/otel-metrics.ts";
import { startTelemetry } from "../adapters/telemetry/start-telemetry.ts";
import { type Config, readConfig, type StorageConfig } from "../config/config.ts";
import { environment } from "../config/environment.ts";
import type { Engine, EngineSettings } from "../controller/engine.ts";
import type { Clusters } from "../ports/cluster.ts";
import type { Tokens } from "../ports/tokens.ts";
import { engineRuntime } from "./engine-runtime.ts";
import { globalCredential } from "./global-credential.ts";
import { processLog } from "./process-log.ts";
import type { Runtime } from "./runtime.ts";
import { systemClock, systemRandom, systemTimer } from "./system.ts";
import { version } from "./version.ts";

const stopping = new AbortController();

let started: Promise<Runtime> | undefined;

/** The runtime of this process, made on first use from the app's settings. A bad setting fails every invocation with its name. */
export function runtime(): Promise<Runtime> {
  started ??= createRuntime(readConfig(environment()));
  return started;
}

/** Constructs every adapter. The only place that does. */
async function createRuntime(config: Config): Promise<Runtime> {
  // Beside the host's own handling: it waits for running calls, and a scan would go on to its end.
  process.once("SIGTERM", () => stopping.abort());
  const telemetry = await startTelemetry(
    config.telemetryConnectionString,
    telemetryOptions(config),
  );
  return engineRuntime(createEngine(config), () => telemetry.stop());
}

/** Wires the use cases to the real world. */
function createEngine(config: Config): Engine {
  const storage = openStorage(storageSettings(config.storage));
  const agentVersion = `${version} ${config.userAgentSuffix}`.trimEnd();
  const userAgent = `aso-functions/${agentVersion}`;
  const registry = new TableRegistry(storage.table("asoregistry"), {
    entries: config.clusters,
    operatorNamespace: config.operatorNamespace,
    ...(config.targetNamespaces === undefined ? {} : { namespaces: config.targetNamespaces }),
    clock: systemClock,
    log: processLog,
  });
  const tokens: Tokens = new EntraTokens({
    clock: systemClock,
    requestToken: async ({ cluster, namespace, serviceAccount }, audience, signal) =>
      (await clusters.get(cluster)).requestToken(namespace, serviceAccount, audience, signal),
  });
  const clusters: Clusters = new RegisteredClusters({
    registry,
    tokens,
    clock: systemClock,
    userAgent,
    allowExec: config.allowExec,
    readSetting: (name) => environment()[name],
  });
  return {
    settings: engineSettings(config),
    clusters,
    registry,
    arm: new ArmHttp({
      tokens,
      version: agentVersion,
      cloudEndpoint: config.cloud.endpoint,
      allowedHosts: config.armHosts,
    }),
    ledger: new TableLedger(storage.table("asoledger")),
    queue: new StorageWorkQueue((name) => storage.queue(name), config.queues),
    budget: new TableBudget(storage.table("asobudget")),
    ownership: new TableOwnership(storage.table("asoownership")),
    deletions: new TableDeletions(storage.table("asodeletions")),
    identities: new TableIdentities(storage.table("asoidentities")),
    projections: new TableProjections(storage.table("asoprojections"), processLog),
    checkpoints: new TableCheckpoints(storage.table("asocheckpoints")),
    notices: new TableNotices(storage.table("asonotices")),
    clock: systemClock,
    timer: systemTimer,
    random: systemRandom,
    metrics: new OtelMetrics(),
    stopping: stopping.signal,
  };
}

/** With an identity for storage the app has no keys at all, and Application Insights takes that identity too. */
function telemetryOptions({ storage }: Config): { credential?: ManagedIdentityCredential } {
  if (storage.kind !== "identity") return {};
  return { credential: ownIdentity(storage.clientId) };
}

function ownIdentity(clientId: string | undefined): ManagedIdentityCredential {
  return new ManagedIdentityCredential(clientId === undefined ? {} : { clientId });
}

function storageSettings(config: StorageConfig): StorageSettings {
  if (config.kind === "connectionString") return { connectionString: config.value.reveal() };
  const { queueUri, tableUri, clientId } = config;
  return { queueUri, tableUri, credential: ownIdentity(clientId) };
}

function engineSettings(config: Config): EngineSettings {
  return {
    version,
    defaultPolicy: config.defaultPolicy,
    syncPeriodMs: config.syncPeriodMs,
    globalCredential: globalCredential(config),
    cloud: config.cloud,
    allowMultiEnv: config.allowMultiEnv,
    armHosts: config.armHosts,
    accessPolicy: config.accessPolicy,
    serviceAccount: config.serviceAccount,
    deletions: config.deletions,
    maxOutstanding: config.maxOutstanding,
    leaseMs: config.leaseMs,
    renewMs: config.leaseMs / 3,
    lostAfterMs: config.leaseMs * 1.5,
    deadlineMs: 120_000,
    scanMs: config.scanMs,
    pollMs: config.pollMs,
    relistMs: config.relistMs,
    maxWatches: 60,
  };
}
