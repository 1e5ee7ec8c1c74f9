import path from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { errorMessage, OperatorError } from "../../core/errors.ts";
import type { ClusterEntry } from "../../ports/registry.ts";

/** Options of `start` as the command line gave them. */
export type StartOptions = {
  readonly once: boolean;
  readonly samples: string | false;
  readonly kubeconfig: readonly KubeconfigOption[];
  readonly azure: boolean;
  readonly port: number;
  readonly state?: string;
};

/** One cluster to manage instead of the embedded one, as given on the command line. */
export type KubeconfigOption = { readonly path: string; readonly context?: string };

/** Collects `--kubeconfig FILE`; a following `--context NAME` belongs to the last file. */
export function addKubeconfig(
  file: string,
  before: readonly KubeconfigOption[],
): readonly KubeconfigOption[] {
  return [...before, { path: path.resolve(file) }];
}

/** Gives the contexts to their files. Throws OperatorError `ConfigInvalid` for a context without a file. */
export function withContexts(arguments_: readonly string[]): readonly KubeconfigOption[] {
  const found: KubeconfigOption[] = [];
  for (let index = 0; index < arguments_.length; index++) {
    const [flag, inline] = splitFlag(arguments_[index] ?? "");
    if (flag !== "--kubeconfig" && flag !== "--context") continue;
    const value = inline ?? arguments_[++index] ?? "";
    if (flag === "--kubeconfig") found.push({ path: path.resolve(value) });
    const last = found.at(-1);
    if (flag !== "--context") continue;
    if (last === undefined)
      throw new OperatorError(
        "ConfigInvalid",
        "--context goes after the --kubeconfig it belongs to.",
      );
    found[found.length - 1] = { ...last, context: value };
  }
  return found;
}

function splitFlag(argument: string): [string, string | undefined] {
  const cut = argument.indexOf("=");
  return cut < 0 ? [argument, undefined] : [argument.slice(0, cut), argument.slice(cut + 1)];
}

/** Registry entries for the clusters of the command line, named after their contexts. */
export function clusterEntries(options: readonly KubeconfigOption[]): ClusterEntry[] {
  const names = new Set<string>();
  return options.map((option) => {
    const context = option.context ?? currentContext(option.path);
    const base =
      context
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "-")
        .replace(/^-+|-+$/g, "")
        .slice(0, 60) || "cluster";
    let name = base;
    for (let number = 2; names.has(name); number++) name = `${base}-${number}`;
    names.add(name);
    return {
      name,
      auth: { kind: "kubeconfig", path: option.path, context },
      paused: false,
      scanMode: "watch",
      operatorNamespace: "aso-functions",
    };
  });
}

function currentContext(file: string): string {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (error) {
    throw new OperatorError("ConfigInvalid", `${file} is not a kubeconfig: ${errorMessage(error)}`);
  }
  return config.getCurrentContext() || "cluster";
}
