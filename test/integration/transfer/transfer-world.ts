import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { registerTransfer } from "../../../src/cli/transfer/transfer.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { annotations, finalizer, labels } from "../../../src/core/resource/names.ts";
import type { CustomResource } from "../../../src/core/resource/types.ts";
import { buildCrd } from "../../../src/crds/build-crd.ts";
import { selectUsed } from "../../../src/crds/select-kinds.ts";
import {
  type ApiServerHandle,
  startApiServer,
} from "../../../src/sandbox/api-server/start-api-server.ts";
import { type Kind, kinds } from "../../e2e/world/kinds.ts";
import { runCommand } from "../../unit/rbac/run-command.ts";

const subscription = "00000000-0000-0000-0000-000000000001";
export const groupId = `/subscriptions/${subscription}/resourceGroups/rg`;
export const networkId = `${groupId}/providers/Microsoft.Network/virtualNetworks/vnet`;

const used = [
  "ResourceGroup",
  "VirtualNetwork",
  "VirtualNetworksSubnet",
  "FlexibleServer",
  "RoleAssignment",
] as const satisfies readonly Kind[];

/** The CRDs as every test needs them, built once. */
const definitions = (async () => {
  const named = used.map((kind) => ({ ...kinds[kind], kind, where: "test" }));
  const selection = await selectUsed(named, undefined);
  if (selection.kind === "refused") throw new Error(selection.reason);
  return selection.kinds.map(({ group, name, kind, served }) =>
    buildCrd(group, name, kind, served, "test"),
  );
})();

/** Names of operators: the one that the resources belong to, and another one. */
export const operators = { old: "azureserviceoperator-system", next: "aso-functions" } as const;

/**
 * Two embedded API servers, and operators that do what matters for a transfer: they take their finalizer away from what is deleted under
 * a policy that allows it, and note every resource that they would delete in Azure, and every moment at which two manage one.
 */
export class TransferWorld {
  readonly one: Cluster;
  readonly two: Cluster;
  readonly folder: string;
  /** DELETEs that Azure would have seen. */
  readonly deleted: string[] = [];
  /** ARM ids that were managed twice at a time. */
  readonly fights: string[] = [];
  /** Whether operators do their work. */
  operatorsRun = true;

  static async start(): Promise<TransferWorld> {
    const folder = await mkdtemp(path.join(tmpdir(), "transfer-"));
    return new TransferWorld(
      await Cluster.start(path.join(folder, "one")),
      await Cluster.start(path.join(folder, "two")),
      folder,
    );
  }

  private constructor(one: Cluster, two: Cluster, folder: string) {
    this.one = one;
    this.two = two;
    this.folder = folder;
  }

  async stop(): Promise<void> {
    await Promise.all([this.one.server.stop(), this.two.server.stop()]);
    await rm(this.folder, { recursive: true });
  }

  /** Runs the command; while it waits, operators work. */
  run(...args: readonly string[]) {
    const pause = async (): Promise<void> => this.operate();
    return runCommand((program) => registerTransfer(program, pause), ["transfer", ...args]);
  }

  /** From team of the first cluster to team of the second. */
  move(...args: readonly string[]) {
    return this.run("--from", this.one.kubeconfig, "--namespace", "team", ...this.goal, ...args);
  }

  get goal(): readonly string[] {
    return ["--to", this.two.kubeconfig];
  }

  /** One turn of all operators. */
  async operate(): Promise<void> {
    this.judge();
    if (!this.operatorsRun) return;
    for (const cluster of [this.one, this.two])
      for (const resource of cluster.resources()) await this.#finish(cluster, resource);
  }

  /** Notes what is managed twice. */
  judge(): void {
    const ids = [this.one, this.two].flatMap((cluster) =>
      cluster.resources().filter(isManaged).map(idOf),
    );
    this.fights.push(...ids.filter((id, at) => ids.indexOf(id) !== at));
  }

  async #finish(cluster: Cluster, resource: CustomResource): Promise<void> {
    const { deletionTimestamp, finalizers, annotations: noted = {} } = resource.metadata;
    if (deletionTimestamp === undefined || finalizers?.includes(finalizer) !== true) return;
    const policy = noted[annotations.reconcilePolicy];
    if (policy !== "skip" && policy !== "detach-on-delete") this.deleted.push(idOf(resource));
    await cluster.patch(resource, {
      metadata: { finalizers: finalizers.filter((one) => one !== finalizer) },
    });
  }
}

function isManaged({ metadata }: CustomResource): boolean {
  const operator = metadata.annotations?.[annotations.operatorNamespace];
  return operator === undefined || Object.values<string>(operators).includes(operator);
}

function idOf({ metadata }: CustomResource): string {
  return metadata.annotations?.[annotations.resourceId] ?? "";
}

/** One cluster, through the eyes of its administrator. */
export class Cluster {
  readonly server: ApiServerHandle;
  readonly kubeconfig: string;

