import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { stringify } from "yaml";
import { groupNames } from "../catalog/index.ts";
import { errorMessage } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { asoServiceAccount } from "../core/resource/names.ts";
import { manifestKinds } from "../crds/manifest-kinds.ts";
import {
  buildRole,
  type RoleRequest,
  type RoleSubject,
  type TokenAccount,
} from "../rbac/build-role.ts";
import { writeOut } from "./write-out.ts";

type RbacOptions = {
  readonly name: string;
  readonly groups?: string;
  readonly for?: readonly string[];
  readonly secretsNamespaces?: string;
  readonly workloadIdentity?: string | true;
  readonly identity?: string;
  readonly user?: string;
  readonly group?: string;
  readonly serviceAccount?: string;
  readonly output: string;
};

/** A value, or why the command line gives none. */
type Parsed<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "refused"; readonly reason: string };

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const accountName = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Registers `rbac`: prints the roles that the controller needs in a cluster, and the bindings to its identity.
 * Bad input ends the command with exit code 2 and one sentence that names the cause.
 */
export function registerRbac(program: Command): void {
  const command = program
    .command("rbac")
    .description("print the roles of the controller in a cluster, to be applied with kubectl")
    .option("--groups <list>", "API groups, separated by commas (default: every Azure group)")
    .option("--for <file...>", "the API groups that these manifests use ('-' is stdin)")
    .option(
      "--secrets-namespaces <list>",
      "namespaces whose Secrets and ConfigMaps may be read and written; '*' is every one",
    )
    .option(
      "--workload-identity [namespace/name,...]",
      `allow tokens of these service accounts (default: ${asoServiceAccount})`,
    )
    .option("--identity <object-id>", "bind to the Entra identity with this object id")
    .option("--user <name>", "bind to a user")
    .option("--group <name>", "bind to a group; an Entra group is named by its object id")
    .option("--service-account <namespace/name>", "bind to a service account")
    .option("--name <name>", "name of the roles and bindings", "aso-functions")
    .addOption(new Option("-o, --output <format>", "yaml or json").default("yaml"))
    .addHelpText(
      "after",
      `
The namespaces have to exist. A namespace opts in later with a RoleBinding to the ClusterRole <name>-namespace.
Give rights to every Azure group whose CRDs the cluster has: the scan of a cluster reads all of them.
Apply with: kubectl apply -f -`,
    );
  command.action((options: RbacOptions) => {
    const request = roleRequest(options);
    if (request.kind === "refused") {
      command.error(`error: ${request.reason}`, { exitCode: 2 });
    } else {
      writeOut(command, print(buildRole(request.value), options.output));
    }
  });
}

function roleRequest(options: RbacOptions): Parsed<RoleRequest> {
  if (options.output !== "yaml" && options.output !== "json") {
    return refused(`-o takes yaml or json, not ${options.output}`);
  }
  if (!label.test(options.name)) return refused(`--name ${options.name} is no Kubernetes name`);
  const groups = groupsOf(options);
  if (groups.kind === "refused") return groups;
  const subject = subjectOf(options);
  if (subject.kind === "refused") return subject;
  const secretsNamespaces = namespacesOf(options, subject.value);
  if (secretsNamespaces.kind === "refused") return secretsNamespaces;
  const tokenAccounts = tokenAccountsOf(options);
  if (tokenAccounts.kind === "refused") return tokenAccounts;
  return value({
    name: options.name,
    groups: groups.value,
    secretsNamespaces: secretsNamespaces.value,
    tokenAccounts: tokenAccounts.value,
    subject: subject.value,
  });
}

function groupsOf({ groups, for: files }: RbacOptions): Parsed<readonly string[]> {
  if (groups !== undefined && files !== undefined) return refused("--for goes without --groups");
  if (files !== undefined) return groupsOfFiles(files);
  if (groups === undefined) return value(groupNames());
  const named = listOf(groups).map((name) => name.toLowerCase());
  const full = named.map((name) => (name.endsWith(".azure.com") ? name : `${name}.azure.com`));
  return known(full);
}

