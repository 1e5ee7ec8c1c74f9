import type { JsonObject } from "../core/json.ts";
import type {
  CustomResource,
  GroupKind,
  ObjectMeta,
  OwnerReference,
} from "../core/resource/types.ts";
import type { Secret } from "../core/secret.ts";

/** A kind that a cluster serves, from aggregated discovery. */
export type ServedKind = GroupKind & {
  readonly plural: string;
  /** Served API versions, in the server's order of preference. */
  readonly versions: readonly string[];
};

/** Names one custom resource within its cluster. */
export type ObjectRef = GroupKind & { readonly namespace: string; readonly name: string };

/** One page of a list of a kind, metadata only. */
export type MetadataPage = {
  readonly items: readonly ObjectMeta[];
  /** The collection's resourceVersion, to watch from. */
  readonly resourceVersion: string;
};

/** One event of a watch, metadata only. */
export type MetadataEvent =
  | { readonly type: "added" | "modified" | "deleted"; readonly meta: ObjectMeta }
  | { readonly type: "bookmark"; readonly resourceVersion: string }
  /** 410, as status or as ERROR event: list again. */
  | { readonly type: "expired" };

/** `conflict`: 409 or 422 on uid, read again. `rejected`: the server refused the content; `message` is its text. */
export type WriteOutcome =
  | { readonly kind: "written"; readonly resource: CustomResource }
  | { readonly kind: "conflict" }
  | { readonly kind: "notFound" }
  | { readonly kind: "rejected"; readonly message: string };

/** Changes to `metadata`; an annotation or label of null is removed. Lists are full lists and need `resourceVersion`. */
export type MetadataPatch = {
  readonly annotations?: Readonly<Record<string, string | null>>;
  readonly labels?: Readonly<Record<string, string | null>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
};

/** A value that is not UTF-8 (PKCS12) stands as its Base64 text. */
export type SecretObject = {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly data: Readonly<Record<string, Secret<string>>>;
};

/** What is read of a ConfigMap. */
export type ConfigMapObject = {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly data: Readonly<Record<string, string>>;
};

/** A Secret or ConfigMap that a resource exports. The content replaces what is there (aso-semantics.md 8.6). */
export type ExportObject = {
  readonly kind: "Secret" | "ConfigMap";
  readonly namespace: string;
  readonly name: string;
  readonly data: Readonly<Record<string, Secret<string>>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly owner: OwnerReference;
};

/** What an event says; the object it is about is given beside it. */
export type KubeEvent = {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
};

/**
 * One Kubernetes cluster, seen with the rights of the generated role.
 *
 * Reads and writes go to the CRD's storage version as the cluster has it now, so that no conversion is needed.
 * Every call honours `signal`. An unreachable server or refused credential throws OperatorError
 * (`ClusterUnreachable`, `ClusterUnauthorized`); every expected answer is a value.
 */
export interface Cluster {
  /** uid of the `kube-system` namespace: the identity of the cluster. */
  uid(signal: AbortSignal): Promise<string>;
  /** Served kinds of all groups that end in `.azure.com`. One request, none if nothing changed. */
  servedKinds(signal: AbortSignal): Promise<readonly ServedKind[]>;
  /**
   * All objects of a kind, metadata only, paged inside. `notFound` when the kind is no longer served.
   * Lists and watches leave out `managedFields` and kubectl's last-applied annotation: most of the bytes, and only a full read needs them.
   */
  listMetadata(kind: ServedKind, signal: AbortSignal): Promise<MetadataPage | "notFound">;
  /** Metadata events after `resourceVersion`; ends after `timeoutSeconds`, at once on `expired` or abort. */
  watchMetadata(
    kind: ServedKind,
    resourceVersion: string,
    timeoutSeconds: number,
    signal: AbortSignal,
  ): AsyncIterable<MetadataEvent>;
  /** Name and annotations of every Namespace. */
  listNamespaces(signal: AbortSignal): Promise<readonly ObjectMeta[]>;
  namespace(name: string, signal: AbortSignal): Promise<ObjectMeta | undefined>;
  /** The resource at its CRD's storage version; undefined when it or its kind does not exist. */
  get(ref: ObjectRef, signal: AbortSignal): Promise<CustomResource | undefined>;
  /**
   * As `get`, but tells an object that does not exist (`absent`: the server said so itself) from a kind that it does not serve at
   * the moment (`unserved`): that proves nothing about the object.
   */
  look(ref: ObjectRef, signal: AbortSignal): Promise<CustomResource | "absent" | "unserved">;
  /** Merge patch of metadata, guarded by the resource's uid, and by its resourceVersion when lists are part of it. */
  patchMetadata(
    resource: CustomResource,
    patch: MetadataPatch,
    signal: AbortSignal,
  ): Promise<WriteOutcome>;
  /** Replaces `status`, guarded by the resource's resourceVersion. */
  replaceStatus(
    resource: CustomResource,
    status: JsonObject,
    signal: AbortSignal,
  ): Promise<WriteOutcome>;
  secret(namespace: string, name: string, signal: AbortSignal): Promise<SecretObject | undefined>;
  configMap(
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<ConfigMapObject | undefined>;
  /** resourceVersion of a Secret or ConfigMap, metadata only; undefined when absent. */
  objectVersion(
    kind: "Secret" | "ConfigMap",
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<string | undefined>;
  /** Creates or replaces an exported object. `notOwned`: an object without an ownerReference to `owner.uid` is there. */
  writeExport(
    object: ExportObject,
    signal: AbortSignal,
  ): Promise<"written" | "unchanged" | "notOwned">;
  /** The same event about the same resource again only renews its time. Dropped in a namespace that is being deleted. */
  recordEvent(resource: CustomResource, event: KubeEvent, signal: AbortSignal): Promise<void>;
  /**
   * A token of a service account for a foreign audience (TokenRequest).
   * Throws OperatorError `CredentialFailed` when there is no such account or no right to ask for its tokens.
   */
  requestToken(
    namespace: string,
    serviceAccount: string,
    audience: string,
    signal: AbortSignal,
  ): Promise<Secret<string>>;
}

/** The clusters of the registry, each with one pooled connection set for the life of the process. */
export interface Clusters {
  /** Throws OperatorError `ConfigInvalid` for a name that is not registered. */
  get(name: string): Promise<Cluster>;
}
