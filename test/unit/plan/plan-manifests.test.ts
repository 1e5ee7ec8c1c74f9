import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { planManifests } from "../../../src/plan/plan-manifests.ts";
import {
  changed,
  entriesOf,
  identity,
  login,
  planOf,
  resourceGroup,
  server,
  setting,
  settings,
} from "./manifests.ts";

const arm = "https://management.azure.com/subscriptions/sub-1/resourceGroups/rg";
const all = [setting, login, server, resourceGroup];

describe("a plan", () => {
  it("has the requests in the order of their dependencies, secret values redacted", async () => {
    const plan = await planOf(all);
    expect([...plan.keys()]).toEqual([
      "ResourceGroup rg",
      "FlexibleServer db",
      "FlexibleServersConfiguration limit",
    ]);
    expect(plan.get("FlexibleServer db")).toEqual({
      resource: {
        apiVersion: "dbforpostgresql.azure.com/v1api20221201",
        kind: "FlexibleServer",
        namespace: "team",
        name: "db",
      },
      method: "PUT",
      url: `${arm}/providers/Microsoft.DBforPostgreSQL/flexibleServers/db?api-version=2022-12-01`,
      body: {
        name: "db",
        location: "westus3",
        properties: { administratorLoginPassword: "[redacted]" },
      },
    });
  });

  it("shows secret values when asked to, decoded where they are Base64", async () => {
    const secret = { ...login, data: { password: btoa("från data") }, stringData: {} };
    const plan = await planOf([setting, secret, server, resourceGroup], { showSecrets: true });
    expect(plan.get("FlexibleServer db")).toMatchObject({
      body: { properties: { administratorLoginPassword: expect.any(String) } },
    });
    expect(JSON.stringify([...plan])).not.toContain("redacted");
  });

  it("says what a resource waits for, and still plans what depends on it", async () => {
    const plan = await planOf([setting, server, resourceGroup]);
    expect(plan.get("FlexibleServer db")).toMatchObject({
      condition: {
        type: "Ready",
        status: "False",
        severity: "Warning",
        reason: "SecretNotFound",
        message: expect.stringContaining('Secret "team/login" does not exist'),
      },
    });
    expect(plan.get("FlexibleServersConfiguration limit")).toMatchObject({
      url: `${arm}/providers/Microsoft.DBforPostgreSQL/flexibleServers/db/configurations/max_connections?api-version=2022-12-01`,
      notes: ["It is sent only after FlexibleServer team/db, which waits itself."],
    });
  });

  it.each<{ because: string; objects: JsonObject[]; of: string; entry: JsonObject }>([
    {
      because: "the owner is not among the manifests",
      objects: [server, login],
      of: "FlexibleServer db",
      entry: {
        condition: expect.objectContaining({ reason: "WaitingForOwner" }),
        notes: ["ResourceGroup team/rg is not among the manifests."],
      },
    },
    {
      because: "the owner stands in another namespace",
      objects: [server, login, changed(resourceGroup, { metadata: { namespace: "other" } })],
      of: "FlexibleServer db",
      entry: { condition: expect.objectContaining({ reason: "WaitingForOwner" }) },
    },
    {
      because: "no owner is named",
      objects: [changed(setting, { spec: { owner: {} } })],
      of: "FlexibleServersConfiguration limit",
      entry: { condition: expect.objectContaining({ reason: "Failed" }) },
    },
    {
      because: "the owner itself waits for one that is not there",
      objects: [changed(setting, { spec: { owner: { name: "db" } } }), server, login],
      of: "FlexibleServersConfiguration limit",
      entry: {
        condition: expect.objectContaining({ reason: "WaitingForOwner" }),
        notes: ["FlexibleServer team/db is among the manifests, but cannot be planned itself."],
      },
    },
    {
      because: "the Secret lacks the key",
      objects: [{ ...login, stringData: { other: "x" } }, server, resourceGroup],
      of: "FlexibleServer db",
      entry: {
        condition: expect.objectContaining({
          message: expect.stringContaining('does not contain key "password"'),
        }),
      },
    },
    {
      because: "the API server would refuse it",
      objects: [changed(resourceGroup, { spec: { location: 7 } })],
      of: "ResourceGroup rg",
      entry: { refused: ["spec.location must be a string"] },
    },
    {
      because: "the owner's id is in another subscription than the credential",
      objects: [
        changed(setting, {
          spec: {
            owner: {
              armId:
                "/subscriptions/other/resourceGroups/g/providers/Microsoft.DBforPostgreSQL/flexibleServers/s",
            },
          },
        }),
      ],
      of: "FlexibleServersConfiguration limit",
      entry: { condition: expect.objectContaining({ reason: "SubscriptionMismatch" }) },
    },
    {
      because: "the resource was claimed under another name",
      objects: [
        changed(resourceGroup, {
          metadata: {
            annotations: {
              "serviceoperator.azure.com/resource-id": "/subscriptions/sub-1/resourceGroups/old",
            },
          },
        }),
      ],
      of: "ResourceGroup rg",
      entry: { condition: expect.objectContaining({ reason: "Failed", severity: "Error" }) },
    },
  ])("has a condition when $because", async ({ objects, of, entry }) => {
    expect((await planOf(objects)).get(of)).toMatchObject(entry);
  });

  it("notes fields that the version does not have", async () => {
    const plan = await planOf([changed(resourceGroup, { spec: { locaton: "x" } })]);
    expect(plan.get("ResourceGroup rg")).toMatchObject({
      method: "PUT",
      notes: ["spec.locaton is not part of resources.azure.com/v1api20200601."],
    });
  });

  it("names who writes a ConfigMap that is not there yet", async () => {
    const exported = { configMaps: { principalId: { name: "id-map", key: "principal" } } };
    const role: JsonObject = {
      apiVersion: "authorization.azure.com/v1api20220401",
      kind: "RoleAssignment",
      metadata: { name: "role", namespace: "team" },
      spec: {
        owner: { name: "rg", group: "resources.azure.com", kind: "ResourceGroup" },
        principalIdFromConfig: { name: "id-map", key: "principal" },
        roleDefinitionReference: { wellKnownName: "Contributor" },
      },
    };
    const objects = [identity(exported), role, resourceGroup];
    expect((await planOf(objects)).get("RoleAssignment role")).toMatchObject({
      condition: { reason: "ConfigMapNotFound" },
      notes: [
        "ConfigMap team/id-map is written by UserAssignedIdentity team/id once Azure has it.",
      ],
    });
    const map = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "id-map", namespace: "team" },
      data: { principal: "guid" },
    };
    expect((await planOf([...objects, map])).get("RoleAssignment role")).toMatchObject({
      body: { properties: { principalId: "guid", roleDefinitionId: "Contributor" } },
      notes: [expect.stringContaining("A name in the body is looked up before it is sent")],
    });
  });

  it("plans reads before a PUT as if Azure had nothing", async () => {
    const vault: JsonObject = {
      apiVersion: "keyvault.azure.com/v1api20230701",
      kind: "Vault",
      metadata: { name: "kv", namespace: "team" },
      spec: {
        location: "westus3",
        owner: { name: "rg" },
        properties: {
          createMode: "createOrRecover",
          sku: { family: "A", name: "standard" },
          tenantId: "11111111-1111-1111-1111-111111111111",
        },
      },
    };
    expect((await planOf([vault, resourceGroup])).get("Vault kv")).toMatchObject({
      body: { properties: { createMode: "default" } },
      notes: [expect.stringMatching(/^Azure is read before the PUT, by GET .*deletedVaults\/kv/)],
    });
  });

  it("sends nothing under the policy skip, and still knows the id", async () => {
    const namespace = {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: "team",
        annotations: { "serviceoperator.azure.com/reconcile-policy": "skip" },
      },
    };
    const managed = changed(server, {
      metadata: { annotations: { "serviceoperator.azure.com/reconcile-policy": "manage" } },
    });
    const plan = await planOf([namespace, login, managed, resourceGroup]);
    expect(plan.get("ResourceGroup rg")).toMatchObject({
      untouched: "Its reconcile policy is skip: Azure is read, never written.",
      armId: "/subscriptions/sub-1/resourceGroups/rg",
    });
    expect(plan.get("FlexibleServer db")).toMatchObject({ method: "PUT" });
  });

  it("takes subscription, tenant and cloud from a credential Secret among the manifests", async () => {
    const credential = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "aso-credential", namespace: "team" },
      stringData: {
        AZURE_SUBSCRIPTION_ID: "sub-2",
        AZURE_TENANT_ID: "tenant-2",
        AZURE_CLIENT_ID: "client",
        AZURE_CLIENT_SECRET: "hunter2",
      },
    };
    const plan = await planOf([credential, resourceGroup]);
    expect(plan.get("ResourceGroup rg")).toMatchObject({
      url: expect.stringContaining("/subscriptions/sub-2/resourceGroups/rg?"),
      tenant: "tenant-2",
    });
    expect(JSON.stringify([...plan])).not.toContain("hunter2");
    const broken = { ...credential, stringData: { AZURE_TENANT_ID: "t" } };
    expect((await planOf([broken, resourceGroup])).get("ResourceGroup rg")).toMatchObject({
      condition: { message: expect.stringContaining("does not contain key") },
    });
  });

  it("assumes the given subscription for a named credential that is not there", async () => {
    const named = changed(resourceGroup, {
      metadata: { annotations: { "serviceoperator.azure.com/credential-from": "mine" } },
    });
    expect((await planOf([named], { tenant: "tenant-1" })).get("ResourceGroup rg")).toMatchObject({
      tenant: "tenant-1",
      notes: [expect.stringContaining("credential Secret mine is not among the manifests")],
    });
  });

  it("leaves alone what is not in Azure Resource Manager", async () => {
    const user: JsonObject = {
      apiVersion: "sql.azure.com/v1",
      kind: "User",
      metadata: { name: "user", namespace: "team" },
      spec: {
        owner: { name: "db" },
        localUser: {
          password: { name: "login", key: "password" },
          serverAdminPassword: { name: "login", key: "password" },
          serverAdminUsername: "admin",
        },
      },
    };
    expect((await planOf([user])).get("User user")).toMatchObject({
      untouched: expect.stringContaining("not a resource of Azure Resource Manager"),
    });
  });

  it("resolves references to resources of the manifests, whoever comes first", async () => {
    const group = changed(resourceGroup, { metadata: { name: "a" } });
    const lock = changed(identity(), { metadata: { name: "a" }, spec: { owner: { name: "a" } } });
    const plan = await entriesOf([lock, group]);
    expect(plan.map(({ resource }) => resource.kind)).toEqual([
      "ResourceGroup",
      "UserAssignedIdentity",
    ]);
  });
});

