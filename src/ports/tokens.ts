import type { ArmCredential } from "../core/resource/credential.ts";
import type { Secret } from "../core/secret.ts";

/** Entra tokens. Cached until shortly before expiry, keyed by the credential's whole proof; the cache is bounded. */
export interface Tokens {
  /**
   * A token for the credential's ARM audience, and one per additional tenant.
   * Throws OperatorError `CredentialFailed` with Entra's own words, never with the proof.
   */
  armTokens(
    credential: ArmCredential,
    signal: AbortSignal,
  ): Promise<{ readonly token: Secret<string>; readonly auxiliary: readonly Secret<string>[] }>;
  /** A token for another audience with the app's own identity: AKS API servers. `clientId` names a user-assigned identity. */
  ownToken(
    scope: string,
    clientId: string | undefined,
    signal: AbortSignal,
  ): Promise<Secret<string>>;
}
