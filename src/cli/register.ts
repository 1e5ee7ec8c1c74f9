import { existsSync, readFileSync } from "node:fs";
import type { Cluster, KubeConfig } from "@kubernetes/client-node";
import { type Command, Option } from "commander";
import { readConfig } from "../config/config.ts";
import { OperatorError } from "../core/errors.ts";
import type { ClusterAuth } from "../ports/registry.ts";
import { loadKubeconfig } from "./kubeconfig.ts";
import { writeOut } from "./write-out.ts";

type RegisterOptions = {
  readonly kubeconfig: string;
  readonly context?: string;
  readonly clientId?: string;
  readonly setting?: string;
  readonly scanMode: string;
  readonly operatorNamespace?: string;
  readonly namespaces?: string;
};

/** An entry as ASO_FUNCTIONS_CLUSTERS takes it, or why there is none. */
type Registration =
  | { readonly kind: "entry"; readonly entry: Readonly<Record<string, unknown>> }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Registers `register`: prints the registry entry of a cluster, made from a kubeconfig. It changes nothing and contacts nobody.
 * Bad input ends the command with exit code 2 and one sentence that names the cause.
 */
export function registerRegister(program: Command): void {
  const command = program
    .command("register")
    .description("print the entry of a cluster for the app setting ASO_FUNCTIONS_CLUSTERS")
    .argument("<name>", "name of the cluster in the registry")
    .requiredOption("--kubeconfig <file>", "a kubeconfig of the cluster")
    .option("--context <name>", "another context than the current one")
    .option("--client-id <id>", "sign in with Entra, by this client id of the app's identity")
    .option("--setting <name>", "sign in with the kubeconfig in this app setting")
    .addOption(
      new Option("--scan-mode <mode>", "watch needs instances that are always ready")
        .choices(["poll", "watch"])
        .default("poll"),
    )
    .option("--operator-namespace <name>", "value of the operator-namespace annotation")
    .option("--namespaces <names>", "manage these namespaces only, with commas (default: all)")
    .addHelpText(
      "after",
      `
The entry holds no credential: for Entra the server and its certificate authority, else the name of the setting.`,
    );
  command.action((name: string, options: RegisterOptions) => {
    const made = register(name, options);
    if (made.kind === "refused") command.error(`error: ${made.reason}`, { exitCode: 2 });
    else writeOut(command, `${JSON.stringify(made.entry, undefined, 2)}\n`);
  });
}

function register(name: string, options: RegisterOptions): Registration {
  const { clientId, setting, scanMode, operatorNamespace, namespaces } = options;
  if ((clientId === undefined) === (setting === undefined)) {
    return refused("say how the app signs in: --client-id or --setting");
  }
  const config = loadKubeconfig(options.kubeconfig, options.context);
  if (typeof config === "string") return refused(`${options.kubeconfig}: ${config}`);
  const auth =
    setting === undefined
      ? entraAuth(config, clientId ?? "")
      : settingAuth(config, setting, options.context);
  if (typeof auth === "string") return refused(`${options.kubeconfig}: ${auth}`);
  const entry = {
    name,
    auth,
    scanMode,
    ...(operatorNamespace === undefined ? {} : { operatorNamespace }),
    ...(namespaces === undefined ? {} : { namespaces: namespaces.split(",") }),
  };
  const problem = problemOf(entry);
  return problem === undefined ? { kind: "entry", entry } : refused(problem);
}

function entraAuth(config: KubeConfig, clientId: string): ClusterAuth | string {
  const cluster = config.getCurrentCluster();
  if (!cluster?.server.startsWith("https://")) return "its server is not an https URL";
  const caData = authorityOf(cluster);
  if (caData === undefined) {
    return "it holds no certificate authority, or names a file that is not there; the app's token goes only to servers whose authority is known";
  }
  return { kind: "entra", server: cluster.server, caData, clientId };
}

function authorityOf({ caData, caFile }: Cluster): string | undefined {
  if (caData !== undefined) return caData;
  if (caFile === undefined || !existsSync(caFile)) return undefined;
  return readFileSync(caFile).toString("base64");
}

function settingAuth(
  config: KubeConfig,
  setting: string,
  context: string | undefined,
): ClusterAuth | string {
  const user = config.getCurrentUser();
  if (user?.exec !== undefined || user?.authProvider !== undefined) {
    return "its user needs a credential plugin (exec), which the deployed app cannot start; use a token, a client certificate or --client-id";
  }
  return { kind: "kubeconfigSetting", setting, ...(context === undefined ? {} : { context }) };
}

/** What the app itself would say of the entry. */
function problemOf(entry: unknown): string | undefined {
  try {
    readConfig({
      AzureWebJobsStorage: "UseDevelopmentStorage=true",
      ASO_FUNCTIONS_CLUSTERS: JSON.stringify([entry]),
    });
    return undefined;
  } catch (error) {
    if (error instanceof OperatorError) return error.message;
    throw error;
  }
}

function refused(reason: string): Registration {
  return { kind: "refused", reason };
}
