import { isDeepStrictEqual } from "node:util";
import { OperatorError } from "../../src/core/errors.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { CustomResource, ObjectMeta } from "../../src/core/resource/types.ts";
import { Secret } from "../../src/core/secret.ts";
import type {
  Cluster,
  Clusters,
  ConfigMapObject,
  ExportObject,
  KubeEvent,
  MetadataEvent,
  MetadataPage,
  MetadataPatch,
  ObjectRef,
  SecretObject,
  ServedKind,
  WriteOutcome,
} from "../../src/ports/cluster.ts";
import { InMemoryObjectStore, mergePatch, type StoredObject } from "./in-memory-object-store.ts";

/** A kind of the double, with the storage version that reads come in; by default the first version. */
export type DoubleKind = ServedKind & { readonly storageVersion?: string };

export type InMemoryClusterOptions = {
  readonly kinds: readonly DoubleKind[];
  readonly now?: () => number;
  readonly name?: string;
  /** `drain`: a watch ends when it has told everything so far. `wait`: it waits its whole time for more. */
  readonly watches?: "drain" | "wait";
};

export type NewResource = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Partial<Omit<ObjectMeta, "uid" | "resourceVersion">> & {
    readonly name: string;
    readonly namespace: string;
  };
  readonly spec?: JsonObject;
};

export type RecordedEvent = KubeEvent & { readonly about: string; readonly namespace: string };

/**
 * A cluster in memory. The methods of the port behave as the real adapter does (same contract suite); the others are what users do:
 * `create`, `edit`, `delete`, `putSecret` … Faults: wrap it with `intercept`.
 */
export class InMemoryCluster implements Cluster {
  /** Every call of the port in order, as `method kind namespace/name`. */
  readonly calls: string[] = [];
  readonly events: RecordedEvent[] = [];
  readonly serviceAccounts = new Set<string>();
  kinds: readonly DoubleKind[];
  readonly store: InMemoryObjectStore;
  readonly #options: InMemoryClusterOptions;
  readonly #now: () => number;

  constructor(options: InMemoryClusterOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => 0);
    this.kinds = options.kinds;
    this.store = new InMemoryObjectStore(this.#now);
    this.putNamespace("kube-system");
    this.putNamespace("default");
  }

  // What users do.

