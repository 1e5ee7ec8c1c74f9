import { describe, expect, it } from "vitest";
import { readConfig } from "../../../src/config/config.ts";

function clusters(own: object, targets: string) {
  const entry = { name: "c", auth: { kind: "kubeconfigSetting", setting: "X" }, ...own };
  return readConfig({
    AzureWebJobsStorage: "UseDevelopmentStorage=true",
    ASO_FUNCTIONS_CLUSTERS: JSON.stringify([entry]),
    AZURE_TARGET_NAMESPACES: targets,
  }).clusters[0]?.namespaces;
}

describe("target namespaces", () => {
  it.each([
    ["all without a setting", {}, "", undefined],
    ["those of AZURE_TARGET_NAMESPACES, blanks ignored", {}, "a, b ,", ["a", "b"]],
    ["the cluster's own before those", { namespaces: ["c"] }, "a", ["c"]],
  ])("are %s", (_what, own, targets, expected) => {
    expect(clusters(own, targets)).toEqual(expected);
  });

  it("are refused as an empty list, which could mean all or none", () => {
    expect(() => clusters({ namespaces: [] }, "")).toThrow(
      /ASO_FUNCTIONS_CLUSTERS\[0\.namespaces\]/,
    );
  });
});
