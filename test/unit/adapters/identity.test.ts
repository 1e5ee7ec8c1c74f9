import { generateKeyPairSync } from "node:crypto";
import type { TokenCredential } from "@azure/core-auth";
import { createHttpHeaders, type HttpClient } from "@azure/core-rest-pipeline";
import { describe, expect, it } from "vitest";
import { EntraTokens } from "../../../src/adapters/identity/entra-tokens.ts";
import { type TimedToken, TokenCache } from "../../../src/adapters/identity/token-cache.ts";
import type { ArmCredential, CredentialProof } from "../../../src/core/resource/credential.ts";
import { Secret } from "../../../src/core/secret.ts";
import { createSelfSigned } from "../../../src/sandbox/tls/self-signed.ts";
import { aCredential } from "../../doubles/in-memory-tokens.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const certificatePem = `${createSelfSigned().cert.trim()}\n`;
const signal = new AbortController().signal;
const authorityHost = "https://login.sovereign.example";
const cloud = { endpoint: "https://arm.example", audience: "https://arm.example/", authorityHost };

type Form = { readonly url: string; readonly fields: URLSearchParams };

/** A token endpoint that grants everything, or answers `refusal`. */
function anAuthority(refusal?: { readonly error: string; readonly error_description: string }) {
  const forms: Form[] = [];
  const urls: string[] = [];
  const httpClient: HttpClient = {
    async sendRequest(request) {
      urls.push(request.url);
      const token = request.method === "POST";
      if (token) {
        forms.push({ url: request.url, fields: new URLSearchParams(String(request.body)) });
      }
      const base = request.url.replace(/\/(v2\.0\/\.well-known|oauth2).*/, "");
      const metadata = {
        token_endpoint: `${base}/oauth2/v2.0/token`,
        authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
        issuer: `${base}/v2.0`,
        jwks_uri: `${base}/keys`,
      };
      const granted = { token_type: "Bearer", expires_in: 3600, access_token: `t${forms.length}` };
      return {
        request,
        status: token && refusal !== undefined ? 401 : 200,
        headers: createHttpHeaders({ "content-type": "application/json" }),
        bodyAsText: JSON.stringify(token ? (refusal ?? granted) : metadata),
      };
    },
  };
  return { httpClient, forms, urls };
}

function tokensOver(httpClient: HttpClient) {
  const requested: string[] = [];
  const tokens = new EntraTokens({
    clock: { now: Date.now },
    httpClient,
    requestToken: async ({ cluster, namespace, serviceAccount }, audience) => {
      requested.push(`${cluster} ${namespace}/${serviceAccount} ${audience}`);
      return new Secret("service-account-jwt");
    },
  });
  return { tokens, requested };
}

/** Tokens of Azure Identity's classes, which are replaced by one function. */
function tokensBy(getToken: TokenCredential["getToken"], made: () => void = () => undefined) {
  return new EntraTokens({
    clock: { now: () => 0 },
    requestToken: async () => new Secret("unused"),
    credentialFor: () => {
      made();
      return { getToken };
    },
  });
}

/** A certificate and an RSA key, which Entra demands, as PEM. That the certificate is another key's shows nowhere here. */
function pemOf(encrypted: boolean, first: string): string {
  const protection = encrypted ? { cipher: "aes-256-cbc", passphrase: "p4ssword" } : {};
  const key = privateKey.export({ type: "pkcs8", format: "pem", ...protection }).toString();
  return first === "key" ? `${key}${certificatePem}` : `${certificatePem}${key}`;
}

function credentialWith(proof: CredentialProof, more: Partial<ArmCredential> = {}): ArmCredential {
  return aCredential({ cloud, proof, ...more });
}

