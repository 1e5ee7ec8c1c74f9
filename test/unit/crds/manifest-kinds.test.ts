import { describe, expect, it } from "vitest";
import { manifestKinds } from "../../../src/crds/manifest-kinds.ts";

describe("manifestKinds", () => {
  it("reads documents and lists and passes over what is not Azure's", () => {
    const text = `apiVersion: v1
kind: Namespace
metadata: {name: apps}
---
# nothing here
---
apiVersion: resources.azure.com/v1api20200601
kind: ResourceGroup
metadata: {name: rg}
---
apiVersion: v1
kind: List
items:
  - {apiVersion: network.frontdoor.azure.com/v1api20220501, kind: WebApplicationFirewallPolicy}
`;
    expect(manifestKinds(text, "all.yaml")).toEqual({
      kind: "read",
      used: [
        {
          group: "resources.azure.com",
          version: "v1api20200601",
          kind: "ResourceGroup",
          where: "all.yaml (ResourceGroup rg)",
        },
        {
          group: "network.frontdoor.azure.com",
          version: "v1api20220501",
          kind: "WebApplicationFirewallPolicy",
          where: "all.yaml (WebApplicationFirewallPolicy)",
        },
      ],
    });
  });

  it("reads JSON", () => {
    const text = JSON.stringify({ apiVersion: "sql.azure.com/v1", kind: "User", metadata: {} });
    expect(manifestKinds(text, "-")).toMatchObject({ kind: "read", used: [{ kind: "User" }] });
  });

  it.each([
    { because: "the YAML is broken", text: "a: [", reason: /^x\.yaml: / },
    { because: "it is text", text: "hello", reason: /document 1 has no apiVersion and kind/ },
    {
      because: "an object has no kind",
      text: "apiVersion: v1\n---\n{}",
      reason: /document 1 has no apiVersion and kind/,
    },
  ])("is malformed when $because", ({ text, reason }) => {
    expect(manifestKinds(text, "x.yaml")).toEqual({
      kind: "malformed",
      reason: expect.stringMatching(reason),
    });
  });
});
