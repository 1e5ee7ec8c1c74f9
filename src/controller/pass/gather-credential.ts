import { subscriptionOf } from "../../core/arm/arm-id.ts";
import type { CredentialFact } from "../../core/decide/facts.ts";
import { isForbidden } from "../../core/errors.ts";
import type { ArmCredential } from "../../core/resource/credential.ts";
import {
  type ParsedCredential,
  parseCredentialSecret,
} from "../../core/resource/credential-secret.ts";
import { annotations, namespaceCredential } from "../../core/resource/names.ts";
import { isObjectName } from "../../core/resource/object-name.ts";
import type { Problem } from "../../core/resource/types.ts";
import { Secret } from "../../core/secret.ts";
import {
  isNamespaceDeleting,
  namespaceAnnotations,
  noteRead,
  type Pass,
  resourceOf,
} from "./pass.ts";

/**
 * Resource, namespace, global: the most specific credential wins and never falls through when it is broken (7.1).
 * A change of a Secret that failed makes the resource due at once. In a namespace that is being deleted the identity that the resource
 * was managed with outlives its Secret, where it needs none to prove itself.
 */
export async function gatherCredential(pass: Pass): Promise<CredentialFact> {
  const named = resourceOf(pass).metadata.annotations?.[annotations.credentialFrom] ?? "";
  if (named.includes("/")) return { kind: "problem", problem: namedElsewhere(named) };
  if (named !== "") {
    if (!isObjectName(named)) return { kind: "problem", problem: await absent(pass, named) };
    const found = (await fromSecret(pass, named)) ?? (await outlivedSecret(pass, named));
    return found ?? { kind: "problem", problem: await absent(pass, named) };
  }
  const scoped =
    (await fromSecret(pass, namespaceCredential)) ??
    (await outlivedSecret(pass, namespaceCredential));
  if (scoped !== undefined) return scoped;
  const { globalCredential } = pass.engine.settings;
  if (globalCredential !== undefined) return { kind: "credential", credential: globalCredential };
  noteRead(pass, "Secret", namespaceCredential, "");
  return { kind: "problem", problem: await noGlobal(pass) };
}

/** Notes an identity that can do without its Secret. One of another cloud cannot: the Secret names the cloud. */
export async function noteIdentity(pass: Pass, credential: ArmCredential): Promise<void> {
  const { principal, tenantId, clientId, additionalTenants, proof, cloud } = credential;
  if (proof.kind !== "workloadIdentity" || cloud !== pass.engine.settings.cloud) return;
  await pass.engine.identities.note(principal, { tenantId, clientId, additionalTenants });
}

/** The row proves which identity it was, and its ARM id which subscription; a note of anybody else's is of no use here. */
async function outlivedSecret(pass: Pass, name: string): Promise<CredentialFact | undefined> {
  const { principal, armId } = pass.memory;
  const subscription = subscriptionOf(armId ?? "");
  if (principal === undefined || subscription === undefined) return undefined;
  if (!(await isNamespaceDeleting(pass))) return undefined;
  const noted = await pass.engine.identities.find(principal);
  if (noted === undefined) return undefined;
  const parsed = await parse(pass, name, {
    AZURE_SUBSCRIPTION_ID: new Secret(subscription),
    AZURE_TENANT_ID: new Secret(noted.tenantId),
    AZURE_CLIENT_ID: new Secret(noted.clientId),
    AZURE_ADDITIONAL_TENANTS: new Secret(noted.additionalTenants.join(",")),
  });
  return parsed.kind === "credential" && parsed.credential.principal === principal
    ? parsed
    : undefined;
}

async function fromSecret(pass: Pass, name: string): Promise<CredentialFact | undefined> {
  const { namespace } = pass.key;
  const secret = await pass.cluster
    .secret(namespace, name, pass.signal)
    .catch(async (error: unknown) => {
      // The binding that let us read it was in the namespace, too.
      if (isForbidden(error) && (await isNamespaceDeleting(pass))) return undefined;
      throw error;
    });
  if (secret === undefined) {
    if (name !== namespaceCredential) noteRead(pass, "Secret", name, "");
    return undefined;
  }
  const parsed = await parse(pass, name, secret.data);
  if (parsed.kind === "problem") noteRead(pass, "Secret", name, secret.resourceVersion);
  else pass.credentialSecret = { name, version: secret.resourceVersion };
  return parsed;
}

async function parse(
  pass: Pass,
  name: string,
  data: Readonly<Record<string, Secret<string>>>,
): Promise<ParsedCredential> {
  const { key, engine } = pass;
  const { settings } = engine;
  return parseCredentialSecret({
    namespace: key.namespace,
    name,
    data,
    cluster: key.cluster,
    defaultCloud: settings.cloud,
    allowMultiEnv: settings.allowMultiEnv,
    allowedHosts: settings.armHosts ?? [],
    serviceAccount: settings.serviceAccount,
    namespaceAccount: (await namespaceAnnotations(pass))[annotations.serviceAccount],
  });
}

/** A credential that got no token: a change of its Secret makes the resource due at once. */
export function noteCredentialFailed(pass: Pass): void {
  const { credentialSecret } = pass;
  if (credentialSecret === undefined) return;
  noteRead(pass, "Secret", credentialSecret.name, credentialSecret.version);
}

function namedElsewhere(value: string): Problem {
  return failed(
    `The annotation ${annotations.credentialFrom} is "${value}": it cannot contain '/'. Name a Secret of the resource's own namespace.`,
  );
}

async function absent(pass: Pass, name: string): Promise<Problem> {
  const where = `${pass.key.namespace}/${name}`;
  const what = `The credential Secret ${where}, named by the annotation ${annotations.credentialFrom}, does not exist.`;
  if (!(await isNamespaceDeleting(pass)))
    return failed(`${what} Create it, or correct or remove the annotation.`);
  const withGlobal =
    pass.engine.settings.globalCredential === undefined
      ? ""
      : "remove the annotation to go on with the identity of the function app, or ";
  return failed(`${what} ${wayOutOfNamespace(pass, withGlobal)}`);
}

async function noGlobal(pass: Pass): Promise<Problem> {
  const what =
    "global credential not configured, you must use either namespaced or per-resource credentials";
  const global =
    "set AZURE_SUBSCRIPTION_ID, AZURE_TENANT_ID and AZURE_CLIENT_ID of the function app";
  return failed(
    (await isNamespaceDeleting(pass))
      ? `${what}. ${wayOutOfNamespace(pass, `${global}, or `)}`
      : `${what}: create the Secret ${namespaceCredential} in the namespace, or ${global}`,
  );
}

/** The last way out is always left; taking it is a user's decision, because it leaves the resource in Azure. `first`: another one, with "or". */
export function wayOutOfNamespace({ key, memory }: Pass, first: string): string {
  return `The Namespace ${key.namespace} is being deleted: no Secret can be created in it, and nothing was deleted in Azure. To end this, ${first}delete ${memory.armId ?? "the resource"} in Azure yourself and set ${annotations.reconcilePolicy}: detach-on-delete on this resource or on the Namespace.`;
}

function failed(message: string): Problem {
  return { reason: "Failed", severity: "Warning", retry: "slow", message };
}
