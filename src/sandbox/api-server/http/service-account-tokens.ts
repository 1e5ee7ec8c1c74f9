import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import { invalid, notFound, type Refusal } from "../refusal.ts";
import { invalidValue } from "../schema/causes.ts";
import { metadataOf, metadataText, nameOf } from "../store/metadata.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { Target } from "../store/write-target.ts";
import type { User } from "./exchange.ts";

const shortestSeconds = 600;
const usualSeconds = 3600;
const longestSeconds = 2 ** 32;

/** Issues and checks tokens of service accounts (TokenRequest), signed by a key of its own. */
export class ServiceAccountTokens {
  readonly #store: ObjectStore;
  readonly #privateKey: KeyObject;
  readonly #publicJwk: JsonObject;
  /** The `iss` claim and default audience. */
  issuer = "";

  /** `jwk` is the private key of an earlier run; without it a new one is made. */
  constructor(store: ObjectStore, jwk: JsonValue | undefined) {
    this.#store = store;
    this.#privateKey = isJsonObject(jwk)
      ? createPrivateKey({ key: jwk, format: "jwk" })
      : generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const publicJwk = createPublicKey(this.#privateKey).export({ format: "jwk" });
    const { kty = "", crv = "", x = "", y = "" } = publicJwk;
    // RFC 7638: the thumbprint of the required members in this order.
    const kid = createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
    this.#publicJwk = { use: "sig", kty, kid, alg: "ES256", crv, x, y };
  }

  /** The private key, to be kept with the objects. */
  exportKey(): JsonObject {
    return { ...this.#privateKey.export({ format: "jwk" }) } as JsonObject;
  }

  /** `/.well-known/openid-configuration`. */
  configuration(): JsonObject {
    return {
      issuer: this.issuer,
      jwks_uri: `${this.issuer}/openid/v1/jwks`,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["ES256"],
    };
  }

  /** `/openid/v1/jwks`. */
  keySet(): JsonObject {
    return { keys: [this.#publicJwk] };
  }

  /** POST of a TokenRequest. */
  request(target: Omit<Target, "subresource">, body: JsonValue | undefined): JsonObject | Refusal {
    const account = this.#store.get(target.type, target.namespace, target.name);
    if (account === undefined) return notFound(target.type, target.name);
    const request = isJsonObject(body) ? body : {};
    const spec = isJsonObject(request["spec"]) ? request["spec"] : {};
    const seconds = Number(spec["expirationSeconds"] ?? usualSeconds);
    const refusal = checkSeconds(seconds);
    if (refusal !== undefined) return refusal;
    const named = Array.isArray(spec["audiences"]) ? spec["audiences"] : [];
    const audiences = named.length > 0 ? named : [this.issuer];
    const issuedAt = Math.floor(this.#store.clock.now() / 1000);
    const token = this.#sign(account, audiences, issuedAt, seconds);
    const expirationTimestamp = new Date((issuedAt + seconds) * 1000)
      .toISOString()
      .replace(".000Z", "Z");
    const { name = "", namespace = "", uid = "" } = metadataOf(account);
    return {
      kind: "TokenRequest",
      apiVersion: "authentication.k8s.io/v1",
      metadata: { name, namespace, uid, creationTimestamp: this.#store.timestamp() },
      spec: { audiences, expirationSeconds: seconds, boundObjectRef: null },
      status: { token, expirationTimestamp },
    };
  }

  /** The user of a token that was issued for this server; undefined for any other, expired or orphaned token. */
  authenticate(token: string): User | undefined {
    const claims = this.#verified(token);
    const bound = claims?.["kubernetes.io"];
    if (claims === undefined || !isJsonObject(bound)) return undefined;
    const audiences = claims["aud"];
    const expiresAt = Number(claims["exp"]) * 1000;
    if (!Array.isArray(audiences) || !audiences.includes(this.issuer)) return undefined;
    if (!(expiresAt > this.#store.clock.now())) return undefined;
    const account = isJsonObject(bound["serviceaccount"]) ? bound["serviceaccount"] : {};
    const namespace = String(bound["namespace"]);
    const type = this.#store.types.get("", "serviceaccounts");
    const current = type && this.#store.get(type, namespace, String(account["name"]));
    if (current === undefined || metadataText(current, "uid") !== account["uid"]) return undefined;
    return {
      user: String(claims["sub"]),
      groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
    };
  }

  #sign(account: JsonObject, aud: JsonValue, iat: number, seconds: number): string {
    const namespace = metadataText(account, "namespace");
    const name = nameOf(account);
    const claims: JsonObject = {
      aud,
      exp: iat + seconds,
      iat,
      iss: this.issuer,
      jti: this.#store.random.uuid(),
      "kubernetes.io": {
        namespace,
        serviceaccount: { name, uid: metadataText(account, "uid") },
      },
      nbf: iat,
      sub: `system:serviceaccount:${namespace}:${name}`,
    };
    const header = { alg: "ES256", kid: this.#publicJwk["kid"] ?? "" };
    const content = `${encode(header)}.${encode(claims)}`;
    const key = { key: this.#privateKey, dsaEncoding: "ieee-p1363" } as const;
    return `${content}.${sign("sha256", Buffer.from(content), key).toString("base64url")}`;
  }

  #verified(token: string): JsonObject | undefined {
    const [header, payload, signature] = token.split(".");
    if (header === undefined || payload === undefined || signature === undefined) return undefined;
    const key = { key: createPublicKey(this.#privateKey), dsaEncoding: "ieee-p1363" } as const;
    const content = Buffer.from(`${header}.${payload}`);
    const isOurs = verify("sha256", content, key, Buffer.from(signature, "base64url"));
    if (!isOurs) return undefined;
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString());
    return isJsonObject(claims) ? claims : undefined;
  }
}

function encode(part: JsonObject): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

function checkSeconds(seconds: number): Refusal | undefined {
  const why =
    seconds < shortestSeconds
      ? "may not specify a duration less than 10 minutes"
      : seconds > longestSeconds
        ? "may not specify a duration larger than 2^32 seconds"
        : undefined;
  if (why === undefined) return undefined;
  const cause = invalidValue("spec.expirationSeconds", seconds, why);
  return invalid("TokenRequest", "authentication.k8s.io", "", [cause]);
}
