import { OperatorError } from "../../core/errors.ts";
import { sha256Hex } from "../../core/hash.ts";
import {
  claimedIdOf,
  type FingerprintContext,
  fingerprint,
} from "../../core/resource/fingerprint.ts";
import { annotations } from "../../core/resource/names.ts";
import type { ObjectMeta, ResourceKey } from "../../core/resource/types.ts";
import type { Cluster, MetadataEvent, ServedKind } from "../../ports/cluster.ts";
import type { Checkpoint } from "../../ports/documents.ts";
import { priorities, type Seen } from "../../ports/ledger.ts";
import type { ClusterEntry } from "../../ports/registry.ts";
import type { Engine } from "../engine.ts";
import { isManagedNamespace } from "../managed-namespaces.ts";
import { type Changes, keyText } from "./changes.ts";
import { Unlistable } from "./unlistable.ts";

type Known = { fingerprint: string; readonly key: ResourceKey; readonly armId: string | undefined };

/** What a Namespace says for all of its resources. */
type NamespaceSays = Pick<FingerprintContext, "namespacePolicy" | "namespaceAccount">;

/** Lists and watches that one scan runs at the same time against an API server. */
const listsAtOnce = 10;
/** A server that ends watches at once is not asked again at once, in milliseconds. */
const earlyEndPauseMs = 1000;

/**
 * What a scan knows of one cluster while it runs: every row's fingerprint, and where each kind's watch stands. LIST is the truth;
 * watch events are compared in the same way, so that both give the same changes.
 */
export class ClusterScan {
  readonly #engine: Engine;
  readonly #cluster: Cluster;
  readonly #entry: ClusterEntry;
  readonly #changes: Changes;
  readonly #known = new Map<string, Known>();
  readonly #counts = new Map<string, number>();
  readonly versions: Map<string, string>;
  /** Kinds that the server would not list or watch when last asked. Their rows stay as they are. */
  readonly unlistable = new Unlistable();
  /** Hash of what the Namespaces said when they were last read. */
  namespaces: string;
  #namespaces = new Map<string, NamespaceSays>();

  constructor(
    engine: Engine,
    cluster: Cluster,
    entry: ClusterEntry,
    changes: Changes,
    resumed: Pick<Checkpoint, "versions" | "namespaces"> | undefined,
  ) {
    this.#engine = engine;
    this.#cluster = cluster;
    this.#entry = entry;
    this.#changes = changes;
    this.versions = new Map(Object.entries(resumed?.versions ?? {}));
    this.namespaces = resumed?.namespaces ?? "";
  }

