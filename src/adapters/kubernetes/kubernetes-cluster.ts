import { OperatorError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { CustomResource, ObjectMeta } from "../../core/resource/types.ts";
import type { Secret } from "../../core/secret.ts";
import type { Clock } from "../../ports/clock.ts";
import type {
  Cluster,
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
} from "../../ports/cluster.ts";
import type { ConnectionSource } from "./cluster-connection.ts";
import { ClusterHttp } from "./cluster-http.ts";
import { CoreObjects } from "./core-objects.ts";
import { CustomResources, collectionPath } from "./custom-resources.ts";
import { Discovery } from "./discovery.ts";
import { EventRecorder } from "./event-recorder.ts";
import { ExportWriter } from "./export-writer.ts";
import { MetadataReader } from "./metadata-reader.ts";
import { StorageVersions } from "./storage-versions.ts";

/** What the adapter of one cluster is constructed with. */
export type KubernetesClusterOptions = {
  /** The registry's name of the cluster, for messages. */
  readonly name: string;
  readonly connect: ConnectionSource;
  readonly clock: Clock;
  readonly userAgent: string;
};

/** A cluster over the Kubernetes API. Holds connections and small caches (discovery, storage versions), no objects. */
export class KubernetesCluster implements Cluster {
  readonly #http: ClusterHttp;
  readonly #discovery: Discovery;
  readonly #storage: StorageVersions;
  readonly #metadata: MetadataReader;
  readonly #resources: CustomResources;
  readonly #objects: CoreObjects;
  readonly #exports: ExportWriter;
  readonly #events: EventRecorder;

  constructor(options: KubernetesClusterOptions) {
    const { name, connect, clock, userAgent } = options;
    const http = new ClusterHttp({ cluster: name, connect, clock, userAgent });
    this.#http = http;
    this.#discovery = new Discovery(http);
    this.#storage = new StorageVersions(http);
    this.#metadata = new MetadataReader(http);
    this.#resources = new CustomResources({
      http,
      discovery: this.#discovery,
      storage: this.#storage,
    });
    this.#objects = new CoreObjects(http);
    this.#exports = new ExportWriter(http);
    this.#events = new EventRecorder(http);
  }

  async uid(signal: AbortSignal): Promise<string> {
    const path = "/api/v1/namespaces/kube-system";
    const action = 'GET namespace "kube-system"';
    const meta = await this.#metadata.get(path, action, signal);
    if (meta === undefined) {
      throw this.#http.answered(
        { status: 404, headers: {}, text: "" },
        action,
        "this is not a Kubernetes API server.",
      );
    }
    return meta.uid;
  }

  servedKinds(signal: AbortSignal): Promise<readonly ServedKind[]> {
    return this.#discovery.servedKinds(signal);
  }

  async listMetadata(kind: ServedKind, signal: AbortSignal): Promise<MetadataPage | "notFound"> {
    const page = await this.#list(kind, signal).catch(async (error: unknown) => {
      // A conversion webhook that no longer answers, ASO's after a move, fails every version but the stored one.
      if (!isServerFailure(error) || this.#storage.known(kind) !== undefined) {
        throw error;
      }
      await this.#storage.of(kind, signal);
      return await this.#list(kind, signal);
    });
    if (page === undefined) {
      this.#storage.forget(kind);
      return "notFound";
    }
    return page;
  }

  watchMetadata(
    kind: ServedKind,
    resourceVersion: string,
    timeoutSeconds: number,
    signal: AbortSignal,
  ): AsyncIterable<MetadataEvent> {
    const path = collectionPath(kind, this.#listVersion(kind));
    const action = `WATCH ${kind.plural}`;
    return this.#metadata.watch(path, action, resourceVersion, timeoutSeconds, signal);
  }

  async listNamespaces(signal: AbortSignal): Promise<readonly ObjectMeta[]> {
    const page = await this.#metadata.list("/api/v1/namespaces", "LIST namespaces", signal);
    return page?.items ?? [];
  }

  namespace(name: string, signal: AbortSignal): Promise<ObjectMeta | undefined> {
    const path = `/api/v1/namespaces/${encodeURIComponent(name)}`;
    return this.#metadata.get(path, "GET namespaces", signal);
  }

  get(ref: ObjectRef, signal: AbortSignal): Promise<CustomResource | undefined> {
    return this.#resources.get(ref, signal);
  }

  look(ref: ObjectRef, signal: AbortSignal): Promise<CustomResource | "absent" | "unserved"> {
    return this.#resources.look(ref, signal);
  }

  patchMetadata(
    resource: CustomResource,
    patch: MetadataPatch,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    return this.#resources.patchMetadata(resource, patch, signal);
  }

  replaceStatus(
    resource: CustomResource,
    status: JsonObject,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    return this.#resources.replaceStatus(resource, status, signal);
  }

  secret(namespace: string, name: string, signal: AbortSignal): Promise<SecretObject | undefined> {
    return this.#objects.secret(namespace, name, signal);
  }

  configMap(
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<ConfigMapObject | undefined> {
    return this.#objects.configMap(namespace, name, signal);
  }

  async objectVersion(
    kind: "Secret" | "ConfigMap",
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const plural = kind === "Secret" ? "secrets" : "configmaps";
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/${plural}/${encodeURIComponent(name)}`;
    const meta = await this.#metadata.get(path, `GET ${plural}`, signal);
    return meta?.resourceVersion;
  }

  writeExport(
    object: ExportObject,
    signal: AbortSignal,
  ): Promise<"written" | "unchanged" | "notOwned"> {
    return this.#exports.write(object, signal);
  }

  recordEvent(resource: CustomResource, event: KubeEvent, signal: AbortSignal): Promise<void> {
    return this.#events.record(resource, event, signal);
  }

  requestToken(
    namespace: string,
    serviceAccount: string,
    audience: string,
    signal: AbortSignal,
  ): Promise<Secret<string>> {
    return this.#objects.requestToken(namespace, serviceAccount, audience, signal);
  }

  /** How many connections were opened since the start: a measure for tests and load runs. */
  connectionsOpened(): Promise<number> {
    return this.#http.connectionsOpened();
  }

  /** Connects anew, with what the registry says then, from the next request on. What is under way ends on the old connections. */
  reconnect(): Promise<void> {
    return this.#http.reconnect();
  }

  /** Breaks all connections. */
  close(): Promise<void> {
    return this.#http.close();
  }

  #list(kind: ServedKind, signal: AbortSignal): Promise<MetadataPage | undefined> {
    const path = collectionPath(kind, this.#listVersion(kind));
    return this.#metadata.list(path, `LIST ${kind.plural}`, signal);
  }

  /**
   * The version that lists and watches use. Any served one shows the same metadata; the storage version, where it is known already,
   * spares servers with ASO's conversion webhook the conversion.
   */
  #listVersion(kind: ServedKind): string {
    return this.#storage.known(kind) ?? kind.versions[0] ?? "";
  }
}

function isServerFailure(error: unknown): boolean {
  return (
    error instanceof OperatorError &&
    error.code === "ClusterAnswered" &&
    Number(error.context["status"]) >= 500
  );
}
