import { z } from "zod";
import { errorMessage } from "../../core/errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { ClusterAuth, ClusterEntry, Registry } from "../../ports/registry.ts";
import { type Entities, type Entity, listEntities, textOf } from "./entities.ts";
import { decodePart, encodePart } from "./table-keys.ts";

const entryPartition = "cluster";
const uidPartition = "uid";

const authSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("kubeconfig"),
    path: z.string().min(1),
    context: z.string().exactOptional(),
  }),
  z.object({
    kind: z.literal("kubeconfigSetting"),
    setting: z.string().min(1),
    context: z.string().exactOptional(),
  }),
  z.object({
    kind: z.literal("entra"),
    server: z.url(),
    caData: z.string().min(1),
    clientId: z.string().exactOptional(),
  }),
]);

function toAuth(entity: Entity): ClusterAuth {
  return authSchema.parse(JSON.parse(textOf(entity, "auth")));
}

/**
 * How a cluster stands in the registry table: `auth` as JSON, `paused`, `scanMode`, `operatorNamespace`, `namespaces` with commas. Only
 * `auth` is required.
 */
function toEntry(entity: Entity, { operatorNamespace, namespaces }: Defaults): ClusterEntry {
  const named = textOf(entity, "namespaces")
    .split(",")
    .map((one) => one.trim());
  const managed = named.some((one) => one !== "") ? named.filter((one) => one !== "") : namespaces;
  return {
    name: decodePart(entity.rowKey),
    auth: toAuth(entity),
    paused: entity.properties["paused"] === true,
    scanMode: textOf(entity, "scanMode") === "watch" ? "watch" : "poll",
    operatorNamespace: textOf(entity, "operatorNamespace") || operatorNamespace,
    ...(managed === undefined ? {} : { namespaces: managed }),
  };
}

type Defaults = {
  /** The operator namespace of table entries that name none. */
  readonly operatorNamespace: string;
  /** The namespaces of table entries that name none; absent: all. */
  readonly namespaces?: readonly string[];
};

type TableRegistryOptions = Defaults & {
  /** Clusters from static configuration. They win over table entries of the same name, which can only pause them. */
  readonly entries: readonly ClusterEntry[];
  readonly clock: Clock;
  /** How long a list is served from memory: every pass of every resource asks for it. @default 15,000 */
  readonly cacheMs?: number;
  readonly log?: Log;
};

/**
 * The cluster registry: static entries, and those of the partition `cluster` of a table, row = encoded name. The partition
 * `uid` binds each kube-system uid to one name.
 */
export class TableRegistry implements Registry {
  readonly #table: Entities;
  readonly #options: TableRegistryOptions;
  #cached: { entries: Promise<readonly ClusterEntry[]>; until: number } | undefined;

  constructor(table: Entities, options: TableRegistryOptions) {
    this.#table = table;
    this.#options = options;
  }

  list(): Promise<readonly ClusterEntry[]> {
    const now = this.#options.clock.now();
    if (this.#cached === undefined || now >= this.#cached.until) {
      const entries = this.#read().catch((error: unknown) => {
        this.#cached = undefined;
        throw error;
      });
      this.#cached = { entries, until: now + (this.#options.cacheMs ?? 15_000) };
    }
    return this.#cached.entries;
  }

  async setPaused(name: string, paused: boolean): Promise<"done" | "fixed"> {
    const fixed = this.#options.entries.find((entry) => entry.name === name);
    if (fixed?.paused === true) return paused ? "done" : "fixed";
    const rowKey = encodePart(name);
    const properties = { paused };
    for (;;) {
      const entity = await this.#table.get(entryPartition, rowKey);
      const answer = await this.#table.write(entryPartition, [
        entity === undefined
          ? { kind: "insert", rowKey, properties }
          : { kind: "merge", rowKey, properties, etag: entity.etag },
      ]);
      if (answer.kind !== "written") continue;
      this.#cached = undefined;
      return "done";
    }
  }

  /** A malformed table entry is left out with an error in the log: it must not stop the other clusters. */
  async #read(): Promise<readonly ClusterEntry[]> {
    const entries = new Map(this.#options.entries.map((entry) => [entry.name, entry]));
    const all = { from: "!", before: "\u007f" };
    for await (const entity of listEntities(this.#table, entryPartition, all)) {
      const name = decodePart(entity.rowKey);
      const fixed = entries.get(name);
      if (fixed !== undefined) {
        const paused = fixed.paused || entity.properties["paused"] === true;
        entries.set(name, { ...fixed, paused });
        continue;
      }
      try {
        entries.set(name, toEntry(entity, this.#options));
      } catch (error) {
        const problem = errorMessage(error).slice(0, 300);
        this.#options.log?.error("registry entry is malformed", { cluster: name, problem });
      }
    }
    return [...entries.values()];
  }

  /** A uid whose name is no longer registered may be taken by another name: the entry was renamed. */
  async bindUid(
    name: string,
    uid: string,
  ): Promise<{ readonly kind: "bound" } | { readonly kind: "conflict"; readonly with: string }> {
    const rowKey = encodePart(uid);
    const properties = { name };
    for (;;) {
      const bound = await this.#table.get(uidPartition, rowKey);
      const holder = bound === undefined ? name : textOf(bound, "name");
      if (bound !== undefined && holder === name) return { kind: "bound" };
      if (bound !== undefined && (await this.#isRegistered(holder))) {
        return { kind: "conflict", with: holder };
      }
      const answer = await this.#table.write(uidPartition, [
        bound === undefined
          ? { kind: "insert", rowKey, properties }
          : { kind: "merge", rowKey, properties, etag: bound.etag },
      ]);
      if (answer.kind === "written") return { kind: "bound" };
    }
  }

  async #isRegistered(name: string): Promise<boolean> {
    return (await this.list()).some((entry) => entry.name === name);
  }
}
