import { OperatorError } from "../../core/errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Cluster, Clusters } from "../../ports/cluster.ts";
import type { ClusterEntry, Registry } from "../../ports/registry.ts";
import type { Tokens } from "../../ports/tokens.ts";
import { type ClusterConnection, connectionFromKubeconfig } from "./cluster-connection.ts";
import { KubernetesCluster } from "./kubernetes-cluster.ts";

/** The Entra application of every AKS API server (platform.md 7). */
const aksScope = "6dae42f8-4368-4678-94ff-3960e28e3630/.default";

/** What clusters of the registry are opened with. */
export type RegisteredClustersOptions = {
  readonly registry: Registry;
  /** Reads an app setting; undefined when it is not set. */
  readonly readSetting: (name: string) => string | undefined;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly userAgent: string;
  /** True only in a local run: kubeconfigs may start credential plugins. */
  readonly allowExec: boolean;
};

/**
 * The clusters of the registry, one {@link KubernetesCluster} per name for the life of the process. One whose entry names another
 * server, authority or credential than before connects anew.
 */
export class RegisteredClusters implements Clusters {
  readonly #options: RegisteredClustersOptions;
  readonly #clusters = new Map<string, { readonly cluster: KubernetesCluster; auth: string }>();

  constructor(options: RegisteredClustersOptions) {
    this.#options = options;
  }

  async get(name: string): Promise<Cluster> {
    const auth = JSON.stringify((await this.#entry(name)).auth);
    const known = this.#clusters.get(name);
    if (known !== undefined) {
      const changed = known.auth !== auth;
      known.auth = auth;
      if (changed) await known.cluster.reconnect();
      return known.cluster;
    }
    const { clock, userAgent } = this.#options;
    const connect = (): Promise<ClusterConnection> => this.#connect(name);
    const cluster = new KubernetesCluster({ name, connect, clock, userAgent });
    this.#clusters.set(name, { cluster, auth });
    return cluster;
  }

  /** Closes the connections of all clusters. */
  async close(): Promise<void> {
    const open = [...this.#clusters.values()];
    this.#clusters.clear();
    await Promise.all(open.map(({ cluster }) => cluster.close()));
  }

  async #entry(name: string): Promise<ClusterEntry> {
    const entries = await this.#options.registry.list();
    const entry = entries.find((candidate) => candidate.name === name);
    if (entry === undefined) {
      throw new OperatorError("ConfigInvalid", `Cluster "${name}" is not registered.`, {
        cluster: name,
      });
    }
    return entry;
  }

  async #connect(name: string): Promise<ClusterConnection> {
    const { auth } = await this.#entry(name);
    const shared = { cluster: name, allowExec: this.#options.allowExec };
    switch (auth.kind) {
      case "kubeconfig":
        return await connectionFromKubeconfig({
          ...shared,
          from: { path: auth.path },
          context: auth.context,
        });
      case "kubeconfigSetting": {
        const text = this.#options.readSetting(auth.setting);
        if (text === undefined || text === "") {
          throw new OperatorError(
            "ConfigInvalid",
            `Cluster "${name}" takes its kubeconfig from the setting ${auth.setting}, which is not set.`,
            { cluster: name, setting: auth.setting },
          );
        }
        return await connectionFromKubeconfig({ ...shared, from: { text }, context: auth.context });
      }
      case "entra":
        return this.#connectByEntra(name, auth);
      default:
        return auth satisfies never;
    }
  }

  #connectByEntra(
    name: string,
    auth: Extract<ClusterEntry["auth"], { kind: "entra" }>,
  ): ClusterConnection {
    if (!auth.server.startsWith("https://") || auth.caData === "") {
      // The app's own token leaves only for a server whose certificate authority is pinned.
      throw new OperatorError(
        "ConfigInvalid",
        `The registry entry of cluster "${name}" needs an https server and its certificate authority (caData).`,
        { cluster: name },
      );
    }
    const { tokens } = this.#options;
    return {
      server: auth.server.replace(/\/+$/, ""),
      tls: { ca: Buffer.from(auth.caData, "base64") },
      async authorize(signal) {
        const token = await tokens.ownToken(aksScope, auth.clientId, signal);
        return { authorization: `Bearer ${token.reveal()}` };
      },
    };
  }
}
