import { describe, expect, it } from "vitest";
import type { CatalogGroup } from "../../../src/catalog/types.ts";
import { type KindVersion, resolveKindVersion } from "../../../src/core/convert/kind-version.ts";
import { type Resolver, toArmBody } from "../../../src/core/convert/to-arm.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { explicitWidgets, widgets } from "./widget-group.ts";

const resolver: Resolver = {
  reference: (reference) =>
    reference.kind === "armId"
      ? reference.armId
      : reference.kind === "wellKnown"
        ? `role:${reference.name}`
        : `id:${reference.target.group}/${reference.target.kind}/${reference.target.name}`,
  secret: (name, key) => `secret:${name}/${key}`,
  secretMap: (name) => ({ from: name }),
  config: (name, key) => `config:${name}/${key}`,
};

function widget(group: CatalogGroup): KindVersion {
  const version = resolveKindVersion(group, "Widget", "v20240101");
  if (version === undefined) throw new Error("the fixture has no Widget");
  return version;
}

function bodyOf(spec: JsonObject, group = widgets): JsonObject {
  return toArmBody(spec, widget(group), "w1", resolver).body;
}

const vnet = { group: "network.azure.com", kind: "VirtualNetwork", name: "v" };

type Row = { because: string; spec: JsonObject; body: JsonObject };

const rows: readonly Row[] = [
  { because: "the name is sent even when nothing else is", spec: {}, body: {} },
  {
    because: "owner, azureName, operatorSpec and unknown members are not the body's",
    spec: { owner: { name: "rg" }, azureName: "x", operatorSpec: {}, foo: 1, location: "a" },
    body: { location: "a" },
  },
  {
    because: "zero values are sent, null is not",
    spec: { location: "", size: 0, enabled: false, mode: null, tags: null },
    body: { location: "", properties: { size: 0, enabled: false } },
  },
  {
    because: "flattened members share one properties bag, renamed ones included",
    spec: { size: 3, properties_type: "T" },
    body: { properties: { size: 3, type: "T" } },
  },
  {
    because: "enum values get the schema's spelling, unknown ones pass",
    spec: { mode: "FAST" },
    body: { properties: { mode: "Fast" } },
  },
  {
    because: "an unknown enum value passes",
    spec: { mode: "Other" },
    body: { properties: { mode: "Other" } },
  },
  {
    because: "free-form JSON is sent as it is",
    spec: { anything: { a: [null, {}, []] } },
    body: { properties: { anything: { a: [null, {}, []] } } },
  },
  {
    because: "an empty flattened list leaves its bag behind",
    spec: { rules: [], tags: {}, zones: [] },
    body: { properties: {} },
  },
  {
    because: "elements are converted with their own type",
    spec: { rules: [{ name: "r", port: 1, labels: { a: "b" }, hook: { name: "s", key: "k" } }] },
    body: {
      properties: {
        rules: [{ name: "r", properties: { port: 1 }, labels: { a: "b" }, hook: "secret:s/k" }],
      },
    },
  },
  {
    because: "references become ids at the property's own path",
    spec: { subnetReference: vnet, scopesReferences: [{ armId: "/a" }, vnet] },
    body: {
      properties: {
        subnet: { id: "id:network.azure.com/VirtualNetwork/v" },
        scopes: ["/a", "id:network.azure.com/VirtualNetwork/v"],
      },
    },
  },
  {
    because: "a well-known name is the resolver's to translate",
    spec: { roleReference: { wellKnownName: "Reader" } },
    body: { properties: { roleId: "role:Reader" } },
  },
  {
    because: "a value from a ConfigMap overwrites its literal twin",
    spec: { clientIdFromConfig: { name: "c", key: "k" }, clientId: "literal" },
    body: { properties: { clientId: "config:c/k" } },
  },
  {
    because: "a whole Secret becomes a map",
    spec: { settings: { name: "s" } },
    body: { properties: { settings: { from: "s" } } },
  },
  {
    because: "identities become a map keyed by id",
    spec: {
      identity: {
        type: "UserAssigned",
        userAssignedIdentities: [{ reference: { armId: "/i" } }],
      },
    },
    body: { identity: { type: "UserAssigned", userAssignedIdentities: { "/i": {} } } },
  },
  {
    because: "a list of identities without elements is left out",
    spec: { identity: { userAssignedIdentities: [] } },
    body: { identity: {} },
  },
  {
    because: "the first branch of a union that is set is sent without its wrapper",
    spec: { source: { queue: { kind: "Queue", queueName: "q" }, blob: { container: "c" } } },
    body: { properties: { source: { kind: "Blob", container: "c" } } },
  },
  {
    because: "a value of the wrong type is ARM's to refuse",
    spec: { tags: "none", rules: [1], identity: 7 },
    body: { tags: "none", properties: { rules: [1] }, identity: 7 },
  },
];

const explicitRows: readonly Row[] = [
  {
    because:
      "unset collections of the root are null, those of a bag that is not sent are not there",
    spec: {},
    body: { tags: null, zones: null },
  },
  {
    because: "an empty list is null, an empty map stays, a sent bag shows its collections",
    spec: { zones: [], tags: {}, size: 1 },
    body: { tags: {}, zones: null, properties: { size: 1, rules: null } },
  },
  {
    because:
      "reference lists and identities are left out in every group; explicit-empty wins over null",
    spec: {
      rules: [{ name: "r" }],
      scopesReferences: [],
      identity: { userAssignedIdentities: [] },
    },
    body: {
      tags: null,
      zones: null,
      identity: {},
      properties: { rules: [{ name: "r", labels: {} }] },
    },
  },
];

describe("toArmBody", () => {
  it.each(rows)("$because", ({ spec, body }) => {
    expect(bodyOf(spec)).toEqual({ name: "w1", ...body });
  });

  it.each(explicitRows)("in a group of explicit collections $because", ({ spec, body }) => {
    expect(bodyOf(spec, explicitWidgets)).toEqual({ name: "w1", ...body });
  });

  it("points at every member whose keys are the user's", () => {
    const { maps } = toArmBody(
      {
        tags: { "a/b": "1" },
        rules: [{ labels: {} }, { labels: { x: "y" } }],
        identity: { userAssignedIdentities: [{ reference: { armId: "/i" } }] },
      },
      widget(widgets),
      "w1",
      resolver,
    );
    expect([...maps].sort()).toEqual([
      "/identity/userAssignedIdentities",
      "/properties/rules/1/labels",
      "/tags",
    ]);
  });

  it("keeps a key named __proto__ an ordinary key", () => {
    const tags = JSON.parse('{"__proto__":"x"}') as JsonObject;
    expect(JSON.stringify(bodyOf({ tags }))).toBe('{"tags":{"__proto__":"x"},"name":"w1"}');
  });
});
