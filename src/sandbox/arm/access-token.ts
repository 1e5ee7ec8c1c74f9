import { isJsonObject, type JsonObject } from "../../core/json.ts";

/** What an access token of the sandbox says. */
type TokenClaims = {
  readonly client: string;
  readonly tenant: string;
  readonly audience: string;
  /** Epoch seconds. */
  readonly expires: number;
};

const issuer = "https://sts.sandbox/";

function part(value: JsonObject): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** An unsigned token in the form of a JWT: it names client and tenant, so that budgets can be kept per principal. */
export function issueToken(claims: TokenClaims, now: number): string {
  const payload = {
    aud: claims.audience,
    iss: `${issuer}${claims.tenant}/`,
    iat: Math.floor(now / 1000),
    nbf: Math.floor(now / 1000),
    exp: claims.expires,
    appid: claims.client,
    oid: claims.client,
    tid: claims.tenant,
    ver: "1.0",
  };
  return `${part({ typ: "JWT", alg: "none" })}.${part(payload)}.c2FuZGJveA`;
}

/** Header and payload of any JWT, unverified; undefined when the text is none. */
export function decodeJwt(token: string): { header: JsonObject; payload: JsonObject } | undefined {
  const [head, body, signature] = token.split(".");
  if (head === undefined || body === undefined || !signature) return undefined;
  const header = decoded(head);
  const payload = decoded(body);
  return header === undefined || payload === undefined ? undefined : { header, payload };
}

function decoded(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString());
    return isJsonObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

type TokenCheck =
  | { readonly kind: "valid"; readonly claims: TokenClaims }
  | { readonly kind: "invalid"; readonly reason: string };

/** Checks an Authorization header: a token of ours that has not expired. */
export function checkToken(authorization: string | undefined, now: number): TokenCheck {
  if (authorization === undefined)
    return { kind: "invalid", reason: "The 'Authorization' header is missing." };
  const token = /^Bearer (.+)$/i.exec(authorization)?.[1];
  const jwt = token === undefined ? undefined : decodeJwt(token);
  if (jwt === undefined) return { kind: "invalid", reason: "The access token is invalid." };
  const { appid, tid, aud, exp, iss } = jwt.payload;
  if (typeof appid !== "string" || typeof tid !== "string" || !String(iss).startsWith(issuer)) {
    return { kind: "invalid", reason: "The access token is from the wrong issuer." };
  }
  if (typeof exp !== "number" || exp * 1000 <= now) {
    return {
      kind: "invalid",
      reason: "The access token expiry UTC time is earlier than the current UTC time.",
    };
  }
  return {
    kind: "valid",
    claims: { client: appid, tenant: tid, audience: String(aud), expires: exp },
  };
}