describe("EntraTokens", () => {
  it("asks the credential's own authority for its own audience, once for many callers", async () => {
    const { httpClient, forms, urls } = anAuthority();
    const { tokens } = tokensOver(httpClient);
    const credential = credentialWith({ kind: "clientSecret", secret: new Secret("s3cret") });

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => tokens.armTokens(credential, signal)),
    );

    expect(new Set(answers.map(({ token }) => token.reveal()))).toEqual(new Set(["t1"]));
    expect(forms).toHaveLength(1);
    expect(forms[0]?.url.split("?")[0]).toBe(
      `${authorityHost}/${credential.tenantId}/oauth2/v2.0/token`,
    );
    expect(forms[0]?.fields.get("scope")).toContain("https://arm.example//.default");
    expect(forms[0]?.fields.get("client_secret")).toBe("s3cret");
    expect(urls.every((url) => url.startsWith(authorityHost))).toBe(true);
  });

  it("exchanges a service account token of the resource's cluster", async () => {
    const { httpClient, forms } = anAuthority();
    const { tokens, requested } = tokensOver(httpClient);
    const proof = { cluster: "prod", namespace: "team", serviceAccount: "azure" };

    await tokens.armTokens(credentialWith({ kind: "workloadIdentity", ...proof }), signal);

    expect(requested).toEqual(["prod team/azure api://AzureADTokenExchange"]);
    expect(forms[0]?.fields.get("client_assertion")).toBe("service-account-jwt");
  });

  it("gives no token to another proof, cloud or cluster of the same principal", async () => {
    const { httpClient, forms } = anAuthority();
    const { tokens } = tokensOver(httpClient);
    const secret = new Secret("s3cret");
    const account = { namespace: "aso", serviceAccount: "sa" };
    const all = [
      credentialWith({ kind: "clientSecret", secret }),
      credentialWith({ kind: "clientSecret", secret: new Secret("guess") }),
      credentialWith({ kind: "workloadIdentity", cluster: "a", ...account }),
      credentialWith({ kind: "workloadIdentity", cluster: "b", ...account }),
      credentialWith(
        { kind: "clientSecret", secret },
        { cloud: { ...cloud, endpoint: "https://other.example" } },
      ),
      credentialWith({ kind: "clientSecret", secret }, { clientId: "other-client" }),
    ];
    const given = new Set<string>();
    for (const one of all) given.add((await tokens.armTokens(one, signal)).token.reveal());

    expect(new Set(all.map(({ principal }) => principal)).size).toBe(1);
    expect(forms.length).toBeGreaterThanOrEqual(5);
    expect(given.size).toBeGreaterThanOrEqual(5);
    for (const one of all) await tokens.armTokens(one, signal);
    expect(forms.length).toBeLessThanOrEqual(6);
  });

  it("gets one more token for every additional tenant", async () => {
    const { httpClient, forms } = anAuthority();
    const { tokens } = tokensOver(httpClient);
    const other = "00000000-0000-0000-0000-00000000000b";

    const { auxiliary } = await tokens.armTokens(
      credentialWith(
        { kind: "clientSecret", secret: new Secret("s3cret") },
        { additionalTenants: [other] },
      ),
      signal,
    );

    expect(auxiliary).toHaveLength(1);
    expect(forms.some((form) => form.url.includes(other))).toBe(true);
  });

  it("fails with the credential's source and Entra's code, without the proof", async () => {
    const { httpClient, forms } = anAuthority({
      error: "invalid_client",
      error_description:
        "AADSTS7000215: Invalid client secret s3cret provided. Trace ID: 1-2 Correlation ID: 3-4 Timestamp: 2026-01-01 00:00:00Z",
    });
    const { tokens } = tokensOver(httpClient);
    const credential = credentialWith({ kind: "clientSecret", secret: new Secret("s3cret") });

    const failing = tokens.armTokens(credential, signal);

    await expect(failing).rejects.toMatchObject({
      code: "CredentialFailed",
      context: { source: "contract/aso-credential", code: "AADSTS7000215" },
    });
    const text = await failing.catch((error: Error) => `${error.message} ${error.stack}`);
    expect(text).toContain("AADSTS7000215: Invalid client secret [redacted] provided.");
    expect(text).not.toMatch(/s3cret|Trace ID|Correlation ID|Timestamp/);
    expect(forms).toHaveLength(1);
  });

  it.each([
    { because: "its key has a password", encrypted: true, first: "key" },
    { because: "the certificate comes first", encrypted: true, first: "certificate" },
    { because: "its key has none", encrypted: false, first: "certificate" },
  ])("proves itself by a certificate, and $because", async ({ encrypted, first }) => {
    const { httpClient, forms } = anAuthority();
    const { tokens } = tokensOver(httpClient);
    const certificate = new Secret(pemOf(encrypted, first));
    const password = encrypted ? { password: new Secret("p4ssword") } : {};

    await tokens.armTokens(
      credentialWith({ kind: "certificate", certificate, ...password }),
      signal,
    );

    const [header = ""] = (forms[0]?.fields.get("client_assertion") ?? "").split(".");
    const read = JSON.parse(Buffer.from(header, "base64url").toString()) as {
      x5c?: string | string[];
    };
    expect(read.x5c?.length).toBeGreaterThan(0);
  });

  it("fails with a wrong password of the certificate, and shows neither", async () => {
    const { httpClient, forms } = anAuthority();
    const { tokens } = tokensOver(httpClient);
    const certificate = new Secret(pemOf(true, "key"));
    const proof = { kind: "certificate", certificate, password: new Secret("wr0ng") } as const;

    const failing = tokens.armTokens(credentialWith(proof), signal);

    await expect(failing).rejects.toMatchObject({
      code: "CredentialFailed",
      message: expect.stringContaining("contract/aso-credential"),
    });
    await expect(failing).rejects.not.toThrow(/wr0ng|BEGIN/);
    expect(forms).toEqual([]);
  });

  it("asks for no further tenant with a managed identity, which lives in one", async () => {
    const asked: (string | undefined)[] = [];
    const tokens = tokensBy(async (_scope, options) => {
      asked.push(options?.tenantId);
      return { token: "t", expiresOnTimestamp: Number.POSITIVE_INFINITY };
    });
    const more = { additionalTenants: ["other"] };

    const own = await tokens.armTokens(credentialWith({ kind: "managedIdentity" }, more), signal);
    const secret = new Secret("s3cret");
    await tokens.armTokens(credentialWith({ kind: "clientSecret", secret }, more), signal);

    expect(own.auxiliary).toEqual([]);
    expect(asked).toEqual([undefined, undefined, "other"]);
  });

  it("keeps a bounded number of identities, and forgets what was not used for longest", async () => {
    let made = 0;
    const tokens = tokensBy(
      async () => ({ token: "t", expiresOnTimestamp: 0 }),
      () => {
        made += 1;
      },
    );
    const use = (clientId: string | number) =>
      tokens.armTokens(aCredential({ clientId: String(clientId) }), signal);
    for (let client = 0; client <= 1000; client++) await use(client);
    expect(made).toBe(1001);
    await use(1000);
    expect(made).toBe(1001);
    await use(0);
    expect(made).toBe(1002);
  });

  it("says of a certificate in no known form what is taken, and shows nothing of it", async () => {
    const { tokens } = tokensOver(anAuthority().httpClient);
    const certificate = new Secret("MIIKXAIBAzCCCh4GCSqGSIb3DQEHAaCC");

    const failing = tokens.armTokens(credentialWith({ kind: "certificate", certificate }), signal);

    await expect(failing).rejects.toMatchObject({
      code: "CredentialFailed",
      message: expect.stringMatching(/contract\/aso-credential.*neither PEM.*nor PKCS12/),
    });
    await expect(failing).rejects.not.toThrow(/MIIK/);
  });

  it("stops waiting when the caller's time is over, and keeps the token for the next", async () => {
    const slow = Promise.withResolvers<{ token: string; expiresOnTimestamp: number }>();
    const tokens = new EntraTokens({
      clock: { now: () => 0 },
      requestToken: async () => new Secret("unused"),
      credentialFor: () => ({ getToken: () => slow.promise }),
    });
    const aborting = new AbortController();
    const waiting = tokens.armTokens(aCredential(), aborting.signal);
    aborting.abort();

    await expect(waiting).rejects.toMatchObject({ code: "CredentialFailed" });
    slow.resolve({ token: "late", expiresOnTimestamp: 3_600_000 });
    expect((await tokens.armTokens(aCredential(), signal)).token.reveal()).toBe("late");
  });
});

