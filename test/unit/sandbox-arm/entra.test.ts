import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { checkToken } from "../../../src/sandbox/arm/access-token.ts";
import { answerManagedIdentity } from "../../../src/sandbox/arm/entra.ts";
import { ArmUnderTest, at, type Got } from "./arm-under-test.ts";

const tenant = "t1";
const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

function jwt(header: JsonObject, payload: JsonObject): string {
  const part = (value: JsonObject): string =>
    Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(payload)}.sig`;
}

function ask(
  arm: ArmUnderTest,
  form: Record<string, string>,
  path = `/${tenant}/oauth2/v2.0/token`,
): Got {
  const whole = {
    grant_type: "client_credentials",
    client_id: "me",
    scope: "https://arm.example/.default",
    ...form,
  };
  const got = arm.raw(
    "POST",
    new URL(`https://localhost:8443${path}`),
    new URLSearchParams(whole).toString(),
    {},
  );
  if (got === undefined) throw new Error("dropped");
  return got;
}

const soon = Date.UTC(2026, 0, 1) / 1000 + 600;
const federated = {
  iss: "https://cluster",
  sub: "system:serviceaccount:a:b",
  aud: ["api://AzureADTokenExchange"],
  exp: soon,
};
const certificate = {
  iss: "me",
  sub: "me",
  aud: "https://localhost:8443/t1/oauth2/v2.0/token",
  exp: soon,
};

describe("the token endpoint", () => {
  test.each([
    ["a secret", { client_secret: "right" }],
    [
      "a federated token",
      { client_assertion_type: jwtBearer, client_assertion: jwt({ alg: "RS256" }, federated) },
    ],
    [
      "a certificate",
      { client_assertion_type: jwtBearer, client_assertion: jwt({ "x5t#S256": "x" }, certificate) },
    ],
  ])(
    "gives a token for %s that ARM accepts and that names client, tenant and audience",
    (_what, form) => {
      const arm = new ArmUnderTest();
      const got = ask(arm, form);
      expect(got).toMatchObject({
        status: 200,
        body: { token_type: "Bearer", expires_in: 86_399 },
      });
      const check = checkToken(`Bearer ${String(at(got.body, "access_token"))}`, arm.now);
      expect(check).toMatchObject({
        kind: "valid",
        claims: { client: "me", tenant, audience: "https://arm.example" },
      });
    },
  );
});

const assertion = (header: JsonObject, payload: JsonObject): Record<string, string> => ({
  client_assertion_type: jwtBearer,
  client_assertion: jwt(header, payload),
});

const refusals: [string, Record<string, string>, number, string, number][] = [
  ["the secret is wrong", { client_secret: "wrong" }, 401, "invalid_client", 7000215],
  ["nothing proves the client", {}, 401, "invalid_client", 7000218],
  [
    "the assertion is no JWT",
    { client_assertion_type: jwtBearer, client_assertion: "x" },
    401,
    "invalid_client",
    50027,
  ],
  [
    "the assertion has another type",
    { client_assertion_type: "saml", client_assertion: "x" },
    400,
    "invalid_request",
    50027,
  ],
  [
    "the assertion has expired",
    assertion({}, { ...federated, exp: soon - 601 }),
    401,
    "invalid_client",
    700024,
  ],
  [
    "the federated token is for another audience",
    assertion({}, { ...federated, aud: "https://kubernetes" }),
    401,
    "invalid_client",
    700212,
  ],
  [
    "the certificate names another client",
    assertion({ x5t: "x" }, { ...certificate, iss: "you" }),
    401,
    "invalid_client",
    700023,
  ],
  ["the client is missing", { client_id: "", client_secret: "x" }, 400, "invalid_request", 900144],
  [
    "the scope is a resource",
    { scope: "https://arm.example", client_secret: "x" },
    400,
    "invalid_scope",
    1002012,
  ],
  ["the grant is a password", { grant_type: "password" }, 400, "unsupported_grant_type", 70003],
];

describe("the token endpoint, asked wrongly,", () => {
  test.each(refusals)("refuses when %s", (_because, form, status, error, number) => {
    const got = ask(new ArmUnderTest(), form);
    expect([got.status, at(got.body, "error"), at(got.body, "error_codes.0")]).toEqual([
      status,
      error,
      number,
    ]);
    expect(at(got.body, "error_description")).toMatch(new RegExp(`^AADSTS${number}: `));
  });
});

describe("the token endpoint, told whom it knows,", () => {
  test("knows only the tenants and secrets it was given", () => {
    const arm = new ArmUnderTest({ tenants: [tenant], clientSecrets: { me: "s" } });
    expect(ask(arm, { client_secret: "s" }).status).toBe(200);
    expect(ask(arm, { client_secret: "other" }).status).toBe(401);
    expect(
      at(ask(arm, { client_secret: "s" }, "/t2/oauth2/v2.0/token").body, "error_codes.0"),
    ).toBe(90002);
  });
});

describe("the managed identity endpoint", () => {
  const url = (query: string): URL => new URL(`http://127.0.0.1/msi/token?${query}`);
  const request = (query: string, header: string) => ({
    method: "GET",
    url: url(query),
    headers: { "x-identity-header": header },
    text: "",
  });

  test.each([
    {
      because: "all is well",
      query: "resource=https://arm.example&api-version=2019-08-01&client_id=c",
      header: "h",
      status: 200,
    },
    {
      because: "the header is wrong",
      query: "resource=x&api-version=2019-08-01",
      header: "no",
      status: 401,
    },
    {
      because: "the resource is missing",
      query: "api-version=2019-08-01",
      header: "h",
      status: 400,
    },
    {
      because: "the version is another",
      query: "resource=x&api-version=2017-09-01",
      header: "h",
      status: 400,
    },
  ])("answers $status when $because", ({ query, header, status }) => {
    const arm = new ArmUnderTest();
    expect(answerManagedIdentity(arm.world, request(query, header), "h").status).toBe(status);
  });
});
