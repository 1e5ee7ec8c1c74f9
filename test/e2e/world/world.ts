import { groupNames } from "../../../src/catalog/index.ts";
import type { Fleet } from "../../../src/controller/fleet.ts";
import { buildCrd, type CustomResourceDefinition } from "../../../src/crds/build-crd.ts";
import { selectUsed } from "../../../src/crds/select-kinds.ts";
import type { ClusterEntry } from "../../../src/ports/registry.ts";
import { buildRole } from "../../../src/rbac/build-role.ts";
import type { ArmHandle, LroRule } from "../../../src/sandbox/arm/types.ts";
import type { HostLine } from "../../../src/sandbox/host/host-line.ts";
import { type Sandbox, sandboxIdentity, startSandbox } from "../../../src/sandbox/start-sandbox.ts";
import { type ControlPlane, startControlPlane } from "../../envtest/control-plane.ts";
import { startControllers } from "../../envtest/controllers.ts";
import { eventually } from "./eventually.ts";
import { kinds } from "./kinds.ts";
import { appRoot } from "./roots.ts";
import { Space } from "./space.ts";

/** The one subscription of the embedded ARM. */
export const subscription = sandboxIdentity.subscriptionId;

/** The service account whose tokens prove workload identities. */
const tokenAccount = {
  namespace: "azureserviceoperator-system",
  name: "azureserviceoperator-default",
} as const;

export type WorldOptions = {
  /** Names of the clusters; each gets an API server of its own. @default ["one"] */
  readonly clusters?: readonly string[];
  /** Those of the clusters that get no CRDs. */
  readonly withoutCrds?: readonly string[];
  /** More registry entries, for clusters that cannot be reached. */
  readonly moreClusters?: (started: readonly WorldCluster[]) => Promise<readonly ClusterEntry[]>;
  /** App settings that win over the sandbox's own. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly durations?: readonly LroRule[];
  readonly processes?: readonly (readonly string[])[];
  /** Stand in for garbage collector and namespace controller in every cluster. @default false */
  readonly controllers?: boolean;
};

/** One cluster of a world. */
export type WorldCluster = {
  readonly name: string;
  readonly plane: ControlPlane;
  space(name: string, annotations?: Readonly<Record<string, string>>): Promise<Space>;
};

/** Real API servers with RBAC, the embedded ARM, a storage emulator and the bundle in the local host. */
export type World = {
  readonly clusters: readonly WorldCluster[];
  /** The first cluster, where a test needs only one. */
  readonly cluster: WorldCluster;
  readonly sandbox: Sandbox;
  readonly arm: ArmHandle;
  /** Everything the host printed so far. */
  readonly lines: readonly HostLine[];
  fleet(): Promise<Fleet>;
  stop(): Promise<void>;
};

/** Operations that last long enough to be seen and short enough for a test. */
const shortOperations: readonly LroRule[] = [
  { type: "resourceGroups$", method: "DELETE", seconds: 0.5 },
  { type: "virtualNetworks$", seconds: 1 },
  { type: "subnets$", seconds: 0.5 },
  { type: "publicIPAddresses$", seconds: 1 },
  { type: "storageAccounts$", seconds: 1, retryAfter: 1 },
  { type: "flexibleServers$", seconds: 1 },
  { type: ".", seconds: 0.5 },
];

/** The controller's own account: what it may do is the generated role and nothing else. */
const account = { namespace: "aso-functions", name: "controller" } as const;

/** What every authenticated user may do by default must not help: the generated role has to be enough. */
const defaultBindings = ["system:discovery", "system:basic-user", "system:public-info-viewer"];

/** Starts a world: 10 seconds for one cluster. Everything it started is gone after `stop`. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const one of stops.toReversed()) await one();
  };
  try {
    const names = options.clusters ?? ["one"];
    const started = await Promise.all(names.map((name) => startCluster(name, options, stops)));
    const more = (await options.moreClusters?.(started)) ?? [];
    const lines: HostLine[] = [];
    const sandbox = await startSandbox({
      root: appRoot,
      clusters: [...started.map(({ entry }) => entry), ...more],
      durations: options.durations ?? shortOperations,
      settings: { ASO_FUNCTIONS_POLL_SECONDS: "1", ...options.settings },
      ...(options.processes === undefined ? {} : { processes: options.processes }),
      onLine: (line) => lines.push(line),
    });
    stops.push(() => sandbox.stop());
    const [cluster] = started;
    if (cluster === undefined || sandbox.arm === undefined) throw new Error("a world needs both");
    return {
      clusters: started,
      cluster,
      sandbox,
      arm: sandbox.arm,
      lines,
      fleet: async () => {
        const headers = { accept: "application/json" };
        return (await (await fetch(sandbox.fleetUrl, { headers })).json()) as Fleet;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** An API server with the CRDs, and the generated role for the controller. What it starts is stopped by `stops`. */
