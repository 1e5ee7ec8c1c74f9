import { TableNotices } from "../../../src/adapters/storage/table-notices.ts";
import { loadGroup } from "../../../src/catalog/index.ts";
import type { Engine, EngineSettings } from "../../../src/controller/engine.ts";
import { poison } from "../../../src/controller/poison.ts";
import { reconcile } from "../../../src/controller/reconcile.ts";
import { scan } from "../../../src/controller/scan/scan.ts";
import { sweep } from "../../../src/controller/sweep.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { readyCondition } from "../../../src/core/resource/conditions.ts";
import type { Condition, CustomResource } from "../../../src/core/resource/types.ts";
import type { Cluster } from "../../../src/ports/cluster.ts";
import type { Row } from "../../../src/ports/ledger.ts";
import type { Log } from "../../../src/ports/log.ts";
import type { WakeMessage } from "../../../src/ports/work-queue.ts";
import type { ArmCall, InMemoryArmOptions } from "../../doubles/in-memory-arm.ts";
import { InMemoryBudget } from "../../doubles/in-memory-budget.ts";
import {
  type DoubleKind,
  InMemoryCluster,
  InMemoryClusters,
  type NewResource,
} from "../../doubles/in-memory-cluster.ts";
import { InMemoryDeletions } from "../../doubles/in-memory-deletions.ts";
import { InMemoryCheckpoints, InMemoryProjections } from "../../doubles/in-memory-documents.ts";
import { InMemoryIdentities } from "../../doubles/in-memory-identities.ts";
import { InMemoryLedger } from "../../doubles/in-memory-ledger.ts";
import { InMemoryOwnership } from "../../doubles/in-memory-ownership.ts";
import { InMemoryRegistry } from "../../doubles/in-memory-registry.ts";
import { InMemoryTable } from "../../doubles/in-memory-table.ts";
import { aCredential } from "../../doubles/in-memory-tokens.ts";
import { InMemoryWorkQueue } from "../../doubles/in-memory-work-queue.ts";
import { intercept } from "../../doubles/intercept.ts";
import { refOf, subscription } from "./samples.ts";
import { WorldArm } from "./world-arm.ts";

export const operatorNamespace = "aso-functions";
/** Few kinds: a scan lists each of them. */
const usedKinds: Readonly<Record<string, readonly string[]>> = {
  "resources.azure.com": ["ResourceGroup"],
  "network.azure.com": [
    "VirtualNetwork",
    "VirtualNetworksSubnet",
    "NetworkSecurityGroup",
    "RouteTable",
  ],
  "managedidentity.azure.com": ["UserAssignedIdentity"],
  "storage.azure.com": [
    "StorageAccount",
    "StorageAccountsBlobService",
    "StorageAccountsBlobServicesContainer",
  ],
  "dbforpostgresql.azure.com": ["FlexibleServer", "FlexibleServersAdministrator"],
  "authorization.azure.com": ["RoleAssignment"],
};

export type WorldOptions = {
  /** Names of the clusters. @default one, called "one" */
  readonly clusters?: readonly string[];
  readonly operations?: InMemoryArmOptions["operations"];
  readonly allowedHosts?: readonly string[];
  readonly settings?: Partial<EngineSettings>;
  /** Kinds to serve beside the usual few, by group. */
  readonly kinds?: Readonly<Record<string, readonly string[]>>;
  /** Another engine over the same ports: for crashes and lost answers. */
  readonly wrap?: (engine: Engine) => Engine;
};

/** visibilityTimeout of the queues. */
const hiddenMs = 600_000;

type Delayed = { readonly message: WakeMessage; readonly at: number };
export type LogEntry = {
  readonly level: string;
  readonly message: string;
  readonly fields: unknown;
};

/** The kinds that the doubles serve, with their newest version as storage version. */
async function servedKinds(wantedKinds = usedKinds): Promise<DoubleKind[]> {
  const kinds: DoubleKind[] = [];
  for (const [name, wanted] of Object.entries(wantedKinds)) {
    const group = await loadGroup(name);
    for (const kind of wanted) {
      const known = group?.kinds[kind];
      if (known === undefined) throw new Error(`the catalog has no ${kind}.${name}`);
      const { plural, versions } = known;
      const names = Object.keys(versions);
      const storageVersion = `${names.at(-1)}storage`;
      kinds.push({ group: name, kind, plural, versions: names, storageVersion });
    }
  }
  return kinds;
}

const kindsOnce = servedKinds();