  create(resource: NewResource): CustomResource {
    this.putNamespace(resource.metadata.namespace);
    const kind = this.#kindOf(groupOf(resource.apiVersion), resource.kind);
    const object = structuredClone(resource) as unknown as StoredObject;
    object.metadata["managedFields"] ??= [
      {
        manager: "kubectl-client-side-apply",
        operation: "Update",
        apiVersion: resource.apiVersion,
        time: new Date(this.#now()).toISOString(),
        fieldsV1: { "f:spec": {} },
      },
    ];
    return this.#read(kind, this.store.create(collectionOf(kind), object));
  }

  /** A JSON merge patch of the whole object. */
  edit(ref: ObjectRef, patch: JsonObject): CustomResource {
    const kind = this.#kindOf(ref.group, ref.kind);
    const current = this.store.get(collectionOf(kind), ref.namespace, ref.name);
    if (current === undefined) {
      throw new Error(`there is no ${ref.kind} ${ref.namespace}/${ref.name}`);
    }
    const outcome = this.store.update(
      collectionOf(kind),
      mergePatch(current, patch) as StoredObject,
    );
    if (outcome.kind !== "stored") {
      throw new Error(`the edit was refused: ${JSON.stringify(outcome)}`);
    }
    return this.#read(kind, outcome.object);
  }

  delete(ref: ObjectRef): void {
    const kind = this.#kindOf(ref.group, ref.kind);
    this.store.delete(collectionOf(kind), ref.namespace, ref.name);
  }

  putNamespace(name: string, annotations: Readonly<Record<string, string>> = {}): void {
    const current = this.store.get("Namespace", "", name);
    if (current === undefined) {
      this.store.create("Namespace", { metadata: { name, annotations: { ...annotations } } });
    } else if (Object.keys(annotations).length > 0) {
      current.metadata["annotations"] = { ...annotations };
      this.store.update("Namespace", current);
    }
  }

  /** As the namespace controller may: Secrets and ConfigMaps go first, resources are marked, new objects are the test's to refuse. */
  deleteNamespace(name: string): void {
    const current = this.store.get("Namespace", "", name);
    if (current === undefined) throw new Error(`there is no Namespace ${name}`);
    current.metadata["finalizers"] = ["kubernetes"];
    this.store.update("Namespace", current);
    this.store.delete("Namespace", "", name);
    for (const collection of ["Secret", "ConfigMap", ...this.kinds.map(collectionOf)])
      for (const { metadata } of this.store.list(collection))
        if (metadata["namespace"] === name)
          this.store.delete(collection, name, String(metadata["name"]));
  }

  putSecret(namespace: string, name: string, data: Readonly<Record<string, string>>): void {
    this.#putData("Secret", namespace, name, data);
  }

  putConfigMap(namespace: string, name: string, data: Readonly<Record<string, string>>): void {
    this.#putData("ConfigMap", namespace, name, data);
  }

  deleteObject(kind: "Secret" | "ConfigMap", namespace: string, name: string): void {
    this.store.delete(kind, namespace, name);
  }

  /** An exported object as it is stored, data in clear. */
  exported(
    kind: "Secret" | "ConfigMap",
    namespace: string,
    name: string,
  ): StoredObject | undefined {
    return this.store.get(kind, namespace, name);
  }

  /** The resource as the port would read it, without a call. */
  resource(ref: ObjectRef): CustomResource | undefined {
    const kind = this.#kindOf(ref.group, ref.kind);
    const object = this.store.get(collectionOf(kind), ref.namespace, ref.name);
    return object === undefined ? undefined : this.#read(kind, object);
  }

  // The port.

  async uid(signal: AbortSignal): Promise<string> {
    this.#called(signal, "uid");
    return String(this.store.get("Namespace", "", "kube-system")?.metadata["uid"]);
  }

  async servedKinds(signal: AbortSignal): Promise<readonly ServedKind[]> {
    this.#called(signal, "servedKinds");
    return this.kinds.map(({ group, kind, plural, versions }) => ({
      group,
      kind,
      plural,
      versions,
    }));
  }

  async listMetadata(kind: ServedKind, signal: AbortSignal): Promise<MetadataPage | "notFound"> {
    this.#called(signal, `listMetadata ${kind.kind}`);
    if (!this.kinds.some((served) => collectionOf(served) === collectionOf(kind))) {
      return "notFound";
    }
    const items = this.store.list(collectionOf(kind)).map(bareMeta);
    return { items, resourceVersion: String(this.store.version) };
  }

  async *watchMetadata(
    kind: ServedKind,
    resourceVersion: string,
    timeoutSeconds: number,
    signal: AbortSignal,
  ): AsyncIterable<MetadataEvent> {
    this.calls.push(`watchMetadata ${kind.kind}`);
    const until = performance.now() + timeoutSeconds * 1000;
    let seen = Number(resourceVersion);
    while (!signal.aborted) {
      if (seen < this.store.compactedVersion) {
        yield { type: "expired" };
        return;
      }
      const changes = this.store.changesAfter(collectionOf(kind), seen);
      for (const change of changes) {
        seen = change.version;
        yield { type: change.type, meta: bareMeta(change.object) };
      }
      if (changes.length > 0) {
        // More may have happened while the reader held the last event.
        continue;
      }
      const left = until - performance.now();
      if (this.#options.watches !== "wait" || left <= 0) {
        return;
      }
      await this.#nextChange(left, signal);
    }
  }

  async listNamespaces(signal: AbortSignal): Promise<readonly ObjectMeta[]> {
    this.#called(signal, "listNamespaces");
    return this.store.list("Namespace").map(metaOf);
  }

  async namespace(name: string, signal: AbortSignal): Promise<ObjectMeta | undefined> {
    this.#called(signal, `namespace ${name}`);
    const object = this.store.get("Namespace", "", name);
    return object === undefined ? undefined : metaOf(object);
  }

  async get(ref: ObjectRef, signal: AbortSignal): Promise<CustomResource | undefined> {
    this.#called(signal, `get ${ref.kind} ${ref.namespace}/${ref.name}`);
    const kind = this.#served(ref.group, ref.kind);
    const object =
      kind === undefined ? undefined : this.store.get(collectionOf(kind), ref.namespace, ref.name);
    return kind === undefined || object === undefined ? undefined : this.#read(kind, object);
  }

  async look(ref: ObjectRef, signal: AbortSignal): Promise<CustomResource | "absent" | "unserved"> {
    const found = await this.get(ref, signal);
    return found ?? (this.#served(ref.group, ref.kind) === undefined ? "unserved" : "absent");
  }

  async patchMetadata(
    resource: CustomResource,
    patch: MetadataPatch,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    this.#called(signal, `patchMetadata ${describe(resource)}`);
    const lists = patch.finalizers !== undefined || patch.ownerReferences !== undefined;
    return this.#write(resource, lists, (current) => {
      const metadata = JSON.parse(JSON.stringify(patch)) as JsonObject;
      return mergePatch(current, { metadata }) as StoredObject;
    });
  }

