import { errorMessage, OperatorError } from "../../core/errors.ts";
import type { ArmCredential } from "../../core/resource/credential.ts";

/** What Entra adds for its own support; it changes with every attempt and would make every condition new. */
const perAttempt = /\s*(- )?(Trace ID|Correlation ID|Timestamp): [^\s.]+(\s[\d:.]+Z)?\.?/g;
/** MSAL's own prefix: error number, time and correlation id. */
const msalPrefix = /^[\w]+: (Error\(s\): )?[\d,]* ?-? ?(\[[^\]]*\]: ?)?/;

/**
 * The error for a token that could not be obtained: which credential, and Entra's own words and code. Never the proof:
 * its text is cut out wherever it might appear.
 */
export function credentialFailure(credential: ArmCredential, error: unknown): OperatorError {
  if (error instanceof OperatorError) {
    return error;
  }
  const told = entraText(withoutProof(credential, errorMessage(error)));
  const code = /AADSTS\d+/.exec(told)?.[0];
  const who =
    credential.proof.kind === "managedIdentity"
      ? "managed identity"
      : `client ${credential.clientId} of tenant ${credential.tenantId}`;
  return new OperatorError(
    "CredentialFailed",
    `No token for credential "${credential.source}" (${who}): ${told}`,
    { source: credential.source, code },
  );
}

/** Entra's sentence without what differs from attempt to attempt. */
export function entraText(text: string): string {
  const start = text.search(/AADSTS\d+:/);
  const told = start < 0 ? text.replace(msalPrefix, "") : text.slice(start);
  return told
    .replace(perAttempt, "")
    .replace(/\s+/g, " ")
    .replace(/( -)+ ?$/, "")
    .trim()
    .slice(0, 1000);
}

function withoutProof(credential: ArmCredential, text: string): string {
  const { proof } = credential;
  const secrets =
    proof.kind === "clientSecret"
      ? [proof.secret]
      : proof.kind === "certificate"
        ? [proof.certificate, ...(proof.password === undefined ? [] : [proof.password])]
        : [];
  return secrets
    .map((secret) => secret.reveal())
    .filter((secret) => secret !== "")
    .reduce((shown, secret) => shown.replaceAll(secret, "[redacted]"), text);
}
