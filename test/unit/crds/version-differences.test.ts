import { describe, expect, it } from "vitest";
import { buildCrd } from "../../../src/crds/build-crd.ts";
import type { OpenApiSchema } from "../../../src/crds/openapi-schema.ts";
import { unionSchema } from "../../../src/crds/union-schema.ts";
import { withDifferences } from "../../../src/crds/version-differences.ts";
import { memberOf } from "./catalog-kinds.ts";

describe("withDifferences", () => {
  const number: OpenApiSchema = { type: "number" };
  const integer: OpenApiSchema = { type: "integer" };

  it.each<{ because: string; a: OpenApiSchema; b: OpenApiSchema; at: string; said: string }>([
    {
      because: "a number is an integer elsewhere",
      a: { type: "object", properties: { x: number } },
      b: { type: "object", properties: { x: integer } },
      at: "x",
      said: "The versions differ: number in v2; integer in v1.",
    },
    {
      because: "the case of a name differs",
      a: { type: "object", properties: { ipRules: number } },
      b: { type: "object", properties: { IPRules: number } },
      at: "ipRules",
      said: "Only in v2; spelled IPRules in the other versions.",
    },
    {
      because: "elements of lists differ",
      a: { type: "object", properties: { x: { type: "array", items: number } } },
      b: { type: "object", properties: { x: { type: "array", items: { type: "object" } } } },
      at: "x.items",
      said: "The versions differ: number in v2; object in v1.",
    },
  ])("says so when $because", ({ a, b, at, said }) => {
    const versions = [
      { version: "v2", schema: a },
      { version: "v1", schema: b },
    ];
    const described = withDifferences(unionSchema([a, b]), versions);
    const [name = "", items] = at.split(".");
    const property = described.properties?.[name];
    expect((items === undefined ? property : property?.items)?.description).toBe(said);
  });

  it("says nothing about what a version only adds or limits", () => {
    const a: OpenApiSchema = { type: "object", properties: { x: { type: "string", enum: ["a"] } } };
    const b: OpenApiSchema = { type: "object", properties: { x: { type: "string" }, y: number } };
    const united = unionSchema([a, b]);
    const versions = [
      { version: "v2", schema: a },
      { version: "v1", schema: b },
    ];
    expect(withDifferences(united, versions)).toEqual(united);
  });
});

describe("the CRD of a kind whose versions contradict each other", () => {
  it("takes both at the stored version, and says where", async () => {
    const { group, name, kind } = await memberOf(
      "sql.azure.com",
      "ServersDatabasesBackupShortTermRetentionPolicy",
    );
    const crd = buildCrd(group, name, kind, Object.keys(kind.versions), "1");
    const stored = crd.spec.versions.find(({ storage }) => storage)?.schema.openAPIV3Schema;
    expect(stored?.properties?.["spec"]?.properties?.["diffBackupIntervalInHours"]).toMatchObject({
      type: "number",
      description: "The versions differ: number in v20250101; integer in v1api20211101, v20211101.",
    });
  });
});
