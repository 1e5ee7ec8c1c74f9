import type { Config } from "../config/config.ts";
import { sha256Hex } from "../core/hash.ts";
import type { ArmCredential, CredentialProof } from "../core/resource/credential.ts";

/** The app's own credential, chosen as ASO's operator does (aso-semantics.md 7.3); undefined when no subscription is set. */
export function globalCredential(config: Config): ArmCredential | undefined {
  const found = config.globalCredential;
  if (found === undefined) return undefined;
  const { subscriptionId, tenantId, clientId, additionalTenants } = found;
  const proof = proofOf(found);
  const principal = sha256Hex(`global ${tenantId} ${clientId} ${proof.kind}`).slice(0, 16);
  return {
    source: "global",
    principal,
    subscriptionId,
    tenantId,
    clientId,
    additionalTenants,
    cloud: config.cloud,
    proof,
  };
}

function proofOf(found: NonNullable<Config["globalCredential"]>): CredentialProof {
  if (found.tokenFile !== undefined) return { kind: "tokenFile", path: found.tokenFile };
  if (found.certificate !== undefined) {
    const { certificate, certificatePassword: password } = found;
    return { kind: "certificate", certificate, ...(password === undefined ? {} : { password }) };
  }
  if (found.clientSecret !== undefined) return { kind: "clientSecret", secret: found.clientSecret };
  return { kind: "managedIdentity" };
}
