import { describe, expect, it } from "vitest";
import { servedVersions, storageVersion } from "../../../src/crds/served-versions.ts";

describe("storageVersion", () => {
  it.each([
    { because: "the newest date wins", names: ["v20230101", "v20250601"], stored: "v20250601" },
    {
      because: "a stable version goes before a newer preview",
      names: ["v20260101preview", "v20250601"],
      stored: "v20250601",
    },
    {
      because: "among previews the newest date wins",
      names: ["v20210101preview", "v20220101preview"],
      stored: "v20220101preview",
    },
    {
      because: "of two names for one date the one that Kubernetes can order wins",
      names: ["v20230101", "v1api20230101"],
      stored: "v20230101",
    },
    { because: "v1 alone is fine", names: ["v1"], stored: "v1" },
  ])("$because", ({ names, stored }) => {
    expect(storageVersion(names)).toBe(stored);
    expect(storageVersion([...names].reverse())).toBe(stored);
  });
});

describe("servedVersions", () => {
  const names = ["v20250601", "v1api20230101", "v20230101"];
  it("gives all sorted, the newest alone, or the listed ones that exist", () => {
    expect(servedVersions(names, "all")).toEqual(["v1api20230101", "v20230101", "v20250601"]);
    expect(servedVersions(names, "newest")).toEqual(["v20250601"]);
    expect(servedVersions(names, ["v20230101", "v1"])).toEqual(["v20230101"]);
    expect(servedVersions([], "newest")).toEqual([]);
  });
});
