/**
 * A real kube-apiserver with etcd for tests. As a program (`npx node test/envtest/control-plane.ts [--rbac]`) it starts one, prints its
 * kubeconfig and stays until Ctrl-C.
 */
import { type ChildProcess, execFile, fork } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ApiClient, createApiClient } from "./api-client.ts";
import { type Binaries, envtestBinaries } from "./binaries.ts";
import { freePorts } from "./free-ports.ts";
import type { SupervisorNews, SupervisorOrder } from "./supervise.ts";

export type ControlPlaneOptions = {
  /** Authorise by RBAC; otherwise everybody may do everything. @default false */
  readonly rbac?: boolean;
  /** More users, by name, with their groups. Their tokens are in {@link ControlPlane.userTokens}. */
  readonly users?: Readonly<Record<string, readonly string[]>>;
  /** More flags for kube-apiserver. */
  readonly apiServerFlags?: readonly string[];
};

export type KubectlResult = {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
};

/** A running control plane. There is no controller manager: see controllers.ts. */
export interface ControlPlane {
  readonly url: string;
  /** Base64 of the PEM that verifies the server: `certificate-authority-data`. */
  readonly caData: string;
  /** Token of the user `admin`, a member of system:masters. */
  readonly token: string;
  readonly userTokens: Readonly<Record<string, string>>;
  /** As the administrator, unless a request says otherwise. */
  readonly api: ApiClient;
  /** Certificates, data and the logs `etcd.log`, `kube-apiserver.log`; gone after `stop`. */
  readonly dataDir: string;
  /** To stop for a while (SIGSTOP, SIGCONT) or to kill; `etcd` and `kube-apiserver`. */
  readonly pids: Readonly<Record<string, number>>;
  /** Writes a kubeconfig file into `dataDir` and returns its path. @default the administrator's */
  kubeconfig(options?: { readonly token?: string; readonly namespace?: string }): Promise<string>;
  /** A bound token of a service account; it and its namespace are created when missing. */
  serviceAccountToken(
    namespace: string,
    name: string,
    options?: { readonly audiences?: readonly string[]; readonly expirationSeconds?: number },
  ): Promise<string>;
  kubectl(
    args: readonly string[],
    options?: { readonly input?: string; readonly kubeconfig?: string },
  ): Promise<KubectlResult>;
  stop(): Promise<void>;
}

const readyLimitMs = 60_000;

/**
 * Starts etcd and the API server on free ports of 127.0.0.1 with data in a temporary folder: 3 to 4 seconds. The processes and the folder
 * are gone when this process ends, whatever way. Throws with the end of the API server's log when it does not become ready.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const binaries = await envtestBinaries();
  const dataDir = await mkdtemp(path.join(tmpdir(), "envtest-"));
  const [clientPort = 0, peerPort = 0, securePort = 0] = await freePorts(3);
  const tokens = await writeCredentials(dataDir, options.users ?? {});
  const order: SupervisorOrder = {
    directory: dataDir,
    programs: [
      { name: "etcd", path: binaries.etcd, args: etcdFlags(dataDir, clientPort, peerPort) },
      {
        name: "kube-apiserver",
        path: binaries.apiServer,
        args: apiServerFlags(dataDir, clientPort, securePort, options),
      },
    ],
  };
  const supervisor = await startSupervisor(order);
  const url = `https://127.0.0.1:${securePort}`;
  const { admin: token = "", ...userTokens } = tokens;
  try {
    const ca = await untilReady(url, token, dataDir, supervisor);
    const api = createApiClient({ url, ca, token });
    return controlPlane({ url, ca, token, userTokens, api, dataDir, supervisor, binaries });
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
}

function etcdFlags(dataDir: string, clientPort: number, peerPort: number): readonly string[] {
  const client = `http://127.0.0.1:${clientPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    `--data-dir=${path.join(dataDir, "etcd")}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    "--unsafe-no-fsync",
    "--log-level=warn",
  ];
}

function apiServerFlags(
  dataDir: string,
  etcdPort: number,
  port: number,
  options: ControlPlaneOptions,
): readonly string[] {
  const key = path.join(dataDir, "service-account.key");
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--secure-port=${port}`,
    `--cert-dir=${path.join(dataDir, "certificates")}`,
    `--token-auth-file=${path.join(dataDir, "tokens.csv")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    "--service-cluster-ip-range=10.0.0.0/24",
    `--authorization-mode=${options.rbac === true ? "RBAC" : "AlwaysAllow"}`,
    ...(options.apiServerFlags ?? []),
  ];
}

/** Writes the token file and the key that signs service account tokens. Returns the tokens by user name. */
async function writeCredentials(
  dataDir: string,
  users: Readonly<Record<string, readonly string[]>>,
): Promise<Record<string, string>> {
  const tokens: Record<string, string> = {};
  const lines = Object.entries({ ...users, admin: ["system:masters"] }).map(([name, groups]) => {
    const token = randomBytes(24).toString("hex");
    tokens[name] = token;
    return `${token},${name},${name},"${groups.join(",")}"\n`;
  });
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const pem = privateKey.export({ type: "sec1", format: "pem" });
  await writeFile(path.join(dataDir, "tokens.csv"), lines.join(""), { mode: 0o600 });
  await writeFile(path.join(dataDir, "service-account.key"), pem, { mode: 0o600 });
  return tokens;
}

