import type { RequestOptions } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import { errorMessage, OperatorError } from "../../core/errors.ts";
import type { TlsOptions } from "../http/connections.ts";

/** Where an API server is, how its certificate is checked, and what authenticates a request. */
export type ClusterConnection = {
  /** `https://host[:port][/prefix]`, without a trailing slash. */
  readonly server: string;
  readonly tls: TlsOptions;
  /** The authenticating headers of one request; cheap, called for each. */
  authorize(signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
};

/** Resolves a cluster's connection anew: called on first use and after the server refused the credential. */
export type ConnectionSource = () => Promise<ClusterConnection>;

/** A kubeconfig, by file or as text, and what it may do. */
export type KubeconfigSource = {
  /** The registry's name of the cluster, for messages. */
  readonly cluster: string;
  readonly from: { readonly path: string } | { readonly text: string };
  readonly context?: string | undefined;
  /** Credential plugins (`exec`, `auth-provider`) start commands, which only a local run may. */
  readonly allowExec: boolean;
};

/** Reads a kubeconfig with the Kubernetes client's own rules. Throws OperatorError `ConfigInvalid`; its text never quotes the file. */
export async function connectionFromKubeconfig(
  source: KubeconfigSource,
): Promise<ClusterConnection> {
  const config = load(source);
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  if (cluster === null || user === null) {
    throw invalid(source, `context "${config.getCurrentContext()}" names no cluster and user`);
  }
  const command = user.exec !== undefined || user.authProvider !== undefined;
  if (command && !source.allowExec) {
    throw invalid(
      source,
      "its user needs a credential plugin (exec), which only a local run may start; use a token, a client certificate or Entra",
    );
  }
  if (cluster.proxyUrl !== undefined) {
    throw invalid(source, "proxy-url is not supported");
  }
  const options = await httpsOptions(config, source);
  let headers = authHeaders(options);
  return {
    server: cluster.server.replace(/\/+$/, ""),
    tls: tlsOptions(options),
    async authorize() {
      if (command) {
        // The plugin's answer is cached by the client until the token expires.
        headers = authHeaders(await httpsOptions(config, source));
      }
      return headers;
    },
  };
}

function load(source: KubeconfigSource): KubeConfig {
  const config = new KubeConfig();
  try {
    if ("path" in source.from) {
      config.loadFromFile(source.from.path);
    } else {
      config.loadFromString(source.from.text);
    }
  } catch (error) {
    // A YAML error quotes the lines around it, which may hold a token.
    const quoted = error instanceof Error && error.name === "YAMLException";
    throw invalid(source, quoted ? "it is not valid YAML" : errorMessage(error));
  }
  if (source.context !== undefined) {
    config.setCurrentContext(source.context);
  }
  return config;
}

async function httpsOptions(config: KubeConfig, source: KubeconfigSource): Promise<RequestOptions> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw invalid(source, errorMessage(error));
  }
  return options;
}

function tlsOptions(options: RequestOptions): TlsOptions {
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  return {
    ...(isPem(ca) ? { ca } : {}),
    ...(isPem(cert) ? { cert } : {}),
    ...(isPem(key) ? { key } : {}),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

function isPem(value: unknown): value is string | Buffer {
  return typeof value === "string" || Buffer.isBuffer(value);
}

function authHeaders(options: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (value !== undefined) {
      headers[name.toLowerCase()] = String(value);
    }
  }
  if (typeof options.auth === "string") {
    headers["authorization"] = `Basic ${Buffer.from(options.auth).toString("base64")}`;
  }
  return headers;
}

function invalid(source: KubeconfigSource, problem: string): OperatorError {
  return new OperatorError(
    "ConfigInvalid",
    `The kubeconfig of cluster "${source.cluster}" cannot be used: ${problem}.`,
    { cluster: source.cluster },
  );
}
