import {
  ApiException,
  ApisApi,
  CoreV1Api,
  CustomObjectsApi,
  type KubeConfig,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  type V1Secret,
} from "@kubernetes/client-node";
import { errorMessage, OperatorError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { CustomResource } from "../../core/resource/types.ts";
import type { ServedKind } from "../../ports/cluster.ts";
import type { AnnotationPatch } from "../../transfer/hold.ts";
import type { ObjectName } from "../../transfer/transfer-types.ts";
import { serverMessage } from "../start/kube-objects.ts";
import { inParallel } from "./in-parallel.ts";

/** Field manager of copies: a user's tool, so that the version of a copy is taken from it. */
const fieldManager = "aso-functions-transfer";
/** Objects of one page of a list. */
const pageSize = 500;

/** One custom resource at an API version. */
export type ResourceAddress = {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace: string;
  readonly name: string;
};

type Collection = Omit<ResourceAddress, "name">;

/** What a copied Secret or ConfigMap is made of. */
export type CoreObject = V1Secret | V1ConfigMap;

/**
 * Objects of one cluster with the rights of a kubeconfig. Throws OperatorError `ClusterUnreachable` when there is no answer and
 * `ClusterAnswered`, with the server's words, for a refusal that no method gives as a value.
 */
export class ClusterObjects {
  /** The kubeconfig's name of the cluster. */
  readonly cluster: string;
  readonly #custom: CustomObjectsApi;
  readonly #core: CoreV1Api;
  readonly #apis: ApisApi;

  constructor(config: KubeConfig) {
    this.cluster = config.getCurrentCluster()?.name ?? "";
    this.#custom = config.makeApiClient(CustomObjectsApi);
    this.#core = config.makeApiClient(CoreV1Api);
    this.#apis = config.makeApiClient(ApisApi);
  }

  /** uid of the `kube-system` namespace: the identity of the cluster. */
  async uid(): Promise<string> {
    const found = await this.#call("GET namespace kube-system", () =>
      this.#core.readNamespace({ name: "kube-system" }),
    );
    return found.metadata?.uid ?? "";
  }

  /** The annotations of a Namespace; undefined when it does not exist. */
  async namespace(name: string): Promise<Readonly<Record<string, string>> | undefined> {
    const found = await this.#find(`GET namespace ${name}`, () =>
      this.#core.readNamespace({ name }),
    );
    return found === undefined ? undefined : (found.metadata?.annotations ?? {});
  }

  /** The kinds of these groups that the cluster serves, without ASO's own storage versions. */
  async kinds(groups: readonly string[]): Promise<readonly ServedKind[]> {
    const served = await this.#call("GET API groups", () => this.#apis.getAPIVersions());
    const versions = served.groups
      .filter(({ name }) => groups.includes(name))
      .flatMap(({ name, versions: all }) => all.map(({ version }) => ({ group: name, version })))
      .filter(({ version }) => !version.endsWith("storage"));
    const lists = await inParallel(versions, async ({ group, version }) => {
      const { resources } = await this.#call(`GET API resources of ${group}/${version}`, () =>
        this.#custom.getAPIResources({ group, version }),
      );
      return resources
        .filter(({ name, namespaced }) => namespaced && !name.includes("/"))
        .map(({ name, kind }) => ({ group, kind, plural: name, version }));
    });
    const kinds = new Map<string, ServedKind>();
    for (const { version, ...kind } of lists.flat()) {
      const id = `${kind.plural}.${kind.group}`;
      kinds.set(id, { ...kind, versions: [...(kinds.get(id)?.versions ?? []), version] });
    }
    return [...kinds.values()];
  }

  /** All resources of a collection that the label selector matches. */
  async list(collection: Collection, labelSelector?: string): Promise<CustomResource[]> {
    const items: CustomResource[] = [];
    let _continue: string | undefined;
    do {
      const page = (await this.#call(`LIST ${collection.plural}`, () =>
        this.#custom.listNamespacedCustomObject({
          ...collection,
          limit: pageSize,
          ...(labelSelector === undefined ? {} : { labelSelector }),
          ...(_continue === undefined ? {} : { _continue }),
        }),
      )) as {
        readonly items: readonly CustomResource[];
        readonly metadata?: { readonly continue?: string };
      };
      items.push(...page.items);
      _continue = page.metadata?.continue === "" ? undefined : page.metadata?.continue;
    } while (_continue !== undefined);
    return items;
  }

  /** The resource; undefined when it does not exist. */
  get(address: ResourceAddress): Promise<CustomResource | undefined> {
    return this.#find(`GET ${text(address)}`, () =>
      this.#custom.getNamespacedCustomObject(address),
    );
  }

  /** Why the API server would not create the object; undefined when it would. Creates nothing. */
  async refusal(collection: Collection, body: JsonObject): Promise<string | undefined> {
    try {
      await this.#custom.createNamespacedCustomObject({
        ...collection,
        body,
        dryRun: "All",
        fieldManager,
        fieldValidation: "Strict",
      });
      return undefined;
    } catch (error) {
      if (error instanceof ApiException) return serverMessage(error);
      throw this.#unreachable(`CREATE ${collection.plural}`, error);
    }
  }

  create(collection: Collection, body: JsonObject): Promise<CustomResource> {
    return this.#call(`CREATE ${collection.plural}`, () =>
      this.#custom.createNamespacedCustomObject({
        ...collection,
        body,
        fieldManager,
        fieldValidation: "Strict",
      }),
    );
  }

  /** Replaces the object; `body` names the resourceVersion that it replaces. */
  replace(address: ResourceAddress, body: JsonObject): Promise<CustomResource> {
    return this.#call(`REPLACE ${text(address)}`, () =>
      this.#custom.replaceNamespacedCustomObject({
        ...address,
        body,
        fieldManager,
        fieldValidation: "Strict",
      }),
    );
  }

  /** Replaces the status of the resource as it was read. */
  replaceStatus(
    address: ResourceAddress,
    { apiVersion, kind, metadata }: CustomResource,
    status: JsonObject,
  ): Promise<CustomResource> {
    const { name, namespace, resourceVersion, uid } = metadata;
    const body = { apiVersion, kind, metadata: { name, namespace, resourceVersion, uid }, status };
    return this.#call(`REPLACE status of ${text(address)}`, () =>
      this.#custom.replaceNamespacedCustomObjectStatus({ ...address, body, fieldManager }),
    );
  }

  /** Merges annotations into the resource with this uid and resourceVersion. `conflict`: it changed, read it again. */
  annotate(
    address: ResourceAddress,
    { metadata: { uid, resourceVersion } }: CustomResource,
    annotations: AnnotationPatch,
  ): Promise<CustomResource | "conflict"> {
    return this.#orConflict(`PATCH ${text(address)}`, () =>
      this.#custom.patchNamespacedCustomObject(
        { ...address, body: { metadata: { uid, resourceVersion, annotations } }, fieldManager },
        setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
      ),
    );
  }

  /** Deletes the resource exactly as it was read, and leaves what it owns alone. `conflict`: it changed, read it again. */
  async delete(
    address: ResourceAddress,
    { metadata: { uid, resourceVersion } }: CustomResource,
  ): Promise<"deleted" | "conflict"> {
    const outcome = await this.#orConflict(`DELETE ${text(address)}`, () =>
      this.#custom.deleteNamespacedCustomObject({
        ...address,
        propagationPolicy: "Orphan",
        body: { preconditions: { uid, resourceVersion }, propagationPolicy: "Orphan" },
      }),
    );
    return outcome === "conflict" ? outcome : "deleted";
  }

  /** A Secret or ConfigMap; undefined when it does not exist. */
  object(namespace: string, { kind, name }: ObjectName): Promise<CoreObject | undefined> {
    return this.#find<CoreObject>(`GET ${kind} ${name}`, () =>
      kind === "Secret"
        ? this.#core.readNamespacedSecret({ name, namespace })
        : this.#core.readNamespacedConfigMap({ name, namespace }),
    );
  }

  async createObject(
    namespace: string,
    { kind, name }: ObjectName,
    body: CoreObject,
  ): Promise<void> {
    await this.#call<CoreObject>(`CREATE ${kind} ${name}`, () =>
      kind === "Secret"
        ? this.#core.createNamespacedSecret({ namespace, body, fieldManager })
        : this.#core.createNamespacedConfigMap({
            namespace,
            body: body as V1ConfigMap,
            fieldManager,
          }),
    );
  }

  #find<T>(action: string, call: () => Promise<T>): Promise<T | undefined> {
    return this.#call<T | undefined>(action, call, { code: 404, value: undefined });
  }

  #orConflict<T>(action: string, call: () => Promise<T>): Promise<T | "conflict"> {
    return this.#call<T | "conflict">(action, call, { code: 409, value: "conflict" });
  }

  /** `expected`: an answer that is a value. */
  async #call<T>(
    action: string,
    call: () => Promise<T>,
    expected?: { readonly code: number; readonly value: T },
  ): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const code = error instanceof ApiException ? error.code : undefined;
      if (expected !== undefined && code === expected.code) return expected.value;
      throw this.#refused(action, error);
    }
  }

  #refused(action: string, error: unknown): OperatorError {
    if (!(error instanceof ApiException)) return this.#unreachable(action, error);
    return new OperatorError(
      "ClusterAnswered",
      `Cluster "${this.cluster}" answered ${error.code} to ${action}: ${serverMessage(error)}`,
    );
  }

  #unreachable(action: string, error: unknown): OperatorError {
    return new OperatorError(
      "ClusterUnreachable",
      `Cluster "${this.cluster}" gave no answer to ${action}: ${errorMessage(error)}`,
    );
  }
}

function text({ plural, group, namespace, name }: ResourceAddress): string {
  return `${plural}.${group} ${namespace}/${name}`;
}
