import { sha256Hex } from "../hash.ts";
import { Secret } from "../secret.ts";
import type { ArmCredential, Cloud, CredentialProof } from "./credential.ts";
import { annotations } from "./names.ts";
import { isObjectName } from "./object-name.ts";
import { proofDigest } from "./proof-digest.ts";
import { isTrustedAuthority, isTrustedEndpoint } from "./token-hosts.ts";
import type { Problem } from "./types.ts";

/** A credential Secret and the settings that its reading depends on. */
export type CredentialSecretInput = {
  readonly namespace: string;
  readonly name: string;
  readonly data: Readonly<Record<string, Secret<string>>>;
  /** The registered cluster that the Secret is in. */
  readonly cluster: string;
  readonly defaultCloud: Cloud;
  /** ASO's ALLOW_MULTI_ENV_MANAGEMENT: Secrets may name another cloud. */
  readonly allowMultiEnv: boolean;
  /** Hosts (`host` or `host:port`) besides those of Microsoft's clouds and the default one that a Secret may name; default none. */
  readonly allowedHosts?: readonly string[];
  /** Whose token proves a workload identity. */
  readonly serviceAccount: { readonly namespace: string; readonly name: string };
  /** The Namespace's own choice: an account in it, named by its annotation `aso-functions/service-account`. */
  readonly namespaceAccount?: string | undefined;
};

/** The credential that a Secret describes, or what is wrong with it; no message holds a value. */
export type ParsedCredential =
  | { readonly kind: "credential"; readonly credential: ArmCredential }
  | { readonly kind: "problem"; readonly problem: Problem };

const requiredKeys = ["AZURE_SUBSCRIPTION_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_ID"] as const;
const cloudKeys = [
  "AZURE_RESOURCE_MANAGER_ENDPOINT",
  "AZURE_RESOURCE_MANAGER_AUDIENCE",
  "AZURE_AUTHORITY_HOST",
] as const;
/** Ids become path segments of URLs: tenants may be domain names, nothing else has dots. */
const idPattern = /^[A-Za-z0-9][A-Za-z0-9.-]*$/;
/** 128 bit: nobody can search for a proof that shares the principal of another one. */
const principalDigits = 32;

/**
 * Reads a namespace's or resource's credential Secret by ASO's keys (aso-semantics.md 7.2, aso-features.md 9.2). Without a secret
 * or certificate the proof is a token of the cluster's service account, never the identity of the function app: who may
 * write a Secret must not gain rights by it. Empty values count as absent.
 */
export function parseCredentialSecret(input: CredentialSecretInput): ParsedCredential {
  const value = (key: string): string => input.data[key]?.reveal().trim() ?? "";
  const missing = requiredKeys.filter((key) => value(key) === "");
  if (missing.length > 0)
    return failed(
      input,
      `does not contain key ${missing.map((key) => `"${key}"`).join(", ")}. Add ${missing.length > 1 ? "them" : "it"}.`,
    );
  const malformed = requiredKeys.find((key) => !idPattern.test(value(key)));
  if (malformed !== undefined)
    return failed(input, `has a malformed value under "${malformed}". Set it to an id.`);
  const additionalTenants = splitList(value("AZURE_ADDITIONAL_TENANTS"));
  if (additionalTenants.some((tenant) => !idPattern.test(tenant)))
    return failed(
      input,
      'has a malformed value under "AZURE_ADDITIONAL_TENANTS". Set it to tenant ids, separated by commas.',
    );
  const cloud = cloudOf(input, value);
  if (typeof cloud === "string") return failed(input, cloud);
  const proof = proofOf(input, value);
  if (typeof proof === "string") return failed(input, proof);
  const tenantId = value("AZURE_TENANT_ID");
  const clientId = value("AZURE_CLIENT_ID");
  return {
    kind: "credential",
    credential: {
      source: `${input.namespace}/${input.name}`,
      principal: principalOf(tenantId, clientId, proof),
      subscriptionId: value("AZURE_SUBSCRIPTION_ID"),
      tenantId,
      clientId,
      additionalTenants,
      cloud,
      proof,
    },
  };
}