describe("manifests that cannot be planned at all", () => {
  it.each<{ because: string; objects: JsonObject[]; reason: string }>([
    { because: "there is nothing of Azure", objects: [login], reason: "no object of an *.azure" },
    {
      because: "the kind is unknown",
      objects: [{ ...resourceGroup, kind: "Nope" }],
      reason: "test.yaml: no kind Nope in group resources.azure.com",
    },
    {
      because: "the version is unknown",
      objects: [{ ...resourceGroup, apiVersion: "resources.azure.com/v1" }],
      reason: "ResourceGroup has no version v1; it has v1api20200601",
    },
    {
      because: "one resource is there twice and differs",
      objects: [resourceGroup, changed(resourceGroup, { spec: { location: "eastus" } })],
      reason: "ResourceGroup team/rg is twice in test.yaml, and differs",
    },
    {
      because: "one resource is there at two versions",
      objects: [
        setting,
        { ...setting, apiVersion: "dbforpostgresql.azure.com/v1api20230601preview" },
      ],
      reason: "FlexibleServersConfiguration team/limit is twice in test.yaml, and differs",
    },
    {
      because: "a Secret is not Base64",
      objects: [resourceGroup, { ...login, data: { password: "hunter2!" } }],
      reason: "test.yaml: data of Secret team/login is not Base64",
    },
  ])("are refused when $because", async ({ objects, reason }) => {
    const plan = await planManifests(
      objects.map((object) => ({ object, where: "test.yaml" })),
      settings,
    );
    expect(plan).toEqual({ kind: "unusable", reason: expect.stringContaining(reason) });
  });

  it("are not those that hold one object twice without a difference", async () => {
    expect(await entriesOf([resourceGroup, structuredClone(resourceGroup)])).toHaveLength(1);
  });
});
