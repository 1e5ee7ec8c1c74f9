import type { JsonObject } from "../core/json.ts";
import { namespaceCredential } from "../core/resource/names.ts";

/** Who the controller is in the cluster. An Entra identity is the User or Group of its object id. */
export type RoleSubject =
  | { readonly kind: "User" | "Group"; readonly name: string }
  | { readonly kind: "ServiceAccount"; readonly namespace: string; readonly name: string };

/** What the role has to allow, and to whom. */
export type RoleRequest = {
  /** Name of the objects; two controllers of one cluster need two. */
  readonly name: string;
  /** Full names of the API groups: RBAC knows no wildcard in a group. */
  readonly groups: readonly string[];
  /** Namespaces whose Secrets and ConfigMaps the controller may use, or every one. */
  readonly secretsNamespaces: readonly string[] | "all";
  /** The service accounts whose tokens prove workload identities. */
  readonly tokenAccounts?: readonly TokenAccount[];
  /** Without one there are roles and no bindings. */
  readonly subject?: RoleSubject | undefined;
};

/** A service account, by its names alone. */
export type TokenAccount = { readonly namespace: string; readonly name: string };

type Rule = {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
};

const api = "rbac.authorization.k8s.io";

/**
 * The rights that `src/adapters/kubernetes` uses and no others, as objects to apply. `<name>` is for the whole cluster; `<name>-namespace`
 * holds the rights on Secrets and ConfigMaps and counts only where a RoleBinding puts it: that is a namespace's opt-in.
 */
export function buildRole(request: RoleRequest): readonly JsonObject[] {
  const { name, subject, tokenAccounts = [] } = request;
  const perNamespace = `${name}-namespace`;
  const objects = [
    object("ClusterRole", { name }, { rules: clusterRules(request.groups) }),
    object("ClusterRole", { name: perNamespace }, { rules: namespaceRules }),
  ];
  if (subject !== undefined) {
    const binding = bindingOf("ClusterRole", name, subject);
    objects.push(object("ClusterRoleBinding", { name }, binding));
    objects.push(...namespaceBindings(request, perNamespace, subject));
  }
  for (const [namespace, accounts] of Map.groupBy(tokenAccounts, (one) => one.namespace))
    objects.push(...tokenRole(name, namespace, accounts, subject));
  return objects;
}

function clusterRules(groups: readonly string[]): readonly Rule[] {
  const apiGroups = [...groups].sort();
  return [
    { apiGroups, resources: ["*"], verbs: ["get", "list", "watch", "patch"] },
    { apiGroups, resources: ["*/status"], verbs: ["update"] },
    // Discovery; hardened clusters take it from authenticated users.
    { nonResourceURLs: ["/apis", "/apis/*"], verbs: ["get"] },
    {
      apiGroups: ["apiextensions.k8s.io"],
      resources: ["customresourcedefinitions"],
      verbs: ["get"],
    },
    { apiGroups: [""], resources: ["namespaces"], verbs: ["get", "list"] },
    { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
    // Read for every resource before the global credential counts; to create it is a namespace's own decision.
    {
      apiGroups: [""],
      resources: ["secrets"],
      resourceNames: [namespaceCredential],
      verbs: ["get"],
    },
  ];
}

const namespaceRules: readonly Rule[] = [
  { apiGroups: [""], resources: ["secrets", "configmaps"], verbs: ["get", "create", "update"] },
];

function namespaceBindings(
  request: RoleRequest,
  role: string,
  subject: RoleSubject,
): readonly JsonObject[] {
  const binding = bindingOf("ClusterRole", role, subject);
  if (request.secretsNamespaces === "all") {
    return [object("ClusterRoleBinding", { name: role }, binding)];
  }
  return request.secretsNamespaces.map((namespace) =>
    object("RoleBinding", { name: role, namespace }, binding),
  );
}

function tokenRole(
  prefix: string,
  namespace: string,
  accounts: readonly TokenAccount[],
  subject: RoleSubject | undefined,
): readonly JsonObject[] {
  const name = `${prefix}-token`;
  const metadata = { name, namespace };
  const rule: Rule = {
    apiGroups: [""],
    resources: ["serviceaccounts/token"],
    resourceNames: [...new Set(accounts.map((account) => account.name))],
    verbs: ["create"],
  };
  const role = object("Role", metadata, { rules: [rule] });
  if (subject === undefined) return [role];
  return [role, object("RoleBinding", metadata, bindingOf("Role", name, subject))];
}

function bindingOf(kind: "ClusterRole" | "Role", name: string, subject: RoleSubject): JsonObject {
  const { kind: subjectKind } = subject;
  return {
    roleRef: { apiGroup: api, kind, name },
    subjects: [
      subject.kind === "ServiceAccount"
        ? { kind: subjectKind, namespace: subject.namespace, name: subject.name }
        : { apiGroup: api, kind: subjectKind, name: subject.name },
    ],
  };
}

function object(
  kind: string,
  metadata: { readonly name: string; readonly namespace?: string },
  content: { readonly rules: readonly Rule[] } | JsonObject,
): JsonObject {
  const labels = { "app.kubernetes.io/name": "aso-functions" };
  return {
    apiVersion: `${api}/v1`,
    kind,
    metadata: { ...metadata, labels },
    ...(content as JsonObject),
  };
}
