import type { CredentialFact } from "../../core/decide/facts.ts";
import { parseCredentialSecret } from "../../core/resource/credential-secret.ts";
import { annotations } from "../../core/resource/names.ts";
import { isObjectName } from "../../core/resource/object-name.ts";
import type { Problem } from "../../core/resource/types.ts";
import { namespaceAnnotations, noteRead, type Pass, resourceOf } from "./pass.ts";

/** The Secret that is a namespace's credential, by ASO's convention (aso-semantics.md 7.1). */
const namespaceCredential = "aso-credential";

/**
 * Resource, namespace, global: the most specific credential wins and never falls through when it is broken (7.1).
 * A change of a Secret that failed makes the resource due at once.
 */
export async function gatherCredential(pass: Pass): Promise<CredentialFact> {
  const named = resourceOf(pass).metadata.annotations?.[annotations.credentialFrom] ?? "";
  if (named.includes("/")) return { kind: "problem", problem: namedElsewhere(named) };
  if (named !== "") {
    if (!isObjectName(named)) return { kind: "problem", problem: absent(pass, named) };
    const found = await fromSecret(pass, named);
    return found ?? { kind: "problem", problem: absent(pass, named) };
  }
  const scoped = await fromSecret(pass, namespaceCredential);
  if (scoped !== undefined) return scoped;
  const { globalCredential } = pass.engine.settings;
  if (globalCredential !== undefined) return { kind: "credential", credential: globalCredential };
  noteRead(pass, "Secret", namespaceCredential, "");
  return { kind: "problem", problem: noGlobal };
}

async function fromSecret(pass: Pass, name: string): Promise<CredentialFact | undefined> {
  const { settings } = pass.engine;
  const { namespace } = pass.key;
  const secret = await pass.cluster.secret(namespace, name, pass.signal);
  if (secret === undefined) {
    if (name !== namespaceCredential) noteRead(pass, "Secret", name, "");
    return undefined;
  }
  const parsed = parseCredentialSecret({
    namespace,
    name,
    data: secret.data,
    cluster: pass.key.cluster,
    defaultCloud: settings.cloud,
    allowMultiEnv: settings.allowMultiEnv,
    allowedHosts: settings.armHosts ?? [],
    serviceAccount: settings.serviceAccount,
    namespaceAccount: (await namespaceAnnotations(pass))[annotations.serviceAccount],
  });
  if (parsed.kind === "problem") noteRead(pass, "Secret", name, secret.resourceVersion);
  else pass.credentialSecret = { name, version: secret.resourceVersion };
  return parsed;
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

function absent(pass: Pass, name: string): Problem {
  const where = `${pass.key.namespace}/${name}`;
  return failed(
    `The credential Secret ${where}, named by the annotation ${annotations.credentialFrom}, does not exist. Create it, or correct or remove the annotation.`,
  );
}

const noGlobal = failed(
  `global credential not configured, you must use either namespaced or per-resource credentials: create the Secret ${namespaceCredential} in the namespace, or set AZURE_SUBSCRIPTION_ID, AZURE_TENANT_ID and AZURE_CLIENT_ID of the function app`,
);

function failed(message: string): Problem {
  return { reason: "Failed", severity: "Warning", retry: "slow", message };
}
