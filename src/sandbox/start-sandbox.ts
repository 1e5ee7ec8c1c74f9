import type { ClusterEntry } from "../ports/registry.ts";
import { systemClock, systemRandom } from "../runtime/system.ts";
import { type ApiServerHandle, startApiServer } from "./api-server/start-api-server.ts";
import { startArm } from "./arm/start-arm.ts";
import type { ArmHandle, LroRule } from "./arm/types.ts";
import { type Azurite, startAzurite } from "./azurite.ts";
import { type HostHandle, type HostOptions, startHost } from "./host/start-host.ts";
import { startTogether, stopTogether } from "./host/start-together.ts";
import { StateFolder } from "./state-folder.ts";
import { createSelfSigned } from "./tls/self-signed.ts";

/** What the embedded world consists of. */
export type SandboxOptions = {
  /** Folder of package.json and host.json. */
  readonly root: string;
  /** Keeps API server objects, ARM resources, queues and tables between runs. */
  readonly state?: string;
  /** Clusters to manage instead of the embedded one. */
  readonly clusters?: readonly ClusterEntry[];
  /** Talk to the ARM and the identity of the environment instead of the embedded ones. */
  readonly realAzure?: boolean;
  /** Port of the fleet page. @default 0, any free one */
  readonly port?: number;
  /** App settings that win over the sandbox's own. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Durations and shapes of ARM operations. */
  readonly durations?: readonly LroRule[];
  /** One host process per inner list, running those functions only. @default one process with all */
  readonly processes?: readonly (readonly string[])[];
  readonly onLine?: HostOptions["onLine"];
};

/** A running sandbox. `stop` ends everything that was started, in order, and keeps the state where that was asked for. */
export type Sandbox = {
  readonly hosts: readonly HostHandle[];
  readonly fleetUrl: string;
  readonly kubeconfigPath: string | undefined;
  readonly arm: ArmHandle | undefined;
  readonly api: ApiServerHandle | undefined;
  readonly azurite: Azurite;
  readonly caPath: string;
  /** Starts the host processes again with the same settings, after they were killed. */
  restartHosts(): Promise<void>;
  save(): Promise<void>;
  stop(): Promise<void>;
};

/** The embedded subscription, tenant and client: they exist nowhere else. */
export const sandboxIdentity = {
  subscriptionId: "00000000-0000-0000-0000-000000000001",
  tenantId: "00000000-0000-0000-0000-000000000002",
  clientId: "00000000-0000-0000-0000-000000000003",
} as const;

const embeddedCluster = "local";

