import type { TokenCredential } from "@azure/core-auth";
import type { HttpClient } from "@azure/core-rest-pipeline";
import {
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  ManagedIdentityCredential,
  WorkloadIdentityCredential,
} from "@azure/identity";
import { OperatorError } from "../../core/errors.ts";
import type { ArmCredential, CredentialProof } from "../../core/resource/credential.ts";
import type { Secret } from "../../core/secret.ts";
import type { Clock } from "../../ports/clock.ts";

/** The audience that Entra demands of a federated token. */
const exchangeAudience = "api://AzureADTokenExchange";
/** Entra's client asks for the assertion without a signal of its own, */
const assertionTimeoutMs = 30_000;
/** and twice for every token: the second time the first answer is good enough. */
const assertionReuseMs = 60_000;

/** Authorities that Entra's instance discovery knows; any other one is trusted because it is configured. */
const microsoftAuthorities: ReadonlySet<string> = new Set([
  "login.microsoftonline.com",
  "login.microsoftonline.us",
  "login.partner.microsoftonline.cn",
  "login.chinacloudapi.cn",
  "login.microsoft.com",
  "login.windows.net",
]);

type WorkloadIdentity = Extract<CredentialProof, { kind: "workloadIdentity" }>;

/** A service account token of the proof's cluster: `Cluster.requestToken`. */
type RequestToken = (
  proof: WorkloadIdentity,
  audience: string,
  signal: AbortSignal,
) => Promise<Secret<string>>;

/** What is needed to make credentials of Azure Identity. */
export type EntraOptions = {
  readonly clock: Clock;
  readonly requestToken: RequestToken;
  /** Replaces Azure Identity's transport, for tests. */
  readonly httpClient?: HttpClient;
};

/**
 * The Azure Identity credential for a proof. Repeats nothing by itself: the caller's back-off does.
 * A certificate that cannot be read fails its first token with OperatorError `CredentialFailed`.
 */
export function entraCredential(credential: ArmCredential, options: EntraOptions): TokenCredential {
  const { tenantId, clientId, proof } = credential;
  const shared = clientOptions(credential, options);
  switch (proof.kind) {
    case "clientSecret":
      return new ClientSecretCredential(tenantId, clientId, proof.secret.reveal(), shared);
    case "certificate":
      return certificateCredential(credential, proof, shared);
    case "workloadIdentity":
      return new ClientAssertionCredential(tenantId, clientId, assertionOf(proof, options), shared);
    case "tokenFile":
      return new WorkloadIdentityCredential({
        ...shared,
        tenantId,
        clientId,
        tokenFilePath: proof.path,
      });
    case "managedIdentity":
      return managedIdentity(clientId, options);
    default:
      return proof satisfies never;
  }
}

function assertionOf(proof: WorkloadIdentity, options: EntraOptions): () => Promise<string> {
  let last: { readonly jwt: Secret<string>; readonly until: number } | undefined;
  return async () => {
    const now = options.clock.now();
    if (last === undefined || last.until <= now) {
      const signal = AbortSignal.timeout(assertionTimeoutMs);
      const jwt = await options.requestToken(proof, exchangeAudience, signal);
      last = { jwt, until: now + assertionReuseMs };
    }
    return last.jwt.reveal();
  };
}

/** The function app's own identity; an empty client id names the system-assigned one. */
export function managedIdentity(
  clientId: string | undefined,
  options: Pick<EntraOptions, "httpClient">,
): TokenCredential {
  return new ManagedIdentityCredential({
    ...(clientId === undefined || clientId === "" ? {} : { clientId }),
    ...(options.httpClient === undefined ? {} : { httpClient: options.httpClient }),
    retryOptions: { maxRetries: 0 },
  });
}

function clientOptions(credential: ArmCredential, options: EntraOptions) {
  const { authorityHost } = credential.cloud;
  const host = URL.parse(authorityHost)?.hostname ?? "";
  return {
    authorityHost,
    disableInstanceDiscovery: !microsoftAuthorities.has(host),
    additionallyAllowedTenants: [...credential.additionalTenants],
    retryOptions: { maxRetries: 0 },
    ...(options.httpClient === undefined ? {} : { httpClient: options.httpClient }),
  };
}

/** PEM as it is, or PKCS12 (in Base64), which is read when the first token is asked for. */
function certificateCredential(
  credential: ArmCredential,
  proof: Extract<CredentialProof, { kind: "certificate" }>,
  shared: ReturnType<typeof clientOptions>,
): TokenCredential {
  const { tenantId, clientId } = credential;
  const certificate = proof.certificate.reveal();
  const password = proof.password?.reveal();
  const options = { ...shared, sendCertificateChain: true };
  if (certificate.includes("-----BEGIN CERTIFICATE-----")) {
    const pem =
      password === undefined ? { certificate } : { certificate, certificatePassword: password };
    return new ClientCertificateCredential(tenantId, clientId, pem, options);
  }
  const read = async (): Promise<TokenCredential> => {
    const { readPkcs12 } = await import("./pkcs12.ts");
    const content = await readPkcs12(certificate, password ?? "");
    if (content.kind === "unreadable") throw badCertificate(credential, content.problem);
    return new ClientCertificateCredential(
      tenantId,
      clientId,
      { certificate: content.pem },
      options,
    );
  };
  let inner: Promise<TokenCredential> | undefined;
  return {
    getToken: async (scopes, request) => {
      inner ??= read();
      return (await inner).getToken(scopes, request);
    },
  };
}

function badCertificate({ source }: ArmCredential, problem: string): OperatorError {
  return new OperatorError(
    "CredentialFailed",
    `The certificate of credential "${source}" is neither PEM with certificate and private key nor PKCS12 with AZURE_CLIENT_CERTIFICATE_PASSWORD: ${problem}.`,
    { source },
  );
}