/** The use cases over doubles, with a clock that stands still until it is told to move. Everything runs one by one. */
export class World {
  time = Date.parse("2026-01-01T00:00:00Z");
  readonly arm: WorldArm;
  readonly clusters: Readonly<Record<string, InMemoryCluster>>;
  readonly queue = new InMemoryWorkQueue();
  readonly log: LogEntry[] = [];
  ledger = new InMemoryLedger();
  projections = new InMemoryProjections();
  ownership = new InMemoryOwnership();
  deletions = new InMemoryDeletions();
  identities = new InMemoryIdentities();
  checkpoints = new InMemoryCheckpoints();
  delayed: Delayed[] = [];
  /** Every message that was sent. */
  readonly sent: WakeMessage[] = [];
  /** Messages that were handled. */
  handled = 0;
  /** Rejects when the present process dies. */
  death: Promise<never> | undefined;
  engine: Engine;
  readonly #options: WorldOptions;

  static async create(options: WorldOptions = {}): Promise<World> {
    const more = options.kinds === undefined ? [] : await servedKinds(options.kinds);
    return new World(options, [...(await kindsOnce), ...more]);
  }

  private constructor(options: WorldOptions, kinds: readonly DoubleKind[]) {
    this.#options = options;
    const now = (): number => this.time;
    const { operations, allowedHosts } = options;
    this.arm = new WorldArm(
      {
        ...(operations === undefined ? {} : { operations }),
        ...(allowedHosts === undefined ? {} : { allowedHosts }),
      },
      now,
    );
    const names = options.clusters ?? ["one"];
    this.clusters = Object.fromEntries(
      names.map((name) => [name, new InMemoryCluster({ kinds, now, name })]),
    );
    this.engine = this.restart();
  }

  /** A new process: the same tables and queues, nothing in memory. */
  restart(wrap = this.#options.wrap): Engine {
    const engine: Engine = {
      settings: { ...settings, ...this.#options.settings },
      clusters: new InMemoryClusters(
        Object.fromEntries(
          Object.entries(this.clusters).map(([name, cluster]) => [
            name,
            // The doubles number their objects alike; two registrations of one cluster would be refused.
            intercept<Cluster>(cluster, { uid: async () => `kube-system of ${name}` }),
          ]),
        ),
      ),
      registry: new InMemoryRegistry(
        Object.keys(this.clusters).map((name) => ({
          name,
          auth: { kind: "kubeconfig", path: "none" },
          paused: false,
          scanMode: "poll",
          operatorNamespace,
        })),
      ),
      arm: this.arm,
      ledger: this.ledger,
      queue: this.queue,
      budget: new InMemoryBudget(),
      ownership: this.ownership,
      deletions: this.deletions,
      identities: this.identities,
      projections: this.projections,
      checkpoints: this.checkpoints,
      notices: new TableNotices(new InMemoryTable()),
      clock: { now: () => this.time },
      timer: { every: () => () => undefined, sleep: async () => undefined },
      random: { next: () => 0.5, uuid: () => "00000000-0000-4000-8000-000000000000" },
      stopping: new AbortController().signal,
      metrics: { count: () => undefined, observe: () => undefined },
    };
    this.engine = wrap === undefined ? engine : wrap(engine);
    return this.engine;
  }

  /** Forgets everything outside of the clusters and ARM. */
  loseLedger(): void {
    this.ledger = new InMemoryLedger();
    this.projections = new InMemoryProjections();
    this.ownership = new InMemoryOwnership();
    this.deletions = new InMemoryDeletions();
    this.identities = new InMemoryIdentities();
    this.checkpoints = new InMemoryCheckpoints();
    this.delayed = [];
    this.restart();
  }

  get cluster(): InMemoryCluster {
    const [first] = Object.values(this.clusters);
    if (first === undefined) throw new Error("the world has no cluster");
    return first;
  }

  apply(...resources: readonly NewResource[]): void {
    for (const resource of resources) this.cluster.create(resource);
  }

  edit(resource: NewResource, patch: JsonObject): void {
    this.cluster.edit(refOf(resource), patch);
  }

  /** One scan of every cluster, one sweep, and all messages that are visible. */
  async run(): Promise<void> {
    for (const cluster of Object.keys(this.clusters))
      await this.invoke((engine) =>
        scan(engine, { v: 1, cluster, traceparent: "" }, this.logger, ""),
      );
    await this.sweep();
  }

  /** One sweep, and all messages that are visible. */
  async sweep(): Promise<void> {
    await this.invoke((engine) => sweep(engine, this.logger, ""));
    await this.drain();
  }

  /** Handles messages until none is visible. */
  async drain(): Promise<void> {
    for (let turns = 0; turns < 5000; turns++) {
      const next = this.#takeVisible();
      if (next === undefined) return;
      await this.handle(next);
    }
    throw new Error("the messages never come to an end");
  }

  /** A message whose worker dies is hidden until the host gives it out again. */
  async handle(message: WakeMessage): Promise<void> {
    this.handled += 1;
    const hidden = { message, at: this.time + hiddenMs };
    this.delayed.push(hidden);
    await this.invoke((engine) => reconcile(engine, message, this.logger, ""));
    this.delayed = this.delayed.filter((one) => one !== hidden);
  }

  async poison(message: WakeMessage): Promise<void> {
    await this.invoke((engine) => poison(engine, message, this.logger));
  }

  /** Moves the clock to every time at which something is due, up to `ms` from now; scans before and after. */
  async advance(ms: number): Promise<void> {
    await this.run();
    const until = this.time + ms;
    for (let turns = 0; turns < 5000; turns++) {
      const next = await this.nextDue();
      if (next === undefined || next > until) break;
      this.time = Math.max(this.time + 1, next);
      await this.sweep();
    }
    this.time = until;
    await this.run();
  }

  /** When something happens by itself next, epoch ms. */
  async nextDue(): Promise<number | undefined> {
    this.#collect();
    const times = this.delayed.map(({ at }) => at);
    for (const name of Object.keys(this.clusters))
      for await (const row of this.ledger.fleet(name)) times.push(row.due);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #takeVisible(): WakeMessage | undefined {
    this.#collect();
    const at = this.delayed.findIndex((one) => one.at <= this.time);
    return at < 0 ? undefined : this.delayed.splice(at, 1)[0]?.message;
  }

  #collect(): void {
    for (const name of ["reconcile", "operation"] as const)
      for (const { message, visibleInSeconds } of this.queue.take(name)) {
        this.sent.push(message);
        this.delayed.push({ message, at: this.time + visibleInSeconds * 1000 });
      }
  }