/** Starts the whole world: storage emulator, ARM, API server and the function app in its own process. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const folder = await StateFolder.open(options.state);
  const stops: (() => Promise<unknown>)[] = [];
  const stopAll = async (): Promise<void> => {
    for (const stop of stops.toReversed()) await stop();
    await folder.close();
  };
  try {
    return await startParts(options, folder, stops, stopAll);
  } catch (error) {
    await stopAll();
    throw error;
  }
}

async function startParts(
  options: SandboxOptions,
  folder: StateFolder,
  stops: (() => Promise<unknown>)[],
  stopAll: () => Promise<void>,
): Promise<Sandbox> {
  const tls = await certificate(folder);
  const caPath = folder.file("ca.pem");
  const azurite = await startAzurite(folder.kept ? { directory: folder.file("storage") } : {});
  stops.push(() => azurite.stop());
  const arm = options.realAzure ? undefined : await embeddedArm(options, folder, tls);
  if (arm !== undefined) stops.push(() => arm.stop());
  const api = options.clusters === undefined ? await embeddedApiServer(folder, tls) : undefined;
  if (api !== undefined) stops.push(() => api.stop());
  const kubeconfigPath = api === undefined ? undefined : folder.file("kubeconfig");
  if (api !== undefined) await folder.write("kubeconfig", api.kubeconfig());
  const save = async (): Promise<void> => {
    if (!folder.kept) return;
    if (arm !== undefined) await folder.writeJson("arm.json", arm.snapshot());
    if (api !== undefined) await folder.writeJson("api-server.json", api.snapshot());
  };
  stops.push(save);
  const clusters = options.clusters ?? [embeddedEntry(folder.file("kubeconfig"))];
  const settings = { ...appSettings(azurite, arm, clusters, caPath), ...options.settings };
  const start = (): Promise<HostHandle[]> => startHosts(options, settings);
  let hosts = await start();
  stops.push(() => stopTogether(hosts));
  return {
    get hosts() {
      return hosts;
    },
    get fleetUrl() {
      return `${hosts[0]?.url ?? ""}/api/fleet`;
    },
    kubeconfigPath,
    arm,
    api,
    azurite,
    caPath,
    restartHosts: async () => {
      hosts = await start();
    },
    save,
    stop: stopAll,
  };
}

async function startHosts(
  options: SandboxOptions,
  settings: Readonly<Record<string, string>>,
): Promise<HostHandle[]> {
  const groups = options.processes ?? [undefined];
  const hosts = await startTogether(
    groups.map(
      (functions, index) => () =>
        startHost({
          root: options.root,
          settings,
          ...(functions === undefined ? {} : { functions }),
          ...(index === 0 && options.port !== undefined ? { port: options.port } : {}),
          ...(options.onLine === undefined ? {} : { onLine: options.onLine }),
        }),
    ),
  );
  try {
    // A timer without a status waits for its next minute; nobody who just started wants to.
    await hosts.find((host) => host.functions.includes("watch"))?.trigger("watch");
  } catch (error) {
    await stopTogether(hosts);
    throw error;
  }
  return hosts;
}

async function certificate(
  folder: StateFolder,
): Promise<{ readonly cert: string; readonly key: string }> {
  const [cert, key] = [await folder.readText("ca.pem"), await folder.readText("ca.key")];
  if (cert !== undefined && key !== undefined) return { cert, key };
  const made = createSelfSigned();
  await folder.write("ca.pem", made.cert);
  await folder.write("ca.key", made.key);
  return made;
}

async function embeddedArm(
  options: SandboxOptions,
  folder: StateFolder,
  tls: { readonly cert: string; readonly key: string },
): Promise<ArmHandle> {
  const restore = await folder.readJson("arm.json");
  const port = Number((await folder.readText("arm.port")) ?? 0);
  const arm = await startArm({
    tls,
    port,
    clock: systemClock,
    random: systemRandom,
    subscriptions: [sandboxIdentity.subscriptionId],
    ...(options.durations === undefined ? {} : { durations: options.durations }),
    ...(restore === undefined ? {} : { restore }),
  });
  // Operations that run when the sandbox stops name the port in their URLs.
  await folder.write("arm.port", new URL(arm.url).port);
  return arm;
}

async function embeddedApiServer(
  folder: StateFolder,
  tls: { readonly cert: string; readonly key: string },
): Promise<ApiServerHandle> {
  const restore = await folder.readJson("api-server.json");
  return startApiServer({
    tls,
    clock: systemClock,
    random: systemRandom,
    ...(restore === undefined ? {} : { restore }),
  });
}

function embeddedEntry(kubeconfig: string): ClusterEntry {
  return {
    name: embeddedCluster,
    auth: { kind: "kubeconfig", path: kubeconfig },
    paused: false,
    scanMode: "watch",
    operatorNamespace: "aso-functions",
  };
}

function appSettings(
  azurite: Azurite,
  arm: ArmHandle | undefined,
  clusters: readonly ClusterEntry[],
  caPath: string,
): Record<string, string> {
  const app = {
    AzureWebJobsStorage: azurite.connectionString,
    SCAN_QUEUE: "aso-scan",
    RECONCILE_QUEUE: "aso-reconcile",
    OPERATION_QUEUE: "aso-operation",
    ASO_FUNCTIONS_CLUSTERS: JSON.stringify(clusters),
    ASO_FUNCTIONS_ALLOW_EXEC: "true",
    // Nobody pays for reads here, and who tries something out waits for it.
    ASO_FUNCTIONS_POLL_SECONDS: "2",
  };
  if (arm === undefined) return app;
  return {
    ...app,
    NODE_EXTRA_CA_CERTS: caPath,
    AZURE_RESOURCE_MANAGER_ENDPOINT: arm.url,
    AZURE_RESOURCE_MANAGER_AUDIENCE: arm.url,
    AZURE_AUTHORITY_HOST: arm.url,
    AZURE_SUBSCRIPTION_ID: sandboxIdentity.subscriptionId,
    AZURE_TENANT_ID: sandboxIdentity.tenantId,
    AZURE_CLIENT_ID: sandboxIdentity.clientId,
    AZURE_CLIENT_SECRET: "sandbox",
  };
}
