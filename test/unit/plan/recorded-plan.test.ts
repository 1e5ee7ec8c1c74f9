import { expect, it } from "vitest";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../src/core/json.ts";
import type { CaseFile } from "../../../src/parity/case-files.ts";
import { describeDifference, jsonDifferences } from "../../../src/parity/json-difference.ts";
import { planManifests } from "../../../src/plan/plan-manifests.ts";
import { planAsJson } from "../../../src/plan/show-plan.ts";
import { oracleFiles, redact } from "../../parity/oracle.ts";

const settings = { subscription: "00000000-0000-0000-0000-000000000000", showSecrets: true };
const endpoint = "https://management.azure.com";

/** Recorded bodies that hold what was read from Azure: a plan cannot know that. */
const readFromAzure = [
  "Test_Containerservice_v1api20250801_CreationAndDeletion/keyvault.azure.com/Vault/aso-cs-vault-20250801",
  "Test_Insights_v1api20250101preview_CreationAndDeletion/authorization.azure.com/RoleAssignment/aso-sample-roleassignment",
  "Test_Insights_v1api_CreationAndDeletion/network.azure.com/LoadBalancer/sampleloadbalancervmss1",
  "Test_Machinelearningservices_v1api20240401_CreationAndDeletion/keyvault.azure.com/Vault/ms-ws-vault",
  "Test_Web_v20250501_CreationAndDeletion/authorization.azure.com/RoleAssignment/aso-sample-flex-storage-role",
];

const files = await oracleFiles("cases");

it("plans for the resources of each recorded test together the requests that ASO sent", async () => {
  const results = (await Promise.all(files.map(planFile))).flat();
  // Owners that are no cases themselves come without the Secrets that they need: they wait, and their children are planned all the same.
  const planned = results.filter(({ condition }) => condition === undefined);
  const wrong = planned.filter(({ details }) => details.length > 0);
  expect(wrong.filter(({ id }) => !readFromAzure.includes(id))).toEqual([]);
  expect(wrong).toHaveLength(readFromAzure.length);
  expect(planned).toHaveLength(598);
}, 60_000);

/** The outcome of one case; `condition`: why it waits, instead of differences. */
type Result = {
  readonly id: string;
  readonly details: readonly string[];
  readonly condition?: JsonValue;
};

async function planFile(file: CaseFile): Promise<Result[]> {
  const cases = await file.read();
  const objects = new Map<string, JsonObject>();
  for (const testCase of cases) {
    for (const object of objectsOf(testCase)) {
      const { kind, metadata } = object;
      const key = JSON.stringify([kind, object["apiVersion"], metadata]);
      objects.set(key, merged(objects.get(key), object));
    }
  }
  const plan = await planManifests(
    [...objects.values()].map((object) => ({ object, where: file.path })),
    settings,
  );
  if (plan.kind === "unusable") return [{ id: file.path, details: [plan.reason] }];
  const entries = planAsJson(plan.entries);
  return cases.map((testCase) => resultOf(testCase, entries));
}

function resultOf(testCase: JsonObject, entries: readonly JsonObject[]): Result {
  const id = String(testCase["id"]);
  const { cr, expected } = testCase;
  const entry = entries.find(({ resource }) => isJsonObject(cr) && isOf(resource, cr));
  if (entry === undefined || !isJsonObject(expected)) return { id, details: ["no entry"] };
  const { method = null, url = null, body, condition } = entry;
  if (condition !== undefined) return { id, details: [], condition };
  const wanted: JsonObject = {
    method: expected["method"] ?? null,
    url: `${endpoint}${String(expected["path"])}?api-version=${String(expected["apiVersion"])}`,
    body: expected["body"] ?? null,
  };
  const actual: JsonObject = { method, url, body: isJsonObject(body) ? redact(body) : null };
  return { id, details: jsonDifferences(wanted, actual).map(describeDifference) };
}

function isOf(resource: JsonValue | undefined, cr: JsonObject): boolean {
  const metadata = isJsonObject(cr["metadata"]) ? cr["metadata"] : {};
  return (
    isJsonObject(resource) &&
    resource["apiVersion"] === cr["apiVersion"] &&
    resource["kind"] === cr["kind"] &&
    resource["name"] === metadata["name"]
  );
}

function objectsOf({ cr, related, kube }: JsonObject): JsonObject[] {
  const parts = isJsonObject(kube) ? kube : {};
  return [
    cr ?? null,
    ...list(related).map((one) => (isJsonObject(one) ? (one["cr"] ?? null) : null)),
    ...list(parts["secrets"]).map((one) => typed("Secret", one)),
    ...list(parts["configMaps"]).map((one) => typed("ConfigMap", one)),
  ].filter(isJsonObject);
}

/** Each case knows the keys that it needs. */
function merged(known: JsonObject | undefined, object: JsonObject): JsonObject {
  const both = { ...known, ...object };
  for (const member of ["data", "stringData"]) {
    const [before, after] = [known?.[member], object[member]];
    if (isJsonObject(before) && isJsonObject(after)) both[member] = { ...before, ...after };
  }
  return both;
}

function typed(kind: string, object: JsonValue): JsonValue {
  return isJsonObject(object) ? { ...object, apiVersion: "v1", kind } : object;
}

function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