  /** One invocation of the present process; rejects when the process dies in the middle of it. */
  async invoke(work: (engine: Engine) => Promise<void>): Promise<void> {
    await Promise.race([work(this.engine), ...(this.death === undefined ? [] : [this.death])]);
  }

  // What a user sees.

  get(resource: NewResource): CustomResource | undefined {
    return this.cluster.resource(refOf(resource));
  }

  ready(resource: NewResource, cluster = this.cluster): Condition | undefined {
    return readyCondition(cluster.resource(refOf(resource))?.status);
  }

  annotation(resource: NewResource, name: string): string | undefined {
    return this.get(resource)?.metadata.annotations?.[name];
  }

  async row(resource: NewResource, cluster = "one"): Promise<Row | undefined> {
    const { group, kind, namespace, name } = refOf(resource);
    return this.ledger.get({ cluster, group, kind, namespace, name });
  }

  /** Events as `Type Reason about: message`. */
  events(cluster = this.cluster): readonly string[] {
    return cluster.events.map(
      ({ type, reason, about, message }) => `${type} ${reason} ${about}: ${message}`,
    );
  }

  // What ARM saw.

  calls(method: ArmCall["method"], path: string | RegExp = /./): readonly ArmCall[] {
    const matches = (call: ArmCall): boolean =>
      typeof path === "string"
        ? call.path.toLowerCase() === path.toLowerCase()
        : path.test(call.path);
    return this.arm.inner.callsOf(method).filter(matches);
  }

  /** Number of writes by id, `METHOD path`. */
  writes(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { method, path } of this.arm.inner.calls) {
      if (method === "GET" || method === "HEAD" || method === "POST") continue;
      const key = `${method} ${path}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  }

  /** GETs of an id after the last PUT of it. */
  getsAfterPut(id: string): number {
    const { calls } = this.arm.inner;
    const last = calls.findLastIndex(({ method, path }) => method === "PUT" && path === id);
    return calls.slice(last + 1).filter(({ method, path }) => method === "GET" && path === id)
      .length;
  }

  /** What the requests since a mark were, for counting after a quiet start. */
  since(): () => readonly ArmCall[] {
    const mark = this.arm.inner.calls.length;
    return () => this.arm.inner.calls.slice(mark);
  }

  readonly logger: Log = {
    debug: (message, fields) => this.#note("debug", message, fields),
    info: (message, fields) => this.#note("info", message, fields),
    warn: (message, fields) => this.#note("warn", message, fields),
    error: (message, fields) => this.#note("error", message, fields),
  };

  #note(level: string, message: string, fields: unknown): void {
    this.log.push({ level, message, fields });
  }

  /** Errors in the log: bugs, in most tests. */
  errors(): readonly LogEntry[] {
    return this.log.filter(({ level }) => level === "error");
  }
}

export const hour = 3_600_000;

const settings: EngineSettings = {
  version: "v1.0.0",
  defaultPolicy: "manage",
  syncPeriodMs: hour,
  globalCredential: aCredential({ source: "global", subscriptionId: subscription }),
  cloud: aCredential().cloud,
  allowMultiEnv: false,
  serviceAccount: {
    namespace: "azureserviceoperator-system",
    name: "azureserviceoperator-default",
  },
  deletions: { max: 50, percent: 25, windowMs: 600_000 },
  maxOutstanding: 64,
  leaseMs: 30_000,
  renewMs: 10_000,
  lostAfterMs: 60_000,
  deadlineMs: 120_000,
  scanMs: 1000,
  pollMs: 500,
  relistMs: 600_000,
  maxWatches: 60,
};
