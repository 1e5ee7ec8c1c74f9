import type { Secret } from "../secret.ts";

/** An Azure cloud (aso-semantics.md 7.4). `endpoint` and `authorityHost` are https URLs without a trailing slash. */
export type Cloud = {
  readonly endpoint: string;
  readonly audience: string;
  readonly authorityHost: string;
};

/** How a credential proves itself. */
export type CredentialProof =
  | { readonly kind: "clientSecret"; readonly secret: Secret<string> }
  | {
      readonly kind: "certificate";
      readonly certificate: Secret<string>;
      readonly password?: Secret<string>;
    }
  /** A token of the named service account in the named cluster, exchanged at Entra. */
  | {
      readonly kind: "workloadIdentity";
      readonly cluster: string;
      readonly namespace: string;
      readonly serviceAccount: string;
    }
  /** A federated token file, as AKS workload identity mounts it. */
  | { readonly kind: "tokenFile"; readonly path: string }
  /** The function app's own identity. Only ever for the global credential. */
  | { readonly kind: "managedIdentity" };

/** Everything needed to call ARM on behalf of one resource. */
export type ArmCredential = {
  /** What the CredentialFrom event names: `namespace/secret`, or `global`. */
  readonly source: string;
  /** Identity of the principal, without secrets: budgets and rows are keyed by it, tokens never. Changes when the proof changes. */
  readonly principal: string;
  readonly subscriptionId: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly additionalTenants: readonly string[];
  readonly cloud: Cloud;
  readonly proof: CredentialProof;
};
