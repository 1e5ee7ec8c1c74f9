import { OperatorError } from "../../src/core/errors.ts";
import type { ArmCredential } from "../../src/core/resource/credential.ts";
import { Secret } from "../../src/core/secret.ts";
import type { Tokens } from "../../src/ports/tokens.ts";

/** Tokens without Entra: every credential gets one, except those named in `refused` (source to Entra's words). */
export class InMemoryTokens implements Tokens {
  /** Sources of the credentials that were asked for, in order. */
  readonly asked: string[] = [];
  readonly refused = new Map<string, string>();
  readonly #issue: (credential: ArmCredential) => string;

  constructor(
    issue: (credential: ArmCredential) => string = ({ principal }) => `token-${principal}`,
  ) {
    this.#issue = issue;
  }

  async armTokens(
    credential: ArmCredential,
  ): Promise<{ readonly token: Secret<string>; readonly auxiliary: readonly Secret<string>[] }> {
    this.asked.push(credential.source);
    const refusal = this.refused.get(credential.source);
    if (refusal !== undefined) {
      throw new OperatorError(
        "CredentialFailed",
        `No token for credential "${credential.source}": ${refusal}`,
      );
    }
    return {
      token: new Secret(this.#issue(credential)),
      auxiliary: credential.additionalTenants.map((tenant) => new Secret(`token-${tenant}`)),
    };
  }

  async ownToken(scope: string, clientId: string | undefined): Promise<Secret<string>> {
    this.asked.push(`own ${clientId ?? ""}`);
    return new Secret(`own-token for ${scope}`);
  }
}

/** A credential for tests, of a made-up subscription. */
export function aCredential(overrides: Partial<ArmCredential> = {}): ArmCredential {
  return {
    source: "contract/aso-credential",
    principal: "tenant/client",
    subscriptionId: "00000000-0000-0000-0000-000000000001",
    tenantId: "00000000-0000-0000-0000-000000000002",
    clientId: "00000000-0000-0000-0000-000000000003",
    additionalTenants: [],
    cloud: {
      endpoint: "https://management.azure.com",
      audience: "https://management.core.windows.net/",
      authorityHost: "https://login.microsoftonline.com",
    },
    proof: { kind: "clientSecret", secret: new Secret("s3cret") },
    ...overrides,
  };
}
