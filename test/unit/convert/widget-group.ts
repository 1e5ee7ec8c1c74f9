import type { CatalogGroup } from "../../../src/catalog/types.ts";

/** A small API group that has every shape a property can have. */
export const widgets: CatalogGroup = {
  group: "widgets.azure.com",
  types: [
    {
      "!": ["location"],
      location: "s",
      tags: { t: "m", e: "s" },
      zones: { t: "a", e: "s" },
      mode: { t: "s", enum: ["Fast", "Slow"], f: 1 },
      size: { t: "i", f: 1 },
      enabled: { t: "b", f: 1 },
      anything: { t: "j", f: 1 },
      properties_type: { t: "s", p: "properties/type" },
      rules: { t: "a", e: { t: "o", o: 1 }, f: 1 },
      subnetReference: { t: "ref", p: "properties/subnet/id" },
      scopesReferences: { t: "a", e: "ref", p: "properties/scopes" },
      roleReference: { t: "wkref", p: "properties/roleId" },
      password: { t: "secret", f: 1 },
      settings: { t: "secretmap", f: 1 },
      clientId: { t: "s", f: 1 },
      clientIdFromConfig: { t: "config", p: "properties/clientId" },
      identity: { t: "o", o: 2 },
      source: { t: "o", o: 3, f: 1 },
    },
    { name: "s", port: { t: "i", f: 1 }, labels: { t: "m", e: "s" }, hook: "secret" },
    { type: "s", userAssignedIdentities: "uai" },
    { "?": "kind", blob: { t: "o", o: 4, v: "Blob" }, queue: { t: "o", o: 5, v: "Queue" } },
    { kind: { t: "s", enum: ["Blob"] }, container: "s" },
    { kind: { t: "s", enum: ["Queue"] }, queueName: "s" },
    {
      id: "s",
      name: "s",
      type: "s",
      tags: { t: "m", e: "s" },
      count: { t: "i", f: 1 },
      ratio: { t: "n", f: 1 },
      enabled: { t: "b", f: 1 },
      rules: { t: "a", e: { t: "o", o: 1 }, f: 1 },
      properties_type: { t: "s", p: "properties/type" },
      source: { t: "o", o: 3, f: 1 },
      conditions: { t: "a", e: "j", f: 1, u: 1 },
    },
  ],
  kinds: {
    Widget: {
      plural: "widgets",
      arm: "Microsoft.Widgets/widgets",
      scope: "rg",
      owner: "resources/ResourceGroup",
      exports: { endpoint: "endpoint" },
      versions: {
        v1api20240101: { same: "v20240101" },
        v20240101: { api: "2024-01-01", spec: 0, status: 6, req: ["location"], sec: ["key1"] },
        v20250101preview: { spec: 0, status: 6 },
      },
    },
    WidgetsSetting: {
      plural: "widgetssettings",
      arm: "Microsoft.Widgets/widgets/settings",
      scope: "rg",
      owner: "Widget",
      noDelete: 1,
      headOnly: 1,
      versions: {
        v20240101: { api: "2024-01-01", spec: 1, fixedName: "default", nameFromConfig: 1 },
      },
    },
    WidgetLock: {
      plural: "widgetlocks",
      arm: "Microsoft.Widgets/locks",
      scope: "ext",
      owner: "*",
      versions: { v20240101: { api: "2024-01-01", spec: 1 } },
    },
  },
};

/** The same group under the rule that unset collections are sent as null. */
export const explicitWidgets: CatalogGroup = {
  ...widgets,
  collections: "null",
  types: widgets.types.map((type, index) =>
    index === 1 ? { ...type, labels: { t: "m", e: "s", x: 1 } } : type,
  ),
};
