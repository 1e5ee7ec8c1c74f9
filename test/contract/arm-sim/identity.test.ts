import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkToken } from "../../../src/sandbox/arm/access-token.ts";
import { type HttpsArm, run, startHttpsArm } from "./https-arm.ts";

let server: HttpsArm;
let folder = "";
beforeAll(async () => {
  server = await startHttpsArm();
  folder = await mkdtemp(path.join(tmpdir(), "arm-identity-"));
  await writeFile(path.join(folder, "ca.pem"), server.tls.cert);
});
afterAll(async () => {
  await server.arm.stop();
  await rm(folder, { recursive: true });
});

/** Asks for a token with an expression of @azure/identity in a process of its own, which trusts the server's certificate. */
async function tokenOf(credential: string, env: Record<string, string> = {}): Promise<string> {
  const script = `
    import * as identity from "@azure/identity";
    const { CREDENTIAL_FOLDER: folder, AUTHORITY: authorityHost } = process.env;
    const options = { authorityHost, disableInstanceDiscovery: true, retryOptions: { maxRetries: 0 } };
    try {
      const token = await (${credential}).getToken(authorityHost + "/.default");
      console.log(JSON.stringify({ token: token.token, minutes: (token.expiresOnTimestamp - Date.now()) / 60000 }));
    } catch (error) { console.log(JSON.stringify({ error: error.message })); }`;
  const root = path.resolve(import.meta.dirname, "../../..");
  const { output } = await run(
    process.execPath,
    ["--input-type=module", "--eval", `process.chdir(${JSON.stringify(root)});${script}`],
    {
      PATH: process.env["PATH"],
      NODE_EXTRA_CA_CERTS: path.join(folder, "ca.pem"),
      CREDENTIAL_FOLDER: folder,
      AUTHORITY: server.arm.url,
      ...env,
    },
  );
  return output;
}

function claims(output: string): { client: string; tenant: string; audience: string } {
  const { token, error } = JSON.parse(output) as { token?: string; error?: string };
  const check = checkToken(`Bearer ${token ?? ""}`, Date.now());
  if (check.kind === "invalid") throw new Error(`${check.reason} ${error ?? ""}`);
  return check.claims;
}

const tenant = "00000000-0000-0000-0000-00000000000a";
const client = "00000000-0000-0000-0000-00000000000b";

describe("@azure/identity obtains a token", () => {
  test("with a client secret, and reports a wrong one in Entra's words", async () => {
    const output = await tokenOf(
      `new identity.ClientSecretCredential("${tenant}", "${client}", "right", options)`,
    );
    expect(claims(output)).toMatchObject({ client, tenant, audience: server.arm.url });
    const refused = await tokenOf(
      `new identity.ClientSecretCredential("${tenant}", "${client}", "wrong", options)`,
    );
    expect(refused).toContain("AADSTS7000215");
  });

  test("with a federated assertion", async () => {
    const part = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString("base64url");
    const exp = Math.floor(Date.now() / 1000) + 600;
    const jwt = `${part({ alg: "RS256" })}.${part({ iss: "https://cluster", sub: "sa", aud: "api://AzureADTokenExchange", exp })}.c2ln`;
    const output = await tokenOf(
      `new identity.ClientAssertionCredential("${tenant}", "${client}", async () => "${jwt}", options)`,
    );
    expect(claims(output)).toMatchObject({ client, tenant });
  });

  test("with a certificate", async () => {
    // The identity library signs with RSA only.
    const file = path.join(folder, "client.pem");
    const key = path.join(folder, "client.key");
    const args = [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "1",
      "-subj",
      "/CN=client",
      "-keyout",
      key,
      "-out",
      file,
    ];
    execFileSync("openssl", args, { stdio: "ignore" });
    const pem =
      'fs.readFileSync(folder + "/client.key", "utf8") + fs.readFileSync(folder + "/client.pem", "utf8")';
    const credential = `new identity.ClientCertificateCredential("${tenant}", "${client}", { certificate: ((fs) => ${pem})(await import("node:fs")) }, options)`;
    expect(claims(await tokenOf(credential))).toMatchObject({ client, tenant });
  });

  test("with the managed identity of an app service", async () => {
    const env = {
      IDENTITY_ENDPOINT: server.arm.identity.endpoint,
      IDENTITY_HEADER: server.arm.identity.header,
    };
    const output = await tokenOf(
      `new identity.ManagedIdentityCredential({ clientId: "${client}" })`,
      env,
    );
    expect(claims(output)).toMatchObject({ client, audience: server.arm.url });
    const refused = await tokenOf("new identity.ManagedIdentityCredential()", {
      ...env,
      IDENTITY_HEADER: "other",
    });
    expect(refused).toContain("X-IDENTITY-HEADER");
  });
});