  /**
   * Loads the rows to compare with. A row that rests longer than the sync period allows was put to rest under another one: it is due.
   * A back-off or a Retry-After is no such rest.
   */
  async load(): Promise<void> {
    const { syncPeriodMs } = this.#engine.settings;
    const latest =
      syncPeriodMs === "never"
        ? Number.POSITIVE_INFINITY
        : this.#engine.clock.now() + 1.25 * syncPeriodMs;
    for await (const row of this.#engine.ledger.seen(this.#entry.name)) {
      if (row.priority === priorities.sync && row.due > latest) this.#note(row.key);
      this.#remember(keyText(row.key), {
        fingerprint: row.seen.fingerprint,
        key: row.key,
        armId: row.armId,
      });
    }
  }

  hasObjects(kind: ServedKind): boolean {
    return (this.#counts.get(kindId(kind)) ?? 0) > 0;
  }

  /** Reads what Namespaces say for their resources; true when it changed, and every resource has to be compared again. */
  async readNamespaces(signal: AbortSignal): Promise<boolean> {
    const namespaces = new Map<string, NamespaceSays>();
    for (const { name, annotations: found = {} } of await this.#cluster.listNamespaces(signal)) {
      const says = {
        namespacePolicy: found[annotations.reconcilePolicy] || undefined,
        namespaceAccount: found[annotations.serviceAccount] || undefined,
      };
      if (Object.values(says).some((value) => value !== undefined)) namespaces.set(name, says);
    }
    const before = this.namespaces;
    this.#namespaces = namespaces;
    this.namespaces = sha256Hex(JSON.stringify([...namespaces].sort()));
    return this.namespaces !== before;
  }

  /**
   * Lists kinds whole: changed ones become due, rows whose object is not there as well. A kind that cannot be listed is noted as such
   * and concerns no other; throws only what concerns the whole cluster.
   */
  async list(kinds: readonly ServedKind[], signal: AbortSignal): Promise<void> {
    const rest = [...kinds];
    const worker = async (): Promise<void> => {
      for (let kind = rest.shift(); kind !== undefined; kind = rest.shift())
        await this.#listKind(kind, signal);
    };
    await Promise.all(Array.from({ length: Math.min(listsAtOnce, kinds.length) }, worker));
  }

  async #listKind(kind: ServedKind, signal: AbortSignal): Promise<void> {
    const page = await this.unlistable.guard(kindId(kind), () =>
      this.#cluster.listMetadata(kind, signal),
    );
    if (page === undefined || page === "notFound") {
      // Without a version it is not watched, and the next look lists it again.
      this.versions.delete(kindId(kind));
      return;
    }
    const there = new Set(page.items.map((meta) => this.#compare(kind, meta)));
    const prefix = `${kindId(kind)}/`;
    for (const [id, known] of this.#known) {
      if (id.startsWith(prefix) && !there.has(id)) this.#vanished(id, known.key);
    }
    this.versions.set(kindId(kind), page.resourceVersion);
  }

  /**
   * Follows one kind until the signal aborts, the time is over, or the kind is no longer there or refused; lists again when the
   * version has expired.
   */
  async watch(kind: ServedKind, until: number, signal: AbortSignal): Promise<void> {
    const { clock, timer } = this.#engine;
    for (let early = 0; !signal.aborted; ) {
      const seconds = Math.floor((until - clock.now()) / 1000);
      const version = this.versions.get(kindId(kind));
      if (seconds < 1 || version === undefined) return;
      const ends = clock.now() + seconds * 1000;
      const watched = await this.unlistable.guard(kindId(kind), () =>
        this.#watchOnce(kind, version, seconds, signal),
      );
      if (watched === undefined) this.versions.delete(kindId(kind));
      if (watched === "expired") await this.list([kind], signal);
      early = clock.now() < ends ? early + 1 : 0;
      if (early >= 2) await timer.sleep(earlyEndPauseMs, signal);
    }
  }

  async #watchOnce(
    kind: ServedKind,
    version: string,
    seconds: number,
    signal: AbortSignal,
  ): Promise<"ended" | "expired"> {
    for await (const event of this.#cluster.watchMetadata(kind, version, seconds, signal)) {
      if (event.type === "expired") return "expired";
      this.#follow(kind, event);
    }
    return "ended";
  }

  #follow(kind: ServedKind, event: Exclude<MetadataEvent, { type: "expired" }>): void {
    if (event.type === "bookmark") {
      this.versions.set(kindId(kind), event.resourceVersion);
      return;
    }
    const { meta } = event;
    this.versions.set(kindId(kind), meta.resourceVersion);
    if (event.type !== "deleted") {
      this.#compare(kind, meta);
      return;
    }
    const key = this.#keyOf(kind, meta);
    this.#vanished(keyText(key), key);
  }

  /** Secrets and ConfigMaps that rows read, by name and metadata only; a row whose version differs is due. */
  async compareReads(signal: AbortSignal): Promise<void> {
    const readers = new Map<string, { version: string; reader: ResourceKey }[]>();
    for await (const link of this.#engine.ledger.reads(this.#entry.name)) {
      const id = JSON.stringify([link.object, link.namespace, link.name]);
      readers.set(id, [...(readers.get(id) ?? []), { version: link.version, reader: link.reader }]);
    }
    const rest = [...readers];
    const worker = async (): Promise<void> => {
      for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
        const [object, namespace, name] = JSON.parse(next[0]) as [
          "Secret" | "ConfigMap",
          string,
          string,
        ];
        const version = await this.#versionOf(object, namespace, name, signal);
        for (const one of next[1])
          if (version !== undefined && one.version !== version) this.#note(one.reader);
      }
    };
    await Promise.all(Array.from({ length: listsAtOnce }, worker));
  }

  /** Empty when the object is absent; undefined when its namespace withdrew the right to read it, which concerns nothing else. */
  async #versionOf(
    object: "Secret" | "ConfigMap",
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    try {
      return (await this.#cluster.objectVersion(object, namespace, name, signal)) ?? "";
    } catch (error) {
      if (error instanceof OperatorError && error.code === "ClusterUnauthorized") return undefined;
      throw error;
    }
  }

  /** Compares one object with its row; returns its id. */
  #compare(kind: ServedKind, meta: ObjectMeta): string {
    const key = this.#keyOf(kind, meta);
    const id = keyText(key);
    if (!isManagedNamespace(this.#entry, key.namespace)) return id;
    const known = this.#known.get(id);
    // A claim made while this scan runs is not in the rows it loaded; losing that one counts as well.
    const claimedId = known?.armId ?? claimedIdOf(meta);
    const now = fingerprint(meta, {
      operatorNamespace: this.#entry.operatorNamespace,
      namespacePolicy: undefined,
      ...this.#namespaces.get(key.namespace),
      claimedId,
    });
    this.#remember(id, { fingerprint: now, key, armId: claimedId });
    if (known?.fingerprint === now) return id;
    this.#note(key, { uid: meta.uid, fingerprint: now });
    return id;
  }

  /** A change in a namespace that is not managed is none. */
  #note(key: ResourceKey, seen?: Seen): void {
    if (isManagedNamespace(this.#entry, key.namespace)) this.#changes.add(key, seen);
  }

  #remember(id: string, known: Known): void {
    if (!this.#known.has(id)) {
      const kind = `${known.key.group}/${known.key.kind}`;
      this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    }
    this.#known.set(id, known);
  }

  /** The object is not there: its row is looked at, nothing more. Absence is not deletion. */
  #vanished(id: string, key: ResourceKey): void {
    if (!this.#known.delete(id)) return;
    const kind = `${key.group}/${key.kind}`;
    this.#counts.set(kind, (this.#counts.get(kind) ?? 1) - 1);
    this.#note(key);
  }

  #keyOf(kind: ServedKind, meta: ObjectMeta): ResourceKey {
    return {
      cluster: this.#entry.name,
      group: kind.group,
      kind: kind.kind,
      namespace: meta.namespace ?? "",
      name: meta.name,
    };
  }
}

/** Identifies a kind within a cluster, whatever its version: `group/Kind`. */
export function kindId(kind: ServedKind): string {
  return `${kind.group}/${kind.kind}`;
}