function splitList(text: string): readonly string[] {
  return text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

/** The cloud that the Secret names, the default one, or what is wrong. */
function cloudOf(input: CredentialSecretInput, value: (key: string) => string): Cloud | string {
  const given = cloudKeys.filter((key) => value(key) !== "");
  if (given.length === 0) return input.defaultCloud;
  if (!input.allowMultiEnv)
    return `names a cloud (${given.join(", ")}), but the controller does not allow that. Remove the keys, or set ALLOW_MULTI_ENV_MANAGEMENT=true on the function app.`;
  if (given.length < cloudKeys.length)
    return `names only a part of a cloud (${given.join(", ")}). Set all of ${cloudKeys.join(", ")}, or none.`;
  const [endpoint, , authorityHost] = cloudKeys.map(value);
  const bad = [endpoint, authorityHost].find((url) => !isPlainHttps(url ?? ""));
  if (bad !== undefined) return `names a cloud by "${bad}", which is not an https URL of a host.`;
  const untrusted = untrustedHost(input, endpoint ?? "", authorityHost ?? "");
  if (untrusted !== undefined)
    return `names a cloud by "${untrusted}", a host that this controller sends no token to. Use a host of a Microsoft cloud, or list this one in ASO_FUNCTIONS_ARM_HOSTS of the function app.`;
  return {
    endpoint: withoutSlash(endpoint ?? ""),
    audience: value("AZURE_RESOURCE_MANAGER_AUDIENCE"),
    authorityHost: withoutSlash(authorityHost ?? ""),
  };
}

function untrustedHost(
  { defaultCloud, allowedHosts = [] }: CredentialSecretInput,
  endpoint: string,
  authorityHost: string,
): string | undefined {
  if (!isTrustedEndpoint(endpoint, { configured: defaultCloud.endpoint, allowedHosts }))
    return endpoint;
  const configured = defaultCloud.authorityHost;
  return isTrustedAuthority(authorityHost, { configured, allowedHosts })
    ? undefined
    : authorityHost;
}

function isPlainHttps(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.protocol !== "https:") return false;
  return url.username + url.password + url.search + url.hash === "" && url.pathname === "/";
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}

/** The first key that is there decides. A text says why there is no usable proof. */
function proofOf(
  input: CredentialSecretInput,
  value: (key: string) => string,
): CredentialProof | string {
  const secret = value("AZURE_CLIENT_SECRET");
  if (secret !== "") return { kind: "clientSecret", secret: new Secret(secret) };
  if (value("AZURE_CLIENT_CERTIFICATE") !== "") return certificateOf(input);
  if (value("AZURE_USER_ASSIGNED_IDENTITY_CREDENTIALS") !== "")
    return "uses AZURE_USER_ASSIGNED_IDENTITY_CREDENTIALS, a file that only exists inside an Azure service. Use a client secret, a certificate or workload identity.";
  const { namespace, name } = accountOf(input);
  const mode = value("AUTH_MODE").toLowerCase();
  if (mode === "podidentity")
    return `has AUTH_MODE=podidentity, which works only on a node of the cluster. Remove AUTH_MODE and federate the identity with the service account ${namespace}/${name}, or add AZURE_CLIENT_SECRET.`;
  if (mode !== "" && mode !== "workloadidentity")
    return `has the unknown AUTH_MODE "${mode}". Use workloadidentity or remove it.`;
  if (input.namespaceAccount && !isObjectName(name))
    return `is proven by the service account that the annotation ${annotations.serviceAccount} of the Namespace names, but "${name.slice(0, 100)}" is no name of one. Name a service account of this namespace, or remove the annotation.`;
  return { kind: "workloadIdentity", cluster: input.cluster, namespace, serviceAccount: name };
}

/** A Namespace names accounts of its own only. */
function accountOf(input: CredentialSecretInput): CredentialSecretInput["serviceAccount"] {
  const { namespace, namespaceAccount = "", serviceAccount } = input;
  return namespaceAccount === "" ? serviceAccount : { namespace, name: namespaceAccount };
}

/** Not trimmed: a certificate may be binary, a password may have blanks. */
function certificateOf(input: CredentialSecretInput): CredentialProof | string {
  const certificate = input.data["AZURE_CLIENT_CERTIFICATE"];
  if (certificate === undefined) return "has no certificate.";
  const password = input.data["AZURE_CLIENT_CERTIFICATE_PASSWORD"];
  return {
    kind: "certificate",
    certificate,
    ...(password === undefined || password.reveal() === "" ? {} : { password }),
  };
}

/** Budgets and rows are keyed by it: short, and nothing of it can be read back. */
function principalOf(tenantId: string, clientId: string, proof: CredentialProof): string {
  const whole = JSON.stringify([tenantId, clientId, proof.kind, proofDigest(proof)]);
  return sha256Hex(whole).slice(0, principalDigits);
}

function failed(input: CredentialSecretInput, what: string): ParsedCredential {
  return {
    kind: "problem",
    problem: {
      reason: "Failed",
      severity: "Warning",
      retry: "slow",
      message: `credential Secret "${input.namespace}/${input.name}" ${what}`,
    },
  };
}
