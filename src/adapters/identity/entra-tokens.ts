import type { TokenCredential } from "@azure/core-auth";
import { errorMessage, OperatorError } from "../../core/errors.ts";
import type { ArmCredential } from "../../core/resource/credential.ts";
import { proofDigest } from "../../core/resource/proof-digest.ts";
import { Secret } from "../../core/secret.ts";
import type { Tokens } from "../../ports/tokens.ts";
import { credentialFailure, entraText } from "./credential-failure.ts";
import { type EntraOptions, entraCredential, managedIdentity } from "./entra-credential.ts";
import { type TimedToken, TokenCache } from "./token-cache.ts";

/** Thousands of namespaces may each have their own identity; those not in use are cheap to build again. */
const capacity = 1000;

/** What the tokens adapter is constructed with. */
export type EntraTokensOptions = EntraOptions & {
  /** Replaces the choice of the Azure Identity class, for tests. */
  readonly credentialFor?: (credential: ArmCredential) => TokenCredential;
};

/** Entra tokens through Azure Identity, cached by the whole proof, client, tenant, cloud and the tenant that the token is for. */
export class EntraTokens implements Tokens {
  readonly #options: EntraTokensOptions;
  readonly #cache: TokenCache;
  readonly #credentials = new Map<string, TokenCredential>();

  constructor(options: EntraTokensOptions) {
    this.#options = options;
    this.#cache = new TokenCache(options.clock, capacity);
  }

  async armTokens(
    credential: ArmCredential,
    signal: AbortSignal,
  ): Promise<{ readonly token: Secret<string>; readonly auxiliary: readonly Secret<string>[] }> {
    // A managed identity lives in one tenant.
    const others = credential.proof.kind === "managedIdentity" ? [] : credential.additionalTenants;
    const [token, ...auxiliary] = await unlessAborted(
      signal,
      credential.source,
      Promise.all([
        this.#armToken(credential, undefined),
        ...others.map((tenantId) => this.#armToken(credential, tenantId)),
      ]),
    );
    return { token, auxiliary };
  }

  async ownToken(
    scope: string,
    clientId: string | undefined,
    signal: AbortSignal,
  ): Promise<Secret<string>> {
    const load = async (): Promise<TimedToken> => {
      const credential = this.#remembered(`own ${clientId ?? ""}`, () =>
        managedIdentity(clientId, this.#options),
      );
      try {
        return await read(credential, scope, undefined);
      } catch (error) {
        throw new OperatorError(
          "CredentialFailed",
          `No token for the controller's own identity: ${entraText(errorMessage(error))}`,
          { scope, clientId },
        );
      }
    };
    const key = `own ${clientId ?? ""} ${scope}`;
    return await unlessAborted(signal, "own identity", this.#cache.get(key, load));
  }

  #armToken(credential: ArmCredential, tenantId: string | undefined): Promise<Secret<string>> {
    const { cloud } = credential;
    const identity = identityOf(credential);
    const key = JSON.stringify([identity, cloud.audience, cloud.endpoint, tenantId ?? ""]);
    return this.#cache.get(key, async () => {
      try {
        const entra = this.#remembered(identity, () => this.#credentialFor(credential));
        // The audience keeps its trailing slash: Entra compares it letter by letter.
        return await read(entra, `${cloud.audience}/.default`, tenantId);
      } catch (error) {
        throw credentialFailure(credential, error);
      }
    });
  }

  #credentialFor(credential: ArmCredential): TokenCredential {
    const { credentialFor } = this.#options;
    return credentialFor === undefined
      ? entraCredential(credential, this.#options)
      : credentialFor(credential);
  }

  /** One credential object per identity: it remembers the authority's metadata. */
  #remembered(identity: string, create: () => TokenCredential): TokenCredential {
    const credential = this.#credentials.get(identity) ?? create();
    this.#credentials.delete(identity);
    this.#credentials.set(identity, credential);
    const [oldest] = this.#credentials.keys();
    if (this.#credentials.size > capacity && oldest !== undefined) {
      this.#credentials.delete(oldest);
    }
    return credential;
  }
}

/** Never the short `principal`: whoever finds a proof with an equal one would get the token of another identity. */
function identityOf(credential: ArmCredential): string {
  const { tenantId, clientId, additionalTenants, cloud, proof } = credential;
  const { authorityHost } = cloud;
  return JSON.stringify([tenantId, clientId, proofDigest(proof), authorityHost, additionalTenants]);
}

async function read(
  credential: TokenCredential,
  scope: string,
  tenantId: string | undefined,
): Promise<TimedToken> {
  const token = await credential.getToken(scope, tenantId === undefined ? {} : { tenantId });
  if (token === null) {
    throw new Error("the identity provider gave no token");
  }
  return { token: new Secret(token.token), expiresAt: token.expiresOnTimestamp };
}

/** The shared load goes on for the others; only this caller stops waiting. */
async function unlessAborted<T>(signal: AbortSignal, source: string, work: Promise<T>): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () =>
    reject(
      new OperatorError(
        "CredentialFailed",
        `No token for credential "${source}": the time for this call was over.`,
        { source },
      ),
    );
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) {
    onAbort();
  }
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