  static async start(kubeconfig: string): Promise<Cluster> {
    const server = await startApiServer({
      clock: { now: () => Date.now() },
      random: { next: () => Math.random(), uuid: () => crypto.randomUUID() },
    });
    for (const one of await definitions) server.apply(one as unknown as JsonObject);
    for (const name of ["team", "other"])
      server.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    // The client speaks plain HTTP only where certificates are not looked at.
    const text = server
      .kubeconfig()
      .replace(/^( *)server:/m, "$1insecure-skip-tls-verify: true\n$&");
    await writeFile(kubeconfig, text);
    return new Cluster(server, kubeconfig);
  }

  private constructor(server: ApiServerHandle, kubeconfig: string) {
    this.server = server;
    this.kubeconfig = kubeconfig;
  }

  /** A resource that the old operator brought to Ready. */
  async ready(
    kind: (typeof used)[number],
    name: string,
    armId: string,
    spec: JsonObject,
    noted: Readonly<Record<string, string>> = {},
  ): Promise<CustomResource> {
    const { group, version } = kinds[kind];
    const created = await this.send("POST", this.path(kind), {
      apiVersion: `${group}/${version}`,
      kind,
      metadata: {
        name,
        labels: { app: "shop", [labels.lastReconciledVersion]: "v2" },
        annotations: {
          [annotations.operatorNamespace]: operators.old,
          [annotations.resourceId]: armId,
          [annotations.latestReconciledGeneration]: "1",
          ...noted,
        },
        finalizers: [finalizer],
      },
      spec,
    });
    const conditions = [
      {
        type: "Ready",
        status: "True",
        reason: "Succeeded",
        observedGeneration: 1,
        lastTransitionTime: "2026-01-01T00:00:00Z",
      },
    ];
    const status = { id: armId, conditions };
    return (await this.send("PUT", `${this.path(kind, name)}/status`, {
      ...created,
      status,
    })) as unknown as CustomResource;
  }

  /** An edit that the old operator has brought to Ready. */
  async editReady(kind: Kind, name: string, spec: JsonObject): Promise<void> {
    const edited = await this.send("PATCH", this.path(kind, name), { spec });
    const { generation } = (edited as unknown as CustomResource).metadata;
    const status = (edited as unknown as CustomResource).status ?? {};
    const [ready] = status["conditions"] as JsonObject[];
    const conditions = [{ ...ready, observedGeneration: generation ?? 0 }];
    await this.send("PUT", `${this.path(kind, name)}/status`, {
      ...edited,
      status: { ...status, conditions },
    });
  }

  path(kind: Kind, name?: string, namespace = "team"): string {
    const { group, version, plural } = kinds[kind];
    const object = name === undefined ? "" : `/${name}`;
    return `/apis/${group}/${version}/namespaces/${namespace}/${plural}${object}`;
  }

  get(kind: Kind, name: string, namespace = "team"): CustomResource | undefined {
    const { group, version } = kinds[kind];
    const found = this.server.get(`${group}/${version}`, kind, namespace, name);
    return found as unknown as CustomResource | undefined;
  }

  /** Every Azure resource. */
  resources(): readonly CustomResource[] {
    return used.flatMap((kind) => {
      const { group, version } = kinds[kind];
      return this.server.list(`${group}/${version}`, kind) as unknown as CustomResource[];
    });
  }

  patch({ kind, metadata }: CustomResource, body: JsonObject): Promise<JsonObject> {
    return this.send("PATCH", this.path(kind as Kind, metadata.name, metadata.namespace), body);
  }

  async annotate(kind: Kind, name: string, noted: Readonly<Record<string, string | null>>) {
    await this.send("PATCH", this.path(kind, name), { metadata: { annotations: { ...noted } } });
  }

  async send(method: string, where: string, body: JsonObject): Promise<JsonObject> {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const answer = await fetch(this.server.url + where, {
      method,
      headers: { "content-type": type },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${where}: ${text}`);
    return JSON.parse(text) as JsonObject;
  }
}

/** A group, a network and a subnet in it, with ownerReferences as operators write them. */
export async function aChain(cluster: Cluster): Promise<void> {
  const group = await cluster.ready("ResourceGroup", "rg", groupId, { location: "westus3" });
  const network = await cluster.ready("VirtualNetwork", "vnet", networkId, {
    owner: { name: "rg" },
    location: "westus3",
    addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
  });
  await own(cluster, network, group);
  const subnet = await cluster.ready(
    "VirtualNetworksSubnet",
    "subnet",
    `${networkId}/subnets/subnet`,
    {
      owner: { name: "vnet" },
      addressPrefix: "10.0.1.0/24",
    },
  );
  await own(cluster, subnet, network);
}

async function own(cluster: Cluster, child: CustomResource, owner: CustomResource): Promise<void> {
  const { apiVersion, kind, metadata } = owner;
  const reference = { apiVersion, kind, name: metadata.name, uid: metadata.uid };
  await cluster.patch(child, { metadata: { ownerReferences: [reference] } });
}