function groupsOfFiles(files: readonly string[]): Parsed<readonly string[]> {
  const groups: string[] = [];
  for (const file of files) {
    let text: string;
    try {
      text = readFileSync(file === "-" ? 0 : file, "utf8");
    } catch (error) {
      return refused(`cannot read ${file}: ${errorMessage(error)}`);
    }
    const read = manifestKinds(text, file);
    if (read.kind === "malformed") return refused(read.reason);
    groups.push(...read.used.map((used) => used.group));
  }
  return known(groups);
}

function known(groups: readonly string[]): Parsed<readonly string[]> {
  const all = groupNames();
  const stranger = groups.find((group) => !all.includes(group));
  if (stranger !== undefined) return refused(`no group ${stranger}; there are ${all.join(", ")}`);
  if (groups.length === 0) return refused("no object of an *.azure.com group is named");
  return value([...new Set(groups)]);
}

function subjectOf(options: RbacOptions): Parsed<RoleSubject | undefined> {
  const { identity, user, group, serviceAccount } = options;
  const given = [identity, user, group, serviceAccount].filter((one) => one !== undefined);
  if (given.length > 1) {
    return refused("one of --identity, --user, --group and --service-account, not more");
  }
  if (given.includes("")) return refused("the name to bind to is empty");
  if (identity !== undefined) {
    return guid.test(identity)
      ? value({ kind: "User", name: identity.toLowerCase() })
      : refused(
          `--identity takes an object id (a GUID), not ${identity}: the principalId of a managed identity, not its clientId`,
        );
  }
  if (user !== undefined) return value({ kind: "User", name: user });
  if (group !== undefined) return value({ kind: "Group", name: group });
  if (serviceAccount === undefined) return value(undefined);
  const account = accountOf("--service-account", serviceAccount);
  return account.kind === "refused" ? account : value({ kind: "ServiceAccount", ...account.value });
}

function namespacesOf(
  { secretsNamespaces: text }: RbacOptions,
  subject: RoleSubject | undefined,
): Parsed<readonly string[] | "all"> {
  if (text === undefined) return value([]);
  if (subject === undefined) {
    return refused("--secrets-namespaces needs whom to bind to, for example --identity");
  }
  const names = listOf(text);
  if (names.includes("*")) return value("all");
  const bad = names.find((name) => !label.test(name));
  return bad === undefined ? value([...new Set(names)]) : refused(`${bad} is no namespace name`);
}

function tokenAccountsOf({ workloadIdentity }: RbacOptions): Parsed<readonly TokenAccount[]> {
  if (workloadIdentity === undefined) return value([]);
  const names = workloadIdentity === true ? [asoServiceAccount] : listOf(workloadIdentity);
  const accounts: TokenAccount[] = [];
  for (const name of names) {
    const account = accountOf("--workload-identity", name);
    if (account.kind === "refused") return account;
    accounts.push(account.value);
  }
  return accounts.length > 0 ? value(accounts) : refused("--workload-identity names no account");
}

function accountOf(option: string, text: string): Parsed<TokenAccount> {
  const [namespace = "", name = "", ...more] = text.split("/");
  const fits = label.test(namespace) && accountName.test(name) && more.length === 0;
  return fits ? value({ namespace, name }) : refused(`${option} takes namespace/name, not ${text}`);
}

function print(objects: readonly JsonObject[], format: string): string {
  if (format === "json") {
    return `${JSON.stringify({ apiVersion: "v1", kind: "List", items: objects })}\n`;
  }
  const documents = objects.map((one) =>
    stringify(one, { aliasDuplicateObjects: false, lineWidth: 0, compat: "yaml-1.1" }),
  );
  return documents.map((text) => `---\n${text}`).join("");
}

function listOf(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function value<T>(content: T): Parsed<T> & { readonly kind: "value" } {
  return { kind: "value", value: content };
}

function refused(reason: string): Parsed<never> & { readonly kind: "refused" } {
  return { kind: "refused", reason };
}
