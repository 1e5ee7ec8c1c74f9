import { describe, expect, it } from "vitest";
import { parseArmApiVersion, resolveKindVersion } from "../../../src/core/convert/kind-version.ts";
import { widgets } from "./widget-group.ts";

describe("resolveKindVersion", () => {
  it("follows `same` and keeps the version's own name", () => {
    const found = resolveKindVersion(widgets, "Widget", "v1api20240101");
    expect(found).toMatchObject({
      group: "widgets.azure.com",
      kind: "Widget",
      version: "v1api20240101",
      apiVersion: "2024-01-01",
      armType: "Microsoft.Widgets/widgets",
      spec: 0,
      status: 6,
      secretKeys: ["key1"],
      configMapKeys: [],
      exports: { endpoint: "endpoint" },
      noDelete: false,
    });
  });

  it("takes a storage twin for the version it belongs to", () => {
    expect(resolveKindVersion(widgets, "Widget", "v20240101storage")).toBe(
      resolveKindVersion(widgets, "Widget", "v20240101"),
    );
  });

  it("takes the api-version from the name where the catalog has none", () => {
    const found = resolveKindVersion(widgets, "Widget", "v20250101preview");
    expect(found?.apiVersion).toBe("2025-01-01-preview");
  });

  it.each([
    { kind: "Widget", owner: { group: "resources.azure.com", kind: "ResourceGroup" } },
    { kind: "WidgetsSetting", owner: { group: "widgets.azure.com", kind: "Widget" } },
    { kind: "WidgetLock", owner: "*" },
  ])("names the owner of $kind", ({ kind, owner }) => {
    expect(resolveKindVersion(widgets, kind, "v20240101")?.owner).toEqual(owner);
  });

  it("carries what is special about a kind", () => {
    expect(resolveKindVersion(widgets, "WidgetsSetting", "v20240101")).toMatchObject({
      fixedName: "default",
      hasAzureNameFromConfig: true,
      noDelete: true,
      headOnly: true,
    });
  });

  it.each([
    ["Gadget", "v20240101"],
    ["Widget", "v19990101"],
    ["constructor", "v20240101"],
    ["Widget", "constructor"],
  ])("does not know %s %s", (kind, version) => {
    expect(resolveKindVersion(widgets, kind, version)).toBeUndefined();
  });
});

describe("parseArmApiVersion", () => {
  it.each([
    ["v1api20220401", "2022-04-01"],
    ["v20220401", "2022-04-01"],
    ["v1api20200801preview", "2020-08-01-preview"],
    ["v1api20200801previewstorage", "2020-08-01-preview"],
    ["v20220401storage", "2022-04-01"],
    ["v1beta20210601", "2021-06-01"],
    ["v1alpha1api20210601", "2021-06-01"],
    ["v1", undefined],
    ["v2022040", undefined],
    ["20220401", undefined],
  ])("reads %s as %s", (name, expected) => {
    expect(parseArmApiVersion(name)).toBe(expected);
  });
});
