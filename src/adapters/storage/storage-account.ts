import type { TokenCredential } from "@azure/core-auth";
import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import { TableClient, type TableServiceClientOptions } from "@azure/data-tables";
import { QueueClient, type StoragePipelineOptions } from "@azure/storage-queue";
import type { Entities } from "./entities.ts";
import { TableEntities } from "./table-entities.ts";

/** A connection string, or the service URIs with the app's own identity. */
export type StorageSettings =
  | { readonly connectionString: string }
  | {
      readonly queueUri: string;
      readonly tableUri: string;
      readonly credential: TokenCredential;
    };

type StorageOptions = {
  /** Sees every table request, retries included: counting and fault tests. */
  readonly tablePolicies?: readonly PipelinePolicy[];
};

/** The clients of one storage account. They connect on first use and share the process's connections. */
export interface StorageAccount {
  /** A table by its name (letters and digits), created before its first use. */
  table(name: string): Entities;
  /** The client of a queue; it creates nothing. */
  queue(name: string): QueueClient;
}

const requestTimeoutMs = 15_000;

/** A connection that hangs must not use up the invocation: the pipeline itself knows no time limit. */
const timeLimit: PipelinePolicy = {
  name: "requestTimeLimit",
  sendRequest(request, next) {
    request.timeout ||= requestTimeoutMs;
    return next(request);
  },
};

function isInsecure(settings: StorageSettings): boolean {
  const endpoint =
    "connectionString" in settings ? settings.connectionString : `Endpoint=${settings.tableUri}`;
  return /UseDevelopmentStorage=true|Endpoint=http:|DefaultEndpointsProtocol=http(;|$)/i.test(
    endpoint,
  );
}

function withoutSlash(uri: string): string {
  return uri.endsWith("/") ? uri.slice(0, -1) : uri;
}

/** Opens a storage account. Plain http is accepted only where the settings themselves name it (the emulator). */
export function openStorage(
  settings: StorageSettings,
  options: StorageOptions = {},
): StorageAccount {
  const tableOptions: TableServiceClientOptions = {
    allowInsecureConnection: isInsecure(settings),
    retryOptions: { maxRetries: 4, retryDelayInMs: 200, maxRetryDelayInMs: 3_000 },
    additionalPolicies: [timeLimit, ...(options.tablePolicies ?? [])].map((policy) => ({
      policy,
      position: "perRetry" as const,
    })),
  };
  const queueOptions: StoragePipelineOptions = {
    retryOptions: {
      maxTries: 5,
      retryDelayInMs: 200,
      maxRetryDelayInMs: 3_000,
      tryTimeoutInMs: requestTimeoutMs,
    },
  };
  return {
    table: (name) => new TableEntities(tableClient(settings, name, tableOptions)),
    queue: (name) => queueClient(settings, name, queueOptions),
  };
}

function tableClient(
  settings: StorageSettings,
  name: string,
  options: TableServiceClientOptions,
): TableClient {
  return "connectionString" in settings
    ? TableClient.fromConnectionString(settings.connectionString, name, options)
    : new TableClient(withoutSlash(settings.tableUri), name, settings.credential, options);
}

function queueClient(
  settings: StorageSettings,
  name: string,
  options: StoragePipelineOptions,
): QueueClient {
  return "connectionString" in settings
    ? new QueueClient(settings.connectionString, name, options)
    : new QueueClient(`${withoutSlash(settings.queueUri)}/${name}`, settings.credential, options);
}
