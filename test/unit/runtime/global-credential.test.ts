import { describe, expect, it } from "vitest";
import { readConfig } from "../../../src/config/config.ts";
import { globalCredential } from "../../../src/runtime/global-credential.ts";

const all = {
  AZURE_SUBSCRIPTION_ID: "sub",
  AZURE_TENANT_ID: "tenant",
  AZURE_CLIENT_ID: "client",
  USE_WORKLOAD_IDENTITY_AUTH: "true",
  AZURE_FEDERATED_TOKEN_FILE: "/token",
  AZURE_CLIENT_CERTIFICATE: "pem",
  AZURE_CLIENT_CERTIFICATE_PASSWORD: "pass",
  AZURE_CLIENT_SECRET: "secret",
};
const from = (given: Readonly<Record<string, string | undefined>>) =>
  globalCredential(readConfig({ AzureWebJobsStorage: "UseDevelopmentStorage=true", ...given }));

describe("the global credential", () => {
  it.each([
    { without: [], kind: "tokenFile" },
    { without: ["USE_WORKLOAD_IDENTITY_AUTH"], kind: "certificate" },
    { without: ["USE_WORKLOAD_IDENTITY_AUTH", "AZURE_CLIENT_CERTIFICATE"], kind: "clientSecret" },
    {
      without: ["USE_WORKLOAD_IDENTITY_AUTH", "AZURE_CLIENT_CERTIFICATE", "AZURE_CLIENT_SECRET"],
      kind: "managedIdentity",
    },
  ])("is proven by $kind without $without", ({ without, kind }) => {
    const given = Object.entries(all).filter(([name]) => !without.includes(name));
    expect(from(Object.fromEntries(given))).toMatchObject({ source: "global", proof: { kind } });
  });

  it("has its certificate's password, further tenants and the configured cloud", () => {
    const found = from({
      ...all,
      USE_WORKLOAD_IDENTITY_AUTH: "false",
      AZURE_ADDITIONAL_TENANTS: "t1, t2",
      AZURE_RESOURCE_MANAGER_ENDPOINT: "https://management.chinacloudapi.cn/",
      AZURE_RESOURCE_MANAGER_AUDIENCE: "https://management.core.chinacloudapi.cn/",
      AZURE_AUTHORITY_HOST: "https://login.chinacloudapi.cn",
    });
    expect(found?.proof.kind === "certificate" && found.proof.password?.reveal()).toBe("pass");
    expect(found).toMatchObject({
      additionalTenants: ["t1", "t2"],
      cloud: {
        endpoint: "https://management.chinacloudapi.cn",
        audience: "https://management.core.chinacloudapi.cn/",
        authorityHost: "https://login.chinacloudapi.cn",
      },
    });
  });

  it("is none without a subscription, and never one of a cloud without https", () => {
    expect(from({ ...all, AZURE_SUBSCRIPTION_ID: "" })).toBeUndefined();
    expect(() => from({ ...all, AZURE_AUTHORITY_HOST: "http://login.example" })).toThrow(
      "AZURE_AUTHORITY_HOST",
    );
  });
});