  async replaceStatus(
    resource: CustomResource,
    status: JsonObject,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    this.#called(signal, `replaceStatus ${describe(resource)}`);
    return this.#write(resource, true, (current) => ({
      ...current,
      status: structuredClone(status),
    }));
  }

  async secret(
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<SecretObject | undefined> {
    this.#called(signal, `secret ${namespace}/${name}`);
    const object = this.store.get("Secret", namespace, name);
    if (object === undefined) {
      return undefined;
    }
    const entries = Object.entries(dataOf(object)).map(([key, value]) => [key, new Secret(value)]);
    return { ...versionOf(object), data: Object.fromEntries(entries) };
  }

  async configMap(
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<ConfigMapObject | undefined> {
    this.#called(signal, `configMap ${namespace}/${name}`);
    const object = this.store.get("ConfigMap", namespace, name);
    return object === undefined ? undefined : { ...versionOf(object), data: dataOf(object) };
  }

  async objectVersion(
    kind: "Secret" | "ConfigMap",
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    this.#called(signal, `objectVersion ${kind} ${namespace}/${name}`);
    const object = this.store.get(kind, namespace, name);
    return object === undefined ? undefined : versionOf(object).resourceVersion;
  }

  async writeExport(
    target: ExportObject,
    signal: AbortSignal,
  ): Promise<"written" | "unchanged" | "notOwned"> {
    this.#called(signal, `writeExport ${target.kind} ${target.namespace}/${target.name}`);
    const { apiVersion, kind, name, uid } = target.owner;
    const content = {
      annotations: { ...target.annotations },
      labels: { ...target.labels },
      ownerReferences: [{ apiVersion, kind, name, uid }],
    };
    const data = Object.fromEntries(
      Object.entries(target.data).map(([key, value]) => [key, value.reveal()]),
    );
    const current = this.store.get(target.kind, target.namespace, target.name);
    if (current === undefined) {
      const metadata = { name: target.name, namespace: target.namespace, ...content };
      this.store.create(target.kind, { metadata, data });
      return "written";
    }
    if (!(metaOf(current).ownerReferences ?? []).some((owner) => owner.uid === uid)) {
      return "notOwned";
    }
    const next = { ...current, metadata: { ...current.metadata, ...content }, data };
    if (isDeepStrictEqual(current, next)) {
      return "unchanged";
    }
    this.store.update(target.kind, next);
    return "written";
  }

  async recordEvent(
    resource: CustomResource,
    event: KubeEvent,
    signal: AbortSignal,
  ): Promise<void> {
    this.#called(signal, `recordEvent ${describe(resource)} ${event.reason}`);
    const { name, namespace = "" } = resource.metadata;
    const recorded = { ...event, about: name, namespace };
    if (!this.events.some((known) => isDeepStrictEqual(known, recorded))) {
      this.events.push(recorded);
    }
  }

  async requestToken(
    namespace: string,
    serviceAccount: string,
    audience: string,
    signal: AbortSignal,
  ): Promise<Secret<string>> {
    const account = `${namespace}/${serviceAccount}`;
    this.#called(signal, `requestToken ${account}`);
    if (!this.serviceAccounts.has(account)) {
      throw new OperatorError("CredentialFailed", `service account "${account}" does not exist`);
    }
    return new Secret(`${account} for ${audience}`);
  }

  #write(
    resource: CustomResource,
    guarded: boolean,
    change: (current: StoredObject) => StoredObject,
  ): WriteOutcome {
    const { name, namespace = "", uid, resourceVersion } = resource.metadata;
    const kind = this.#served(groupOf(resource.apiVersion), resource.kind);
    const current =
      kind === undefined ? undefined : this.store.get(collectionOf(kind), namespace, name);
    if (kind === undefined || current === undefined) {
      return { kind: "notFound" };
    }
    const { metadata } = current;
    if (metadata["uid"] !== uid || (guarded && metadata["resourceVersion"] !== resourceVersion)) {
      return { kind: "conflict" };
    }
    const outcome = this.store.update(collectionOf(kind), change(current));
    switch (outcome.kind) {
      case "stored":
        return { kind: "written", resource: this.#read(kind, outcome.object) };
      case "invalid":
        return { kind: "rejected", message: outcome.message };
      default:
        return outcome;
    }
  }

  #read(kind: DoubleKind, object: StoredObject): CustomResource {
    const version = kind.storageVersion ?? kind.versions[0];
    const read = { ...object, apiVersion: `${kind.group}/${version}`, kind: kind.kind };
    return structuredClone(read) as unknown as CustomResource;
  }

  #putData(
    kind: "Secret" | "ConfigMap",
    namespace: string,
    name: string,
    data: Readonly<Record<string, string>>,
  ): void {
    this.putNamespace(namespace);
    const current = this.store.get(kind, namespace, name);
    if (current === undefined) {
      this.store.create(kind, { metadata: { name, namespace }, data: { ...data } });
    } else {
      this.store.update(kind, { ...current, data: { ...data } });
    }
  }

  #served(group: string, kind: string): DoubleKind | undefined {
    return this.kinds.find((served) => served.group === group && served.kind === kind);
  }

  #kindOf(group: string, kind: string): DoubleKind {
    const served = this.#served(group, kind);
    if (served === undefined) {
      throw new Error(`the cluster serves no ${kind} of ${group}`);
    }
    return served;
  }

  #called(signal: AbortSignal, call: string): void {
    this.calls.push(call);
    if (signal.aborted) {
      const name = this.#options.name ?? "memory";
      throw new OperatorError("ClusterUnreachable", `Cluster "${name}": the call was aborted.`);
    }
  }

  async #nextChange(waitMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = this.store.onChange(resolve);
    const timer = setTimeout(resolve, waitMs);
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
    stop();
  }
}