type Supervisor = {
  readonly pids: Readonly<Record<string, number>>;
  /** Name of a program that ended by itself. */
  exited(): string | undefined;
  stop(): Promise<void>;
};

async function startSupervisor(order: SupervisorOrder): Promise<Supervisor> {
  const entry = path.join(import.meta.dirname, "supervise.ts");
  const child: ChildProcess = fork(entry, [JSON.stringify(order)], {
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    // A process group of its own, so that Ctrl-C does not end etcd before the API server.
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let exited: string | undefined;
  const pids = await new Promise<Readonly<Record<string, number>>>((resolve, reject) => {
    child.once("error", reject);
    child.on("message", (news: SupervisorNews) => {
      if (news.event === "started") resolve(news.pids);
      else exited ??= news.name;
    });
  });
  return {
    pids,
    exited: () => exited,
    async stop() {
      if (child.connected) child.send("stop");
      await ended;
    },
  };
}

/** Waits for /readyz; returns the certificate (PEM) that verifies the server, which it made itself. */
async function untilReady(
  url: string,
  token: string,
  dataDir: string,
  supervisor: Supervisor,
): Promise<string> {
  const certificate = path.join(dataDir, "certificates", "apiserver.crt");
  const deadline = Date.now() + readyLimitMs;
  while (Date.now() < deadline && supervisor.exited() === undefined) {
    await sleep(100);
    if (!existsSync(certificate)) continue;
    const ca = await readFile(certificate, "utf8");
    const client = createApiClient({ url, ca, token });
    const status = await client.send("GET", "/readyz").then(
      (answer) => answer.status,
      () => 0, // Not listening yet.
    );
    client.close();
    if (status === 200) return ca;
  }
  const culprit = supervisor.exited() ?? "kube-apiserver";
  const log = await readFile(path.join(dataDir, `${culprit}.log`), "utf8");
  throw new Error(`${culprit} did not become ready. End of its log:\n${log.slice(-3_000)}`);
}

type Parts = {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
  readonly userTokens: Readonly<Record<string, string>>;
  readonly api: ApiClient;
  readonly dataDir: string;
  readonly supervisor: Supervisor;
  readonly binaries: Binaries;
};

function controlPlane(parts: Parts): ControlPlane {
  const { url, token, api, dataDir, supervisor } = parts;
  const caData = Buffer.from(parts.ca).toString("base64");
  let files = 0;
  const kubeconfig: ControlPlane["kubeconfig"] = async (options = {}) => {
    files += 1;
    const file = path.join(dataDir, `kubeconfig-${files}`);
    const content = kubeconfigOf(url, caData, options.token ?? token, options.namespace);
    await writeFile(file, JSON.stringify(content, undefined, 2), { mode: 0o600 });
    return file;
  };
  let adminConfig: Promise<string> | undefined;
  return {
    url,
    caData,
    token,
    userTokens: parts.userTokens,
    api,
    dataDir,
    pids: supervisor.pids,
    kubeconfig,
    serviceAccountToken: (namespace, name, options = {}) =>
      serviceAccountToken(api, namespace, name, options),
    async kubectl(args, options = {}) {
      adminConfig ??= kubeconfig();
      const config = options.kubeconfig ?? (await adminConfig);
      const flags = [`--kubeconfig=${config}`, `--cache-dir=${path.join(dataDir, "kubectl")}`];
      return await run(parts.binaries.kubectl, [...flags, ...args], options.input);
    },
    async stop() {
      api.close();
      await supervisor.stop();
    },
  };
}

function kubeconfigOf(url: string, caData: string, token: string, namespace: string | undefined) {
  const context = { cluster: "envtest", user: "user", ...(namespace && { namespace }) };
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "envtest", cluster: { server: url, "certificate-authority-data": caData } }],
    users: [{ name: "user", user: { token } }],
    contexts: [{ name: "envtest", context }],
    "current-context": "envtest",
  };
}

async function serviceAccountToken(
  api: ApiClient,
  namespace: string,
  name: string,
  options: { readonly audiences?: readonly string[]; readonly expirationSeconds?: number },
): Promise<string> {
  const metadata = (value: string) => ({ body: { metadata: { name: value } } });
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  // 409: it exists already.
  await api.send("POST", "/api/v1/namespaces", metadata(namespace));
  await api.send("POST", accounts, metadata(name));
  const answer = (await api.must("POST", `${accounts}/${name}/token`, {
    body: {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { audiences: options.audiences, expirationSeconds: options.expirationSeconds ?? 3_600 },
    },
  })) as { readonly status: { readonly token: string } };
  return answer.status.token;
}

function run(file: string, args: readonly string[], input = ""): Promise<KubectlResult> {
  return new Promise((resolve) => {
    const options = { maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : error === null ? 0 : 1;
      resolve({ code, stdout, stderr: stderr || (error === null ? "" : error.message) });
    });
    child.stdin?.end(input);
  });
}

if (import.meta.main) {
  const controlPlane = await startControlPlane({ rbac: process.argv.includes("--rbac") });
  console.log(`export KUBECONFIG=${await controlPlane.kubeconfig()}`);
  console.log(`# logs in ${controlPlane.dataDir}; Ctrl-C ends it`);
  await new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, resolve);
  });
  await controlPlane.stop();
}
