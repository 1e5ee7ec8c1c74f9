import path from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { groupNames } from "../../../src/catalog/index.ts";
import { runRbac } from "./run-command.ts";

const samples = path.resolve(import.meta.dirname, "../../../infra/samples/main-job.yaml");
const objectId = "6F9619FF-8B86-4D01-B42D-00CF4FC964FF";

type KubeObject = {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly {
    readonly apiGroups?: readonly string[];
    readonly resources?: readonly string[];
    readonly resourceNames?: readonly string[];
    readonly verbs: readonly string[];
  }[];
  readonly roleRef?: { readonly name: string };
  readonly subjects?: readonly unknown[];
};

async function printed(...args: readonly string[]): Promise<readonly KubeObject[]> {
  const { code, out, err } = await runRbac(...args);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return parseAllDocuments(out).map((document) => document.toJS() as KubeObject);
}

function azureGroups(objects: readonly KubeObject[]): readonly string[] {
  return objects[0]?.rules?.[0]?.apiGroups ?? [];
}

function named(objects: readonly KubeObject[], kind: string): readonly string[] {
  return objects
    .filter((one) => one.kind === kind)
    .map(({ metadata }) => [metadata.namespace, metadata.name].filter(Boolean).join("/"));
}

describe("rbac prints", () => {
  it("the roles for every group of the catalog, and no binding unless told whom to bind to", async () => {
    const objects = await printed();
    expect(azureGroups(objects)).toEqual([...groupNames()].sort());
    expect(objects.map((one) => one.kind)).toEqual(["ClusterRole", "ClusterRole"]);
  });

  it("no right to create or delete a resource, and none to more than its status", async () => {
    const [role] = await printed();
    const azure = role?.rules?.filter((rule) => rule.apiGroups?.includes("network.azure.com"));
    expect(azure?.map(({ resources, verbs }) => ({ resources, verbs }))).toEqual([
      { resources: ["*"], verbs: ["get", "list", "watch", "patch"] },
      { resources: ["*/status"], verbs: ["update"] },
    ]);
  });

  it("for the whole cluster no Secret but the credential of a namespace", async () => {
    const [role] = await printed();
    const secrets = role?.rules?.filter((rule) => rule.resources?.includes("secrets"));
    expect(secrets).toEqual([
      {
        apiGroups: [""],
        resources: ["secrets"],
        resourceNames: ["aso-credential"],
        verbs: ["get"],
      },
    ]);
  });

  it("one RoleBinding per namespace that opts in", async () => {
    const args = ["--identity", objectId, "--secrets-namespaces", "team-a, team-b,team-a"];
    const objects = await printed(...args);
    expect(named(objects, "RoleBinding")).toEqual([
      "team-a/aso-functions-namespace",
      "team-b/aso-functions-namespace",
    ]);
    expect(named(objects, "ClusterRoleBinding")).toEqual(["aso-functions"]);
  });

  it("a ClusterRoleBinding for Secrets only when all namespaces are meant in so many words", async () => {
    const objects = await printed("--user", "controller", "--secrets-namespaces", "*");
    expect(named(objects, "RoleBinding")).toEqual([]);
    expect(named(objects, "ClusterRoleBinding")).toEqual([
      "aso-functions",
      "aso-functions-namespace",
    ]);
  });

  it.each([
    {
      because: "Entra tokens carry the object id in lower case",
      args: ["--identity", objectId],
      subject: { kind: "User", name: objectId.toLowerCase() },
    },
    {
      because: "a certificate names a user",
      args: ["--user", "cn"],
      subject: { kind: "User", name: "cn" },
    },
    {
      because: "rings share a group",
      args: ["--group", "g"],
      subject: { kind: "Group", name: "g" },
    },
  ])("the subject, because $because", async ({ args, subject }) => {
    const objects = await printed(...args);
    expect(objects.at(-1)?.subjects).toEqual([
      { apiGroup: "rbac.authorization.k8s.io", ...subject },
    ]);
  });

  it("a service account as subject without an API group", async () => {
    const objects = await printed("--service-account", "ns/controller");
    expect(objects.at(-1)?.subjects).toEqual([
      { kind: "ServiceAccount", namespace: "ns", name: "controller" },
    ]);
  });

  it("the right to tokens of one service account, in its namespace", async () => {
    const objects = await printed("--workload-identity", "--user", "controller");
    const role = objects.find((one) => one.kind === "Role");
    expect(role?.metadata).toMatchObject({ namespace: "azureserviceoperator-system" });
    expect(role?.rules).toEqual([
      {
        apiGroups: [""],
        resources: ["serviceaccounts/token"],
        resourceNames: ["azureserviceoperator-default"],
        verbs: ["create"],
      },
    ]);
    expect(named(objects, "RoleBinding")).toEqual([
      "azureserviceoperator-system/aso-functions-token",
    ]);
  });

  it("the right to tokens of several, one role for each of their namespaces", async () => {
    const accounts = "team-a/azure, team-b/azure,team-a/other,team-a/azure";
    const objects = await printed("--user", "controller", "--workload-identity", accounts);
    const roles = objects.filter((one) => one.kind === "Role");
    expect(
      roles.map(({ metadata, rules }) => [metadata.namespace, rules?.[0]?.resourceNames]),
    ).toEqual([
      ["team-a", ["azure", "other"]],
      ["team-b", ["azure"]],
    ]);
    expect(named(objects, "RoleBinding")).toEqual([
      "team-a/aso-functions-token",
      "team-b/aso-functions-token",
    ]);
  });

  it("names of its own for a second controller", async () => {
    const objects = await printed("--name", "ring-2", "--user", "u", "--secrets-namespaces", "a");
    const names = objects.map(({ metadata }) => metadata.name);
    expect(names).toEqual(["ring-2", "ring-2-namespace", "ring-2", "ring-2-namespace"]);
  });

  it.each([
    {
      args: ["--groups", "network,Resources.azure.com"],
      groups: ["network.azure.com", "resources.azure.com"],
    },
    { args: ["--for", samples], groups: ["network.azure.com", "resources.azure.com"] },
  ])("only the groups of $args", async ({ args, groups }) => {
    expect(azureGroups(await printed(...args))).toEqual(expect.arrayContaining(groups));
    expect(azureGroups(await printed(...args)).length).toBeLessThan(groupNames().length);
  });

  it("a List with -o json", async () => {
    const { out } = await runRbac("-o", "json");
    expect(JSON.parse(out)).toMatchObject({ kind: "List", items: [{ kind: "ClusterRole" }, {}] });
  });
});

