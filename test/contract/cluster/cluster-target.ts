import type { JsonObject } from "../../../src/core/json.ts";
import type { Cluster, KubeEvent, ObjectRef } from "../../../src/ports/cluster.ts";
import type { NewResource } from "../../doubles/in-memory-cluster.ts";

/** The kind that the suite works on. Users write `v20200601`; it is stored as `v20250101`. */
export const widgets = {
  group: "contract.azure.com",
  kind: "Widget",
  plural: "widgets",
  versions: ["v20250101", "v20200601"],
  storageVersion: "v20250101",
} as const;

export type ExportedObject = {
  readonly resourceVersion: string;
  readonly data: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly ownerUids: readonly string[];
};

/** What the users of a cluster do, beside the controller. */
export interface ClusterUser {
  createNamespace(name: string, annotations?: Readonly<Record<string, string>>): Promise<void>;
  create(resource: NewResource): Promise<void>;
  /** A JSON merge patch. */
  edit(ref: ObjectRef, patch: JsonObject): Promise<void>;
  delete(ref: ObjectRef): Promise<void>;
  putSecret(namespace: string, name: string, data: Readonly<Record<string, string>>): Promise<void>;
  putConfigMap(
    namespace: string,
    name: string,
    data: Readonly<Record<string, string>>,
  ): Promise<void>;
  createServiceAccount(namespace: string, name: string): Promise<void>;
  exported(
    kind: "Secret" | "ConfigMap",
    namespace: string,
    name: string,
  ): Promise<ExportedObject | undefined>;
  events(namespace: string): Promise<readonly (KubeEvent & { readonly about: string })[]>;
  /** A resourceVersion that is too old to watch from. */
  expiredVersion(): Promise<string>;
}

export type ClusterTarget = {
  readonly cluster: Cluster;
  readonly user: ClusterUser;
  close(): Promise<void>;
};
