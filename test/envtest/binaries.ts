/**
 * Finds or builds the binaries of the control plane that tests run against. As a program (`npx node test/envtest/binaries.ts`) it builds
 * what is missing and prints where everything is.
 */
import { spawn } from "node:child_process";
import { constants, existsSync } from "node:fs";
import { access, mkdir, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { withBuildLock } from "./build-lock.ts";

/** Absolute paths of the binaries. */
export type Binaries = {
  readonly apiServer: string;
  readonly etcd: string;
  readonly kubectl: string;
};

type Source = { readonly module: "kube-apiserver" | "etcd"; readonly package: string };

/** What `go build` makes each binary of; the modules beside this file pin the versions. */
const sources: Readonly<Record<string, Source>> = {
  "kube-apiserver": { module: "kube-apiserver", package: "k8s.io/kubernetes/cmd/kube-apiserver" },
  kubectl: { module: "kube-apiserver", package: "k8s.io/kubernetes/cmd/kubectl" },
  etcd: { module: "etcd", package: "go.etcd.io/etcd/server/v3" },
};

/**
 * The binaries from `KUBEBUILDER_ASSETS` when it is set, else from the cache (`$XDG_CACHE_HOME` or `~/.cache`, below
 * `aso-functions/envtest`), where what is missing is built with Go: about six minutes on two cores. kubectl is taken from the PATH when it is
 * there. Throws with the way out when there is no Go or a build fails: a test that needs a cluster fails without one, it does not skip.
 */
export async function envtestBinaries(): Promise<Binaries> {
  const assets = process.env["KUBEBUILDER_ASSETS"];
  if (assets !== undefined && assets !== "") return await fromAssets(assets);
  const folder = path.join(cacheRoot(), await versionKey());
  const kubectl = await findOnPath("kubectl");
  const names = ["etcd", "kube-apiserver", ...(kubectl === undefined ? ["kubectl"] : [])];
  await buildMissing(folder, names);
  return {
    apiServer: path.join(folder, "kube-apiserver"),
    etcd: path.join(folder, "etcd"),
    kubectl: kubectl ?? path.join(folder, "kubectl"),
  };
}

async function fromAssets(folder: string): Promise<Binaries> {
  const inFolder = (name: string) => path.join(folder, name);
  for (const name of ["kube-apiserver", "etcd"]) {
    if (existsSync(inFolder(name))) continue;
    throw new Error(`KUBEBUILDER_ASSETS is ${folder}, but there is no ${name} in it.`);
  }
  const kubectl = existsSync(inFolder("kubectl"))
    ? inFolder("kubectl")
    : await findOnPath("kubectl");
  if (kubectl === undefined) {
    throw new Error(
      `There is no kubectl, neither in KUBEBUILDER_ASSETS (${folder}) nor on the PATH.`,
    );
  }
  return { apiServer: inFolder("kube-apiserver"), etcd: inFolder("etcd"), kubectl };
}

function cacheRoot(): string {
  const base = process.env["XDG_CACHE_HOME"] || path.join(homedir(), ".cache");
  return path.join(base, "aso-functions", "envtest");
}

/** Names the cache folder after everything that decides about its content. */
async function versionKey(): Promise<string> {
  const kubernetes = await requiredVersion("kube-apiserver", "k8s.io/kubernetes");
  const etcd = await requiredVersion("etcd", "go.etcd.io/etcd/server/v3");
  return `kubernetes-${kubernetes}-etcd-${etcd}-${process.platform}-${process.arch}`;
}

async function requiredVersion(module: Source["module"], dependency: string): Promise<string> {
  const text = await readFile(path.join(import.meta.dirname, module, "go.mod"), "utf8");
  const line = text.split("\n").find((candidate) => candidate.includes(`${dependency} v`));
  const version = line?.trim().split(" ").at(-1);
  if (version === undefined) throw new Error(`${module}/go.mod requires no ${dependency}.`);
  return version;
}

async function buildMissing(folder: string, names: readonly string[]): Promise<void> {
  const missing = () => names.filter((name) => !existsSync(path.join(folder, name)));
  if (missing().length === 0) return;
  await requireGo(missing());
  await mkdir(folder, { recursive: true });
  await withBuildLock(`${folder}.lock`, async () => {
    for (const name of missing()) await build(name, path.join(folder, name));
  });
}

async function requireGo(missing: readonly string[]): Promise<void> {
  if ((await findOnPath("go")) !== undefined) return;
  const mend =
    "Install Go (https://go.dev/dl) and run: npx node test/envtest/binaries.ts — or set KUBEBUILDER_ASSETS to a folder that setup-envtest made.";
  throw new Error(
    `No API server to test against: ${missing.join(", ")} missing and no go to build. ${mend}`,
  );
}

async function build(name: string, target: string): Promise<void> {
  const source = sources[name];
  if (source === undefined) throw new Error(`Nothing is known about a binary ${name}.`);
  console.error(`Building ${name} from ${source.package}; this happens once and takes minutes.`);
  const unfinished = `${target}.${process.pid}`;
  const flags = ["-trimpath", "-ldflags", "-s -w", "-o", unfinished];
  const child = spawn("go", ["build", ...flags, source.package], {
    cwd: path.join(import.meta.dirname, source.module),
    env: { ...process.env, CGO_ENABLED: "0" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  if (code !== 0) {
    await rm(unfinished, { force: true });
    throw new Error(`go build ${source.package} ended with ${code}; see above.`);
  }
  await rename(unfinished, target);
}

async function findOnPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env["PATH"] ?? "").split(path.delimiter)) {
    const candidate = path.join(folder, name);
    const isExecutable = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (folder !== "" && isExecutable) return candidate;
  }
  return undefined;
}

if (import.meta.main) console.log(JSON.stringify(await envtestBinaries(), undefined, 2));