describe("rbac refuses", () => {
  it.each([
    { args: ["--groups", "netwrok"], cause: "no group netwrok.azure.com" },
    { args: ["--groups", ","], cause: "no object of an *.azure.com group" },
    { args: ["--for", "absent.yaml"], cause: "cannot read absent.yaml" },
    { args: ["--for", samples, "--groups", "network"], cause: "--for goes without --groups" },
    { args: ["--identity", "aso-app"], cause: "takes an object id" },
    { args: ["--user", "a", "--group", "b"], cause: "not more" },
    { args: ["--user", ""], cause: "is empty" },
    { args: ["--service-account", "controller"], cause: "takes namespace/name" },
    { args: ["--workload-identity", "a/b/c"], cause: "takes namespace/name" },
    { args: ["--workload-identity", "a/b,c"], cause: "takes namespace/name, not c" },
    { args: ["--workload-identity", ","], cause: "names no account" },
    { args: ["--secrets-namespaces", "a"], cause: "needs whom to bind to" },
    { args: ["--user", "u", "--secrets-namespaces", "Team"], cause: "Team is no namespace name" },
    { args: ["--name", "Two Words"], cause: "no Kubernetes name" },
    { args: ["-o", "xml"], cause: "not xml" },
  ])("$args with the cause", async ({ args, cause }) => {
    const { code, out, err } = await runRbac(...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(cause);
  });
});