describe("TokenCache", () => {
  function aCache(capacity = 10) {
    let now = 0;
    const loads: string[] = [];
    const cache = new TokenCache({ now: () => now }, capacity);
    const get = async (key: string, load = token(now + 3_600_000)) => {
      const secret = await cache.get(key, () => {
        loads.push(key);
        return load();
      });
      return secret.reveal();
    };
    return {
      get,
      loads,
      at: (ms: number) => {
        now = ms;
      },
    };
  }

  function token(expiresAt: number): () => Promise<TimedToken> {
    return async () => ({ token: new Secret(`until ${expiresAt}`), expiresAt });
  }

  const broken = async () => {
    throw new Error("no network");
  };

  it("renews a token five minutes before it expires", async () => {
    const { get, loads, at } = aCache();
    await get("a");
    at(3_600_000 - 300_001);
    await get("a");
    at(3_600_000 - 300_000);
    await get("a");

    expect(loads).toEqual(["a", "a"]);
  });

  it("goes on with the old token when the renewal fails, until it expires", async () => {
    const { get, at } = aCache();
    await get("a");
    at(3_500_000);

    expect(await get("a", broken)).toBe("until 3600000");
    at(3_600_000);
    await expect(get("a", broken)).rejects.toThrow("no network");
  });

  it("tries again after a failure", async () => {
    const { get, loads } = aCache();

    await expect(get("a", broken)).rejects.toThrow("no network");
    expect(await get("a")).toBe("until 3600000");
    expect(loads).toEqual(["a", "a"]);
  });

  it("forgets the key that was not used for longest", async () => {
    const { get, loads } = aCache(2);
    await get("a");
    await get("b");
    await get("a");
    await get("c");
    await get("a");
    await get("b");

    expect(loads).toEqual(["a", "b", "c", "b"]);
  });
});
