/** Where the controller gets a cluster's server, CA and credential from. Never the credential itself. */
export type ClusterAuth =
  /** A kubeconfig file, for local runs and mounted secrets. */
  | { readonly kind: "kubeconfig"; readonly path: string; readonly context?: string }
  /** An app setting (usually a Key Vault reference) that holds a kubeconfig. */
  | { readonly kind: "kubeconfigSetting"; readonly setting: string; readonly context?: string }
  /** AKS with Entra: the app's identity asks for a token of the AKS server application. */
  | {
      readonly kind: "entra";
      readonly server: string;
      readonly caData: string;
      readonly clientId?: string;
    };

/** One registered cluster (design.md section 3). */
export type ClusterEntry = {
  readonly name: string;
  readonly auth: ClusterAuth;
  readonly paused: boolean;
  readonly scanMode: "watch" | "poll";
  /** Value of the operator-namespace annotation: what makes ASO leave a resource alone. */
  readonly operatorNamespace: string;
  /** Namespaces that are managed; absent: all. */
  readonly namespaces?: readonly string[];
};

/** Clusters from static configuration and from the registry table. Two names with one kube-system uid are refused. */
export interface Registry {
  list(): Promise<readonly ClusterEntry[]>;
  /** Pauses or resumes a registered cluster. `fixed`: the static configuration pauses it, and only that can change it. */
  setPaused(name: string, paused: boolean): Promise<"done" | "fixed">;
  /** Binds a name to the cluster it was first seen with; `conflict` names the entry that already holds the uid. */
  bindUid(
    name: string,
    uid: string,
  ): Promise<{ readonly kind: "bound" } | { readonly kind: "conflict"; readonly with: string }>;
}
