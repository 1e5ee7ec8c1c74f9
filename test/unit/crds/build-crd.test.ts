import { describe, expect, it } from "vitest";
import { buildCrd, type CustomResourceDefinition } from "../../../src/crds/build-crd.ts";
import type { OpenApiSchema } from "../../../src/crds/openapi-schema.ts";
import { versionSchema } from "../../../src/crds/version-schema.ts";
import { allMembers, type Member, memberOf } from "./catalog-kinds.ts";

const everything = await allMembers();

describe("the CRD of a kind", () => {
  it("is found by kubectl like that of Azure Service Operator", async () => {
    const crd = build(
      await memberOf("network.frontdoor.azure.com", "WebApplicationFirewallPolicy"),
    );
    expect(crd.metadata).toEqual({
      name: "webapplicationfirewallpolicies.network.frontdoor.azure.com",
      labels: { "app.kubernetes.io/name": "aso-functions", "app.kubernetes.io/version": "1.2.3" },
    });
    expect(crd.spec).toMatchObject({
      scope: "Namespaced",
      conversion: { strategy: "None" },
      names: {
        kind: "WebApplicationFirewallPolicy",
        listKind: "WebApplicationFirewallPolicyList",
        singular: "webapplicationfirewallpolicy",
        categories: ["azure", "networkfrontdoor"],
      },
    });
  });

  it("shows Ready, Severity, Reason and Message and has a status subresource", async () => {
    const crd = build(await memberOf("resources.azure.com", "ResourceGroup"));
    const [version] = crd.spec.versions;
    expect(version?.subresources).toEqual({ status: {} });
    expect(version?.additionalPrinterColumns).toEqual([
      { name: "Ready", type: "string", jsonPath: ".status.conditions[?(@.type=='Ready')].status" },
      {
        name: "Severity",
        type: "string",
        jsonPath: ".status.conditions[?(@.type=='Ready')].severity",
      },
      { name: "Reason", type: "string", jsonPath: ".status.conditions[?(@.type=='Ready')].reason" },
      {
        name: "Message",
        type: "string",
        jsonPath: ".status.conditions[?(@.type=='Ready')].message",
      },
    ]);
  });

  it("serves only the versions asked for", async () => {
    const member = await memberOf("storage.azure.com", "StorageAccount");
    const crd = build(member, ["v20230101", "v1api20210401"]);
    expect(crd.spec.versions.map((version) => [version.name, version.storage])).toEqual([
      ["v1api20210401", false],
      ["v20230101", true],
    ]);
  });

  it("refuses to be built without a version", async () => {
    const member = await memberOf("resources.azure.com", "ResourceGroup");
    expect(() => build(member, [])).toThrow("a CRD needs at least one version");
    expect(() => build(member, ["v1"])).toThrow("the catalog has no version v1");
  });
});

describe("all CRDs", () => {
  const crds = everything.map((member) => build(member));
  const sizes = crds.map((crd) => JSON.stringify(crd).length);

  it("have exactly one storage version, a stable one where there is one", () => {
    for (const crd of crds) {
      const stored = crd.spec.versions.filter((version) => version.storage);
      expect(stored).toHaveLength(1);
      const stable = crd.spec.versions.some((version) => !version.name.endsWith("preview"));
      expect(stored[0]?.name.endsWith("preview")).toBe(!stable);
    }
  });

  it("take at most 6 MB of JSON together and 256 KiB each", () => {
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(6_000_000);
    expect(Math.max(...sizes)).toBeLessThan(256 * 1024);
  });

  it("store every property that any served version has", () => {
    const lost = everything.flatMap(({ group, name, kind }, position) => {
      const stored = crds[position]?.spec.versions.find((version) => version.storage);
      return Object.keys(kind.versions).flatMap((version) => {
        const written = versionSchema(group, kind, version);
        return lostPaths(written, stored?.schema.openAPIV3Schema).map(
          (path) => `${name} ${version} ${path}`,
        );
      });
    });
    expect(lost).toEqual([]);
  });

  it("differ from Azure Service Operator's schema in validation rules only, but for the stored one", () => {
    const changed = everything.flatMap(({ group, name, kind }, position) =>
      (crds[position]?.spec.versions ?? [])
        .filter((version) => !version.storage)
        .filter(
          (version) =>
            JSON.stringify(version.schema.openAPIV3Schema, withoutRules) !==
            JSON.stringify(versionSchema(group, kind, version.name)),
        )
        .map((version) => `${name} ${version.name}`),
    );
    expect(changed).toEqual([]);
  });
});

function build(member: Member, served?: readonly string[]): CustomResourceDefinition {
  const { group, name, kind } = member;
  return buildCrd(group, name, kind, served ?? Object.keys(kind.versions), "1.2.3");
}

function withoutRules(key: string, value: unknown): unknown {
  return key === "x-kubernetes-validations" ? undefined : value;
}

/** The properties of `written` that the API server would prune at `stored`. */
function lostPaths(written: OpenApiSchema, stored: OpenApiSchema | undefined, at = ""): string[] {
  if (stored === undefined) return [at];
  if (stored["x-kubernetes-preserve-unknown-fields"] === true) return [];
  const properties = Object.entries(written.properties ?? {}).flatMap(([name, child]) =>
    lostPaths(child, stored.properties?.[name], `${at}.${name}`),
  );
  const items = written.items && lostPaths(written.items, stored.items, `${at}[]`);
  const values =
    written.additionalProperties &&
    lostPaths(written.additionalProperties, stored.additionalProperties, `${at}{}`);
  return [...properties, ...(items ?? []), ...(values ?? [])];
}
