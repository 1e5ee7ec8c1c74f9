import type { JsonObject } from "../../../src/core/json.ts";
import { planManifests } from "../../../src/plan/plan-manifests.ts";
import type { PlanEntry, PlanSettings } from "../../../src/plan/plan-types.ts";
import { planAsJson } from "../../../src/plan/show-plan.ts";

export const settings: PlanSettings = { subscription: "sub-1", showSecrets: false };

export const resourceGroup: JsonObject = {
  apiVersion: "resources.azure.com/v1api20200601",
  kind: "ResourceGroup",
  metadata: { name: "rg", namespace: "team" },
  spec: { location: "westus3" },
};

export const server: JsonObject = {
  apiVersion: "dbforpostgresql.azure.com/v1api20221201",
  kind: "FlexibleServer",
  metadata: { name: "db", namespace: "team" },
  spec: {
    location: "westus3",
    owner: { name: "rg" },
    administratorLoginPassword: { name: "login", key: "password" },
  },
};

export const setting: JsonObject = {
  apiVersion: "dbforpostgresql.azure.com/v1api20221201",
  kind: "FlexibleServersConfiguration",
  metadata: { name: "limit", namespace: "team" },
  spec: { owner: { name: "db" }, azureName: "max_connections", value: "9" },
};

export const login: JsonObject = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "login", namespace: "team" },
  stringData: { password: "hunter2" },
};

export function identity(operatorSpec?: JsonObject): JsonObject {
  return {
    apiVersion: "managedidentity.azure.com/v1api20230131",
    kind: "UserAssignedIdentity",
    metadata: { name: "id", namespace: "team" },
    spec: {
      location: "westus3",
      owner: { name: "rg" },
      ...(operatorSpec === undefined ? {} : { operatorSpec }),
    },
  };
}

/** A copy with other members in `metadata` or `spec`. */
export function changed(
  object: JsonObject,
  change: { readonly metadata?: JsonObject; readonly spec?: JsonObject },
): JsonObject {
  const copy = structuredClone(object);
  copy["metadata"] = { ...(copy["metadata"] as JsonObject), ...change.metadata };
  copy["spec"] = { ...(copy["spec"] as JsonObject), ...change.spec };
  return copy;
}

export async function entriesOf(
  objects: readonly JsonObject[],
  others: Partial<PlanSettings> = {},
): Promise<readonly PlanEntry[]> {
  const plan = await planManifests(
    objects.map((object) => ({ object, where: "test.yaml" })),
    { ...settings, ...others },
  );
  if (plan.kind === "unusable") throw new Error(plan.reason);
  return plan.entries;
}

/** The plan as JSON, by `Kind name`. */
export async function planOf(
  objects: readonly JsonObject[],
  others: Partial<PlanSettings> = {},
): Promise<ReadonlyMap<string, JsonObject>> {
  const entries = await entriesOf(objects, others);
  const shown = planAsJson(entries);
  return new Map(
    entries.map(({ resource }, at) => [
      `${resource.kind} ${resource.metadata.name}`,
      shown[at] ?? {},
    ]),
  );
}
