import { describe, expect, it } from "vitest";
import { collectInputs } from "../../../src/core/convert/inputs.ts";
import { resolveKindVersion } from "../../../src/core/convert/kind-version.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { widgets } from "./widget-group.ts";

function inputsOf(spec: JsonObject) {
  const version = resolveKindVersion(widgets, "Widget", "v20240101");
  if (version === undefined) throw new Error("the fixture has no Widget");
  return collectInputs(spec, version);
}

describe("collectInputs", () => {
  it("finds every input with its path, but neither owner nor exports", () => {
    const target = { group: "g", kind: "K", name: "n" };
    const inputs = inputsOf({
      owner: { name: "rg" },
      operatorSpec: { secrets: { key1: { name: "s", key: "k" } } },
      subnetReference: target,
      scopesReferences: [{ armId: "/a" }],
      roleReference: { wellKnownName: "Reader" },
      identity: { userAssignedIdentities: [{ reference: { armId: "/i" } }] },
      password: { name: "s", key: "p" },
      rules: [{}, { hook: { name: "s", key: "h" } }],
      settings: { name: "all" },
      clientIdFromConfig: { name: "c", key: "k" },
    });
    expect(inputs.references).toEqual([
      {
        path: "spec.identity.userAssignedIdentities[0].reference",
        reference: { kind: "armId", armId: "/i" },
      },
      { path: "spec.subnetReference", reference: { kind: "resource", target } },
      { path: "spec.scopesReferences[0]", reference: { kind: "armId", armId: "/a" } },
      { path: "spec.roleReference", reference: { kind: "wellKnown", name: "Reader" } },
    ]);
    expect(inputs.secrets).toEqual([
      { path: "spec.rules[1].hook", name: "s", key: "h" },
      { path: "spec.password", name: "s", key: "p" },
    ]);
    expect(inputs.secretMaps).toEqual([{ path: "spec.settings", name: "all" }]);
    expect(inputs.configMaps).toEqual([{ path: "spec.clientIdFromConfig", name: "c", key: "k" }]);
    expect(inputs.problems).toEqual([]);
  });

  it.each<{ because: string; spec: JsonObject; message: string }>([
    {
      because: "a literal and its ConfigMap twin",
      spec: { clientId: "", clientIdFromConfig: { name: "c", key: "k" } },
      message: "spec.clientId and spec.clientIdFromConfig are both set; only one may be",
    },
    {
      because: "a reference in two forms",
      spec: { subnetReference: { armId: "/a", name: "n" } },
      message: "spec.subnetReference must have only one of armId or group, kind and name",
    },
    {
      because: "a reference in no form",
      spec: { scopesReferences: [{ armId: "" }] },
      message: "spec.scopesReferences[0] needs armId or group, kind and name",
    },
    {
      because: "a reference by half a name",
      spec: { roleReference: { name: "n", kind: "K" } },
      message: "spec.roleReference needs all of group, kind and name",
    },
    {
      because: "an identity without reference",
      spec: { identity: { userAssignedIdentities: [{}] } },
      message:
        "spec.identity.userAssignedIdentities[0].reference needs armId or group, kind and name",
    },
    {
      because: "a secret without key",
      spec: { password: { name: "s" } },
      message: "spec.password needs name and key",
    },
    {
      because: "a secret map without name",
      spec: { settings: {} },
      message: "spec.settings needs name",
    },
  ])("refuses $because", ({ spec, message }) => {
    expect(inputsOf(spec).problems).toEqual([
      { reason: "Failed", severity: "Error", retry: "slow", message },
    ]);
  });

  it.each<{ spec: JsonObject; path: string }>([
    { spec: { password: { name: "s".repeat(254), key: "k" } }, path: "spec.password.name" },
    { spec: { password: { name: "a/../b", key: "k" } }, path: "spec.password.name" },
    { spec: { password: { name: "-s", key: "k" } }, path: "spec.password.name" },
    { spec: { password: { name: "s", key: "k/l" } }, path: "spec.password.key" },
    { spec: { password: { name: "s", key: ".." } }, path: "spec.password.key" },
    { spec: { password: { name: "s", key: "k".repeat(254) } }, path: "spec.password.key" },
    { spec: { settings: { name: "All" } }, path: "spec.settings.name" },
    {
      spec: { clientIdFromConfig: { name: "c\n", key: "k" } },
      path: "spec.clientIdFromConfig.name",
    },
    { spec: { clientIdFromConfig: { name: "c", key: "k%" } }, path: "spec.clientIdFromConfig.key" },
  ])("refuses what Kubernetes could not hold under $path", ({ spec, path }) => {
    const { problems, secrets, secretMaps, configMaps } = inputsOf(spec);
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining(path)]);
    expect([...secrets, ...secretMaps, ...configMaps]).toEqual([]);
  });

  it("takes the longest name and key, with dots and underscores", () => {
    const password = { name: `${"s".repeat(250)}.s2`, key: `_K.${"k".repeat(250)}` };
    expect(inputsOf({ password }).problems).toEqual([]);
  });

  it("does not take a wellKnownName where the property has none", () => {
    expect(inputsOf({ subnetReference: { wellKnownName: "x" } }).problems).toHaveLength(1);
  });
});
