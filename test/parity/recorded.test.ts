import { describe, expect, it } from "vitest";
import { isJsonObject, type JsonObject } from "../../src/core/json.ts";
import { recordedCorpus } from "../../src/parity/recorded-corpus.ts";
import { judge, oracleFiles, shortcomings } from "./oracle.ts";

const files = await oracleFiles("cases");

describe("custom resource to request, and body of the GET to status, as recorded", () => {
  it.each(files)("equals ASO in $path", async (file) => {
    const results = (await judge(file)).filter(({ corpus }) => corpus === "recorded");
    expect(results.length).toBeGreaterThan(0);
    expect(shortcomings(results)).toEqual([]);
  });

  it("judges every case", async () => {
    const results = (await Promise.all(files.map(judge))).flat();
    expect(results.filter(({ corpus }) => corpus === "recorded")).toHaveLength(598);
  });
});

describe("a recorded request that reads changed", () => {
  const corpus = recordedCorpus((body) => body);

  it.each([
    {
      id: "Test_Containerservice_v1api20250801_CreationAndDeletion/keyvault.azure.com/Vault/aso-cs-vault-20250801",
      shown: "$.properties.createMode",
      because: "a deleted vault is recovered",
    },
    {
      id: "Test_Insights_v1api_CreationAndDeletion/network.azure.com/LoadBalancer/sampleloadbalancervmss1",
      shown: "$.properties.inboundNatRules",
      because: "rules in Azure are kept",
    },
    {
      id: "Test_Web_v20250501_CreationAndDeletion/authorization.azure.com/RoleAssignment/aso-sample-flex-storage-role",
      shown: "unable to find Azure built-in role-definition",
      because: "roles are looked up by name",
    },
  ])("would be another one without the reads: $because", async ({ id, shown }) => {
    const cases = (await Promise.all(files.map((file) => file.read()))).flat();
    const testCase = cases.find((one) => one["id"] === id);
    const resolved = testCase?.["resolved"];
    if (testCase === undefined || !isJsonObject(resolved)) throw new Error(`no case ${id}`);
    const blind: JsonObject = {
      ...testCase,
      sideReads: [],
      response: { chain: [] },
      resolved: { ...resolved, wellKnownRoles: [] },
    };
    const verdict = await corpus.check(blind);
    expect(verdict).toMatchObject({ kind: "failed", details: [expect.stringContaining(shown)] });
  });
});
