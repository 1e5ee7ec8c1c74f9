import type { JsonObject } from "../json.ts";

/** Names one custom resource in one registered cluster. */
export type ResourceKey = {
  readonly cluster: string;
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
};

/** Group and kind, independent of the API version. */
export type GroupKind = { readonly group: string; readonly kind: string };

/** An entry of `metadata.ownerReferences` (Kubernetes API conventions). */
export type OwnerReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
};

/** An entry of `metadata.managedFields`: who wrote which fields at which version. */
export type ManagedFieldsEntry = {
  readonly manager?: string;
  readonly operation?: string;
  readonly apiVersion?: string;
  readonly time?: string;
  readonly subresource?: string;
  readonly fieldsV1?: JsonObject;
};

/** The part of `metadata` that the controller reads. */
export type ObjectMeta = {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
};

/** A custom resource as the API server returns it at the CRD's storage version. */
export type CustomResource = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: JsonObject;
  readonly status?: JsonObject;
};

/** How serious a Ready=False is, in ASO's words. */
export type Severity = "Error" | "Warning" | "Info";

/** One entry of `status.conditions` (aso-features.md 5.1). */
export type Condition = {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly severity?: Severity | "";
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
  readonly reason: string;
  readonly message?: string;
};

/** How soon a failed pass is repeated (aso-semantics.md 0.2, 0.3). */
export type RetrySpeed = "fast" | "slow" | "verySlow";

/** A failure that ends on the Ready condition: ASO's "impacting error". */
export type Problem = {
  readonly reason: string;
  readonly severity: Severity;
  readonly message: string;
  readonly retry: RetrySpeed;
};