export async function startCluster(
  name: string,
  options: WorldOptions,
  stops: (() => Promise<unknown>)[],
): Promise<WorldCluster & { readonly entry: ClusterEntry }> {
  const plane = await startControlPlane({ rbac: true });
  stops.push(() => plane.stop());
  const token = await plane.serviceAccountToken(account.namespace, account.name);
  await plane.serviceAccountToken(tokenAccount.namespace, tokenAccount.name);
  if (options.withoutCrds?.includes(name) !== true) await installCrds(plane);
  const objects = buildRole({
    name: "aso-functions",
    groups: groupNames(),
    secretsNamespaces: "all",
    tokenAccounts: [tokenAccount],
    subject: { kind: "ServiceAccount", ...account },
  });
  const applied = await plane.kubectl(["apply", "-f", "-"], {
    input: JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
  });
  if (applied.code !== 0) throw new Error(applied.stderr);
  await plane.kubectl(["delete", "clusterrolebinding", ...defaultBindings]);
  if (options.controllers === true) {
    const running = startControllers(plane.api, { intervalMs: 500 });
    stops.push(() => running.stop());
  }
  const kubeconfig = await plane.kubeconfig({ token });
  return {
    name,
    plane,
    entry: clusterEntry(name, kubeconfig),
    space: (space, annotations) => Space.create(plane, space, annotations),
  };
}

/** A registry entry for a kubeconfig file. */
export function clusterEntry(name: string, kubeconfig: string): ClusterEntry {
  return {
    name,
    auth: { kind: "kubeconfig", path: kubeconfig },
    paused: false,
    scanMode: "watch",
    operatorNamespace: "aso-functions",
  };
}

/** The CRDs of {@link kinds}, with every version that each kind has. */
export async function usedCrds(): Promise<readonly CustomResourceDefinition[]> {
  const used = Object.entries(kinds).map(([kind, { group, version }]) => ({
    group,
    version,
    kind,
    where: "e2e",
  }));
  const selection = await selectUsed(used, "all");
  if (selection.kind === "refused") throw new Error(selection.reason);
  return selection.kinds.map(({ group, name, kind, served }) =>
    buildCrd(group, name, kind, served, "test"),
  );
}

/** Installs them and waits until the server serves them all. */
async function installCrds(plane: ControlPlane): Promise<void> {
  const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  for (const crd of await usedCrds()) await plane.api.must("POST", crds, { body: crd });
  for (const { group, version, plural } of Object.values(kinds)) {
    const path = `/apis/${group}/${version}/${plural}?limit=1`;
    await eventually(`${plural} are served`, async () => {
      return (await plane.api.send("GET", path)).status === 200;
    });
  }
}

/** `/subscriptions/<the one>/resourceGroups/<path>`, as the embedded ARM counts it: lower case. */
export function armId(path: string): string {
  return `/subscriptions/${subscription}/resourceGroups/${path}`.toLowerCase();
}

/** Methods of the journal's requests to an id, in order, polls and reads left out. */
export function writesTo(arm: ArmHandle, id: string): readonly string[] {
  return arm
    .journal()
    .filter(({ method, url }) => {
      const [pathname = ""] = url
        .toLowerCase()
        .replace(/^https:\/\/[^/]+/, "")
        .split("?");
      return ["PUT", "DELETE"].includes(method) && pathname === id.toLowerCase();
    })
    .map(({ method }) => method);
}

/** Waits until the controller has nothing in work and nothing due. */
export async function atRest(world: World, seconds = 60): Promise<void> {
  await eventually(
    "nothing in work",
    async () => {
      const { clusters } = await world.fleet();
      return clusters.every(({ outstanding, overdue }) => outstanding === 0 && overdue === 0);
    },
    seconds,
  );
}

/** GETs of an id after its last PUT, for every id that was written; polls and lists left out. */
export function readsAfterPut(arm: ArmHandle): Readonly<Record<string, number>> {
  const reads: Record<string, number> = {};
  for (const { method, kind, url } of arm.journal()) {
    const [id = ""] = url.toLowerCase().split("?");
    if (method === "PUT") reads[id] = 0;
    else if (kind === "GET" && reads[id] !== undefined) reads[id] += 1;
  }
  return reads;
}
