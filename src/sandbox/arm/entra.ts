import type { JsonObject } from "../../core/json.ts";
import { decodeJwt, issueToken } from "./access-token.ts";
import type { Answer, IncomingRequest } from "./types.ts";
import type { World } from "./world.ts";

const lifetimeSeconds = 86_399;
const exchangeAudience = "api://AzureADTokenExchange";
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** True for the paths that the identity platform serves. */
export function isEntraPath(path: string): boolean {
  return /\/oauth2\/|\/\.well-known\/openid-configuration$|\/discovery\/(instance|v2\.0\/keys)$/i.test(
    path,
  );
}

/** The identity platform: discovery documents and the token endpoint. `base` is the server's own URL. */
export function answerEntra(world: World, request: IncomingRequest, base: string): Answer {
  const path = request.url.pathname.toLowerCase();
  const tenant = request.url.pathname.split("/")[1] ?? "";
  if (path.endsWith("/discovery/instance")) return instanceDiscovery(base);
  if (path.endsWith("/keys")) return { status: 200, body: { keys: [] } };
  if (!isKnownTenant(world, tenant)) {
    return refusal(world, 400, "invalid_request", 90002, `Tenant '${tenant}' not found.`);
  }
  if (path.endsWith("/openid-configuration")) return openIdConfiguration(base, tenant);
  if (path.endsWith("/token") && request.method === "POST")
    return token(world, request, base, tenant);
  return refusal(
    world,
    404,
    "invalid_request",
    900561,
    "The endpoint only accepts POST requests to /oauth2/v2.0/token.",
  );
}

function isKnownTenant(world: World, tenant: string): boolean {
  const { tenants } = world.settings;
  return tenants.length === 0 || tenant === "common" || tenants.includes(tenant);
}

function instanceDiscovery(base: string): Answer {
  const host = new URL(base).host;
  return {
    status: 200,
    body: {
      tenant_discovery_endpoint: `${base}/common/v2.0/.well-known/openid-configuration`,
      "api-version": "1.1",
      metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
    },
  };
}

function openIdConfiguration(base: string, tenant: string): Answer {
  const own = `${base}/${tenant}`;
  return {
    status: 200,
    body: {
      token_endpoint: `${own}/oauth2/v2.0/token`,
      authorization_endpoint: `${own}/oauth2/v2.0/authorize`,
      issuer: `${own}/v2.0`,
      jwks_uri: `${own}/discovery/v2.0/keys`,
      token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt"],
      response_types_supported: ["code", "id_token"],
      subject_types_supported: ["pairwise"],
      id_token_signing_alg_values_supported: ["RS256"],
    },
  };
}

function token(world: World, request: IncomingRequest, base: string, tenant: string): Answer {
  const form = new URLSearchParams(request.text);
  const client = form.get("client_id") ?? "";
  if (form.get("grant_type") !== "client_credentials") {
    return refusal(
      world,
      400,
      "unsupported_grant_type",
      70003,
      "The app requested an unsupported grant type.",
    );
  }
  if (client === "")
    return refusal(
      world,
      400,
      "invalid_request",
      900144,
      "The request body must contain the parameter: 'client_id'.",
    );
  const scope = (form.get("scope") ?? "").split(" ").find((s) => s.endsWith("/.default"));
  if (scope === undefined) {
    return refusal(
      world,
      400,
      "invalid_scope",
      1002012,
      "The provided value for scope is not valid: it must be suffixed with '/.default'.",
    );
  }
  const problem = checkProof(world, form, client, base, tenant);
  if (problem !== undefined) return problem;
  const now = world.clock.now();
  const audience = scope.slice(0, -"/.default".length);
  const expires = Math.floor(now / 1000) + lifetimeSeconds;
  return {
    status: 200,
    headers: { "Cache-Control": "no-store" },
    body: {
      token_type: "Bearer",
      expires_in: lifetimeSeconds,
      ext_expires_in: lifetimeSeconds,
      access_token: issueToken({ client, tenant, audience, expires }, now),
    },
  };
}