/** Registered clusters by name. */
export class InMemoryClusters implements Clusters {
  readonly #clusters: Readonly<Record<string, Cluster>>;

  constructor(clusters: Readonly<Record<string, Cluster>>) {
    this.#clusters = clusters;
  }

  async get(name: string): Promise<Cluster> {
    const cluster = this.#clusters[name];
    if (cluster === undefined) {
      throw new OperatorError("ConfigInvalid", `Cluster "${name}" is not registered.`);
    }
    return cluster;
  }
}

function groupOf(apiVersion: string): string {
  return apiVersion.split("/", 1)[0] ?? "";
}

function collectionOf(kind: Pick<ServedKind, "group" | "kind">): string {
  return `${kind.group}/${kind.kind}`;
}

function metaOf(object: StoredObject): ObjectMeta {
  return structuredClone(object.metadata) as unknown as ObjectMeta;
}

function bareMeta(object: StoredObject): ObjectMeta {
  const { managedFields: _managedFields, ...meta } = metaOf(object);
  const { "kubectl.kubernetes.io/last-applied-configuration": _applied, ...annotations } =
    meta.annotations ?? {};
  return meta.annotations === undefined ? meta : { ...meta, annotations };
}

function versionOf(object: StoredObject): { uid: string; resourceVersion: string } {
  const { uid, resourceVersion } = metaOf(object);
  return { uid, resourceVersion };
}

function dataOf(object: StoredObject): Record<string, string> {
  return structuredClone(object["data"] ?? {}) as Record<string, string>;
}

function describe(resource: CustomResource): string {
  return `${resource.kind} ${resource.metadata.namespace ?? ""}/${resource.metadata.name}`;
}
