import type { KindVersion } from "../core/convert/kind-version.ts";
import type { CustomResource } from "../core/resource/types.ts";

/** A custom resource of a namespace, by group, kind and name. */
export type ResourceName = { readonly group: string; readonly kind: string; readonly name: string };

/** A Secret or ConfigMap that resources read. */
export type ObjectName = { readonly kind: "Secret" | "ConfigMap"; readonly name: string };

/** A namespace of a cluster. */
export type Place = {
  /** uid of the kube-system namespace: the identity of the cluster. */
  readonly cluster: string;
  readonly namespace: string;
  /** The Namespace's own `reconcile-policy`; empty for none. */
  readonly policy: string;
};

/** A resource as its cluster has it, at the API version that its user wrote. */
export type Found = {
  readonly resource: CustomResource;
  /** Undefined: the catalog has no such kind or version. */
  readonly version: KindVersion | undefined;
  /** The command line names it. */
  readonly selected: boolean;
};

/** One resource of a plan. */
export type Move = ResourceName & {
  /** API version that it is read and written at, without the group. */
  readonly apiVersion: string;
  readonly version: KindVersion | undefined;
  /** `move`: nothing was done yet. `resume`: a held copy is there. `release`: only the copy, or the held resource itself, is left. `nothing`: done. */
  readonly step: "move" | "resume" | "release" | "handOver" | "nothing";
  readonly source: CustomResource | undefined;
  readonly target: CustomResource | undefined;
  /** Owners and what else it refers to stand on lower levels. */
  readonly level: number;
  /** What it reads and the target lacks. */
  readonly lacks: readonly ObjectName[];
  /** Why it cannot go, one sentence each with the way out; empty when it can. */
  readonly blocks: readonly string[];
};

/** Identifies a resource within a plan, as messages name it. */
export function nameOf({ group, kind, name }: ResourceName): string {
  return `${kind}.${group}/${name}`;
}

/** The name of a resource that was read. */
export function resourceName({ apiVersion, kind, metadata }: CustomResource): ResourceName {
  return { group: apiVersion.split("/")[0] ?? "", kind, name: metadata.name };
}

/** Identifies a Secret or ConfigMap within a namespace, as messages name it. */
export function objectText({ kind, name }: ObjectName): string {
  return `${kind} ${name}`;
}
