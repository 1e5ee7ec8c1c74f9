import { describe, expect, it } from "vitest";
import { parseCredentialSecret } from "../../../src/core/resource/credential-secret.ts";
import { Secret } from "../../../src/core/secret.ts";

const ids = {
  AZURE_SUBSCRIPTION_ID: "sub",
  AZURE_TENANT_ID: "tenant\n",
  AZURE_CLIENT_ID: "client",
};
const defaultCloud = { endpoint: "https://arm", audience: "aud", authorityHost: "https://login" };

function secrets(data: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, new Secret(value)]));
}

function parse(
  data: Readonly<Record<string, string>>,
  allowMultiEnv = false,
  allowedHosts: readonly string[] = [],
  cluster = "c1",
) {
  return parseCredentialSecret({
    allowedHosts,
    ...{ namespace: "team", name: "aso-credential", cluster, defaultCloud, allowMultiEnv },
    data: secrets(data),
    serviceAccount: { namespace: "aso", name: "aso-sa" },
  });
}

function credential(data: Readonly<Record<string, string>>) {
  const parsed = parse(data);
  if (parsed.kind === "problem") throw new Error(parsed.problem.message);
  return parsed.credential;
}

describe("parseCredentialSecret", () => {
  it("proves itself by a token of the cluster when there is no secret, never by the app's identity", () => {
    expect(credential({ ...ids, AUTH_MODE: "workloadidentity" })).toMatchObject({
      source: "team/aso-credential",
      subscriptionId: "sub",
      tenantId: "tenant",
      cloud: defaultCloud,
      proof: {
        kind: "workloadIdentity",
        cluster: "c1",
        namespace: "aso",
        serviceAccount: "aso-sa",
      },
    });
  });

  describe("of a Namespace that names a service account", () => {
    const parseIn = (namespaceAccount: string | undefined, more: Record<string, string> = {}) =>
      parseCredentialSecret({
        ...{ namespace: "team", name: "aso-credential", cluster: "c1", defaultCloud },
        allowMultiEnv: false,
        data: secrets({ ...ids, ...more }),
        serviceAccount: { namespace: "aso", name: "aso-sa" },
        namespaceAccount,
      });

    it.each([
      { named: "azure", namespace: "team", serviceAccount: "azure" },
      { named: "", namespace: "aso", serviceAccount: "aso-sa" },
      { named: undefined, namespace: "aso", serviceAccount: "aso-sa" },
    ])("is proven by $namespace/$serviceAccount for $named", ({ named, ...proof }) => {
      expect(parseIn(named)).toMatchObject({ credential: { proof } });
    });

    it("is another principal than with the shared one", () => {
      const principals = [parseIn(undefined), parseIn("azure")].map(
        (one) => one.kind === "credential" && one.credential.principal,
      );
      expect(new Set(principals).size).toBe(2);
    });

    it.each(["other/azure", "Azure", "a..b", "x".repeat(300)])(
      "refuses %s and says why",
      (named) => {
        const parsed = parseIn(named);
        expect(parsed).toMatchObject({
          problem: { message: expect.stringContaining("aso-functions/service-account") },
        });
        expect(parsed).toMatchObject({
          problem: { message: expect.stringContaining("is no name") },
        });
      },
    );

    it("does not care when it has a proof of its own", () => {
      expect(parseIn("other/azure", { AZURE_CLIENT_SECRET: "s" }).kind).toBe("credential");
    });
  });

  it("takes the first proof that is there", () => {
    const both = {
      ...ids,
      AZURE_CLIENT_SECRET: "s",
      AZURE_CLIENT_CERTIFICATE: "c",
      AUTH_MODE: "x",
    };
    expect(credential(both).proof.kind).toBe("clientSecret");
    expect(credential({ ...both, AZURE_CLIENT_SECRET: "" }).proof.kind).toBe("certificate");
  });

  it("takes a certificate and its password as they are", () => {
    const { proof } = credential({
      ...ids,
      AZURE_CLIENT_CERTIFICATE: " pem\n",
      AZURE_CLIENT_CERTIFICATE_PASSWORD: " pass ",
    });
    expect(proof.kind === "certificate" && proof.certificate.reveal()).toBe(" pem\n");
    expect(proof.kind === "certificate" && proof.password?.reveal()).toBe(" pass ");
    const plain = credential({
      ...ids,
      AZURE_CLIENT_CERTIFICATE: "pem",
      AZURE_CLIENT_CERTIFICATE_PASSWORD: "",
    });
    expect(plain.proof).not.toHaveProperty("password");
  });

  it("takes further tenants from a list with spaces", () => {
    const found = credential({ ...ids, AZURE_ADDITIONAL_TENANTS: " t1, t2 ,,contoso.example" });
    expect(found.additionalTenants).toEqual(["t1", "t2", "contoso.example"]);
    expect(credential(ids).additionalTenants).toEqual([]);
  });

  it("has another principal when the proof changes, and shows nothing of the proof", () => {
    const first = credential({ ...ids, AZURE_CLIENT_SECRET: "one" });
    const second = credential({ ...ids, AZURE_CLIENT_SECRET: "two" });
    expect(first.principal).not.toBe(second.principal);
    expect(first.principal).toMatch(/^[0-9a-f]{32}$/);
    expect(JSON.stringify(first)).not.toContain("one");
  });

  it("is another principal for a workload identity of another cluster", () => {
    const principals = ["c1", "c2"].map((cluster) => {
      const parsed = parse(ids, false, [], cluster);
      return parsed.kind === "credential" ? parsed.credential.principal : "";
    });
    expect(new Set(principals).size).toBe(2);
  });

  it.each([
    { data: { AZURE_TENANT_ID: "t" }, says: '"AZURE_SUBSCRIPTION_ID", "AZURE_CLIENT_ID"' },
    { data: { ...ids, AZURE_SUBSCRIPTION_ID: "a/../b" }, says: "malformed" },
    { data: { ...ids, AZURE_ADDITIONAL_TENANTS: "t1,../t2" }, says: "separated by commas" },
    { data: { ...ids, AUTH_MODE: "podidentity" }, says: "works only on a node" },
    { data: { ...ids, AUTH_MODE: "bogus" }, says: "unknown AUTH_MODE" },
    {
      data: { ...ids, AZURE_USER_ASSIGNED_IDENTITY_CREDENTIALS: "/f" },
      says: "Use a client secret",
    },
    { data: { ...ids, AZURE_AUTHORITY_HOST: "https://x" }, says: "ALLOW_MULTI_ENV_MANAGEMENT" },
  ])("says what to do: $says", ({ data, says }) => {
    const parsed = parse(data);
    expect(parsed.kind === "problem" && parsed.problem.message).toContain(says);
  });

  it("takes a whole cloud or none, and only https hosts", () => {
    const cloud = {
      AZURE_RESOURCE_MANAGER_ENDPOINT: "https://management.chinacloudapi.cn/",
      AZURE_RESOURCE_MANAGER_AUDIENCE: "https://management.core.chinacloudapi.cn/",
      AZURE_AUTHORITY_HOST: "https://login.chinacloudapi.cn",
    };
    expect(parse({ ...ids, ...cloud }, true)).toMatchObject({
      credential: { cloud: { endpoint: "https://management.chinacloudapi.cn" } },
    });
    expect(parse({ ...ids, ...cloud, AZURE_AUTHORITY_HOST: "" }, true).kind).toBe("problem");
    expect(parse({ ...ids, ...cloud, AZURE_AUTHORITY_HOST: "http://x" }, true).kind).toBe(
      "problem",
    );
  });

  it.each([
    { because: "it is China's", endpoint: "https://management.chinacloudapi.cn", ok: true },
    { because: "it is the configured one", endpoint: "https://arm/", ok: true },
    { because: "it is listed", endpoint: "https://ARM.stack.example", ok: true },
    { because: "a tenant made it up", endpoint: "https://evil.example", ok: false },
    { because: "only its end is known", endpoint: "https://x.management.azure.com", ok: false },
    { because: "the port is another", endpoint: "https://management.azure.com:8443", ok: false },
  ])("trusts $endpoint: $ok, because $because", ({ endpoint, ok }) => {
    const cloud = {
      AZURE_RESOURCE_MANAGER_ENDPOINT: endpoint,
      AZURE_RESOURCE_MANAGER_AUDIENCE: "https://management.azure.com/",
      AZURE_AUTHORITY_HOST: "https://login.microsoftonline.com/",
    };
    const parsed = parse({ ...ids, ...cloud }, true, ["arm.stack.example"]);
    expect(parsed.kind).toBe(ok ? "credential" : "problem");
  });

  it("sends no assertion to an authority that only the Secret names, and says the way out", () => {
    const cloud = {
      AZURE_RESOURCE_MANAGER_ENDPOINT: "https://management.azure.com",
      AZURE_RESOURCE_MANAGER_AUDIENCE: "https://management.azure.com/",
      AZURE_AUTHORITY_HOST: "https://login.evil.example",
    };
    const parsed = parse({ ...ids, ...cloud }, true);
    expect(parsed.kind === "problem" && parsed.problem.message).toContain(
      "ASO_FUNCTIONS_ARM_HOSTS",
    );
    expect(parse({ ...ids, ...cloud }, true, ["login.evil.example"]).kind).toBe("credential");
  });
});