/** The reason to refuse a secret, certificate or federated assertion; signatures are not verified. */
function checkProof(
  world: World,
  form: URLSearchParams,
  client: string,
  base: string,
  tenant: string,
): Answer | undefined {
  const secret = form.get("client_secret");
  if (secret !== null) {
    const expected = world.settings.clientSecrets[client];
    const isRight =
      expected === undefined ? secret !== "wrong" && secret !== "" : secret === expected;
    return isRight
      ? undefined
      : refusal(
          world,
          401,
          "invalid_client",
          7000215,
          `Invalid client secret provided for app '${client}'.`,
        );
  }
  const assertion = form.get("client_assertion");
  if (assertion === null) {
    return refusal(
      world,
      401,
      "invalid_client",
      7000218,
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    );
  }
  if (form.get("client_assertion_type") !== assertionType) {
    return refusal(
      world,
      400,
      "invalid_request",
      50027,
      "The client_assertion_type is not supported.",
    );
  }
  return checkAssertion(world, assertion, client, `${base}/${tenant}/`);
}

function checkAssertion(
  world: World,
  assertion: string,
  client: string,
  authority: string,
): Answer | undefined {
  const jwt = decodeJwt(assertion);
  if (jwt === undefined) {
    return refusal(world, 401, "invalid_client", 50027, "JWT token is invalid or malformed.");
  }
  const { aud, exp, iss, sub } = jwt.payload;
  if (typeof exp !== "number" || exp * 1000 <= world.clock.now()) {
    return refusal(
      world,
      401,
      "invalid_client",
      700024,
      "Client assertion is not within its valid time range.",
    );
  }
  const audiences = (Array.isArray(aud) ? aud : [aud]).map(String);
  const isCertificate = jwt.header["x5t"] !== undefined || jwt.header["x5t#S256"] !== undefined;
  if (isCertificate) {
    const isOurs =
      audiences.some((a) => a.startsWith(authority)) && iss === client && sub === client;
    return isOurs
      ? undefined
      : refusal(
          world,
          401,
          "invalid_client",
          700023,
          "Client assertion audience, issuer or subject does not match.",
        );
  }
  if (typeof iss !== "string" || typeof sub !== "string") {
    return refusal(
      world,
      401,
      "invalid_client",
      5002723,
      "The federated token has no issuer or subject.",
    );
  }
  return audiences.includes(exchangeAudience)
    ? undefined
    : refusal(
        world,
        401,
        "invalid_client",
        700212,
        `No matching federated identity record found for presented assertion audience '${audiences.join(" ")}'.`,
      );
}

function refusal(world: World, status: number, error: string, code: number, words: string): Answer {
  const body: JsonObject = {
    error,
    error_description: `AADSTS${code}: ${words}`,
    error_codes: [code],
    timestamp: new Date(world.clock.now()).toISOString(),
    trace_id: world.random.uuid(),
    correlation_id: world.random.uuid(),
  };
  return { status, body };
}

/** The App Service managed identity endpoint (2019-08-01): GET with `resource` and the secret header. */
export function answerManagedIdentity(
  world: World,
  request: IncomingRequest,
  header: string,
): Answer {
  const problem = (status: number, message: string): Answer => ({
    status,
    body: { statusCode: status, message },
  });
  if (request.headers["x-identity-header"] !== header)
    return problem(401, "The header X-IDENTITY-HEADER is missing or wrong.");
  const resource = request.url.searchParams.get("resource");
  if (resource === null || request.url.searchParams.get("api-version") !== "2019-08-01") {
    return problem(400, "The parameters 'resource' and 'api-version=2019-08-01' are required.");
  }
  const client =
    request.url.searchParams.get("client_id") ?? "00000000-0000-0000-0000-00000000c0de";
  const tenant = world.settings.tenants[0] ?? "00000000-0000-0000-0000-000000000002";
  const now = world.clock.now();
  const expires = Math.floor(now / 1000) + lifetimeSeconds;
  return {
    status: 200,
    body: {
      access_token: issueToken({ client, tenant, audience: resource, expires }, now),
      expires_on: String(expires),
      resource,
      token_type: "Bearer",
      client_id: client,
    },
  };
}
