import { describe, expect, it } from "vitest";
import { defaultAzureName, type NamedVersion } from "../../../src/core/resource/azure-name.ts";
import { mergeOwnerReference, ownerLabels, parseOwner } from "../../../src/core/resource/owner.ts";
import { effectivePolicy } from "../../../src/core/resource/policy.ts";
import { parseSyncPeriod, pollDelayMs, retryDelayMs } from "../../../src/core/resource/retry.ts";
import type { CustomResource } from "../../../src/core/resource/types.ts";

describe("effectivePolicy", () => {
  it.each([
    { own: undefined, namespace: undefined, policy: "manage", because: "the default applies" },
    { own: "", namespace: "skip", policy: "skip", because: "an empty value is none" },
    { own: "manage", namespace: "skip", policy: "manage", because: "the resource comes first" },
    { own: "Skip", namespace: "skip", policy: "manage", because: "a typo hides the Namespace" },
  ])("is $policy because $because", ({ own, namespace, policy }) => {
    expect(effectivePolicy(own, namespace, "manage").policy).toBe(policy);
  });

  it("tells a typo and what each policy allows", () => {
    expect(effectivePolicy("Skip", undefined, "manage").invalid).toBe("Skip");
    expect(effectivePolicy("detach-on-delete", undefined, "manage")).toMatchObject({
      mayModify: true,
      mayDelete: false,
    });
    expect(effectivePolicy(undefined, undefined, "bogus")).toMatchObject({
      mayModify: false,
      mayDelete: false,
    });
  });
});

describe("times", () => {
  it("double to their limit", () => {
    const options = { syncPeriodMs: "never", random01: 0.5 } as const;
    expect([0, 1, 5, 50].map((n) => retryDelayMs("fast", n, options))).toEqual([
      1000, 2000, 30_000, 30_000,
    ]);
    expect([0, 7, 8].map((n) => retryDelayMs("slow", n, options))).toEqual([
      1000, 128_000, 180_000,
    ]);
    expect(retryDelayMs("verySlow", 9, options)).toBe(3_600_000);
    expect([0, 5, 6].map(pollDelayMs)).toEqual([1000, 32_000, 60_000]);
  });

  it.each([
    { text: "", period: 3_600_000 },
    { text: "1h30m", period: 5_400_000 },
    { text: "never", period: "never" },
    { text: "0s", period: "never" },
    { text: "-5m", period: "never" },
    { text: "1d", period: undefined },
    { text: "3600", period: undefined },
  ])("read the sync period $text", ({ text, period }) => {
    expect(parseSyncPeriod(text)).toBe(period);
  });
});

const groupRule = { group: "resources.azure.com", kind: "ResourceGroup" };

describe("owners", () => {
  it.each([
    { owner: { name: "rg" }, rule: groupRule, kind: "resource" },
    { owner: { armId: "/subscriptions/s/resourceGroups/rg" }, rule: groupRule, kind: "armId" },
    { owner: { name: "rg" }, rule: undefined, kind: "none" },
    { owner: { name: "rg", armId: "/subscriptions/s" }, rule: groupRule, kind: "problem" },
    { owner: {}, rule: groupRule, kind: "problem" },
    { owner: { name: "rg", kind: "Server" }, rule: groupRule, kind: "problem" },
    { owner: { name: "/subscriptions/s" }, rule: groupRule, kind: "problem" },
    { owner: { armId: "rg" }, rule: groupRule, kind: "problem" },
    { owner: { name: "rg" }, rule: "*", kind: "problem" },
    { owner: { name: "rg", ...groupRule }, rule: "*", kind: "resource" },
  ] as const)("read $owner as $kind", ({ owner, rule, kind }) => {
    expect(parseOwner({ owner }, rule).kind).toBe(kind);
  });

  it("get labels that the API server takes", () => {
    const name = `${"a".repeat(62)}.rest`;
    const found = ownerLabels(parseOwner({ owner: { name } }, groupRule), []);
    expect(Object.values(found)).toEqual(["a".repeat(62), "ResourceGroup.resources.azure.com"]);
  });

  it("are referred to once, whatever the version and uid were before", () => {
    const old = {
      apiVersion: "resources.azure.com/v1",
      kind: "ResourceGroup",
      name: "rg",
      uid: "1",
    };
    const other = { ...old, name: "other" };
    const next = { ...old, apiVersion: "resources.azure.com/v2", uid: "2" };
    expect(mergeOwnerReference([other, old], next)).toEqual([other, next]);
    expect(mergeOwnerReference([other], next)).toEqual([other, next]);
  });
});

describe("defaultAzureName", () => {
  const version: NamedVersion = {
    ...{ group: "authorization.azure.com", kind: "RoleAssignment", version: "v20220401" },
    ...{ owner: "*", fixedName: undefined, hasAzureNameFromConfig: false },
  };
  const owner = {
    armId: "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/myrg",
  };
  const nameOf = (spec: CustomResource["spec"], over: Partial<NamedVersion> = {}) =>
    defaultAzureName({
      resource: {
        ...{ apiVersion: "a/v", kind: "RoleAssignment", spec: spec ?? {} },
        metadata: {
          name: "myroleassignment",
          namespace: "default",
          uid: "u-1",
          resourceVersion: "1",
        },
      },
      version: { ...version, ...over },
    });

  it("depends on the API version that the user wrote", () => {
    expect(nameOf({ owner })).toBe("d4312672-a98e-5ffe-9831-728f273607a3");
    expect(nameOf({ owner }, { version: "v1api20220401" })).toBe(
      "aa84af1c-81f2-5a62-b3b4-155c829e36c4",
    );
    expect(nameOf({ owner: { name: "myrg", ...groupRule } })).toBe(
      "69e1d155-c4e0-5c75-a5fc-7d990bc7325d",
    );
  });

  it("stays the same under the random convention", () => {
    expect(nameOf({ owner, operatorSpec: { namingConvention: "Random" } })).toBe("u-1");
    expect(nameOf({ owner, operatorSpec: { namingConvention: "bogus" } })).toBeUndefined();
  });

  it("is the fixed one, the given one, the configured one or the resource's own", () => {
    expect(nameOf({ azureName: "x" }, { fixedName: "default" })).toBe("default");
    expect(nameOf({ azureName: "x" })).toBe("x");
    const plain = { kind: "Thing", hasAzureNameFromConfig: true };
    expect(nameOf({}, plain)).toBe("myroleassignment");
    expect(nameOf({ azureNameFromConfig: { name: "c", key: "k" } }, plain)).toBeUndefined();
  });
});
