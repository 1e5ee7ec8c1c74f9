import { describe, expect, it } from "vitest";
import type { OpenApiSchema, ValidationRule } from "../../../src/crds/openapi-schema.ts";
import { withValidationRules } from "../../../src/crds/validation-rules.ts";
import { versionSchema } from "../../../src/crds/version-schema.ts";
import { allMembers, memberOf } from "./catalog-kinds.ts";

describe("validation rules", () => {
  it("hold name and owner once Azure has the resource", async () => {
    const schema = await ruled("storage.azure.com", "StorageAccount", "v20230101");
    expect(rulesOf(schema).map((rule) => [rule.fieldPath, rule.reason])).toEqual([
      [".spec.azureName", "FieldValueForbidden"],
      [".spec.owner", "FieldValueForbidden"],
    ]);
    for (const { rule } of rulesOf(schema)) expect(rule).toContain("has(oldSelf.status.id)");
  });

  it("look at the Ready condition where the status has no id", async () => {
    const schema = await ruled("apimanagement.azure.com", "ProductApi", "v1api20220801");
    for (const { rule } of rulesOf(schema)) expect(rule).not.toContain("oldSelf.status.id");
    expect(rulesOf(schema)).not.toHaveLength(0);
  });

  it("hold an unset name only where it means the object's name", async () => {
    const group = "authorization.azure.com";
    const [name] = rulesOf(await ruled(group, "RoleAssignment", "v20220401", false));
    expect(name?.rule).toContain(
      "|| !(has(oldSelf.spec.azureName) && oldSelf.spec.azureName != '') && (",
    );
    const [other] = rulesOf(await ruled("storage.azure.com", "StorageAccount", "v20230101"));
    expect(other?.rule).not.toContain("|| !(has(oldSelf.spec.azureName)");
  });

  it("leave out what a kind does not have", async () => {
    const fixed = await ruled("storage.azure.com", "StorageAccountsBlobService", "v20230101");
    expect(rulesOf(fixed).map((rule) => rule.fieldPath)).toEqual([".spec.owner"]);
    const ownerless = await ruled("resources.azure.com", "ResourceGroup", "v1api20200601");
    expect(rulesOf(ownerless).map((rule) => rule.fieldPath)).toEqual([".spec.azureName"]);
  });

  it("ask for one target of owner and reference", async () => {
    const spec = child(
      await ruled("authorization.azure.com", "RoleAssignment", "v20220401"),
      "spec",
    );
    expect(rulesOf(child(spec, "owner"))[0]?.message).toBe(
      "give either armId, or group, kind and name",
    );
    expect(rulesOf(child(spec, "roleDefinitionReference"))[0]?.message).toBe(
      "give one of wellKnownName, armId, or group, kind and name",
    );
    const network = child(await ruled("network.azure.com", "VirtualNetwork", "v20250301"), "spec");
    expect(rulesOf(child(network, "owner"))[0]?.message).toBe("give either name or armId");
  });

  it("refuse a value that is given twice", async () => {
    const spec = child(
      await ruled("authorization.azure.com", "RoleAssignment", "v20220401"),
      "spec",
    );
    expect(rulesOf(spec)).toEqual([
      {
        rule: "!has(self.principalId) || !has(self.principalIdFromConfig)",
        message: "give either principalId or principalIdFromConfig",
      },
    ]);
  });

  it("stay out of lists, maps and the status, where their cost has no bound", async () => {
    const schemas = (await allMembers()).flatMap(({ group, name, kind }) =>
      Object.keys(kind.versions).map((version) => ({
        name: `${name} ${version}`,
        schema: withValidationRules(versionSchema(group, kind, version), true),
      })),
    );
    const found = schemas
      .filter(
        ({ schema }) => rulesBelowLists(child(schema, "spec")) || hasRules(child(schema, "status")),
      )
      .map(({ name }) => name);
    expect(found).toEqual([]);
  });
});

async function ruled(
  group: string,
  name: string,
  version: string,
  namedAfterObject = true,
): Promise<OpenApiSchema> {
  const member = await memberOf(group, name);
  return withValidationRules(versionSchema(member.group, member.kind, version), namedAfterObject);
}

function rulesOf(schema: OpenApiSchema): readonly ValidationRule[] {
  return schema["x-kubernetes-validations"] ?? [];
}

function child(schema: OpenApiSchema, name: string): OpenApiSchema {
  const found = schema.properties?.[name];
  if (found === undefined) throw new Error(`no property ${name}`);
  return found;
}

function hasRules(schema: OpenApiSchema): boolean {
  return JSON.stringify(schema).includes("x-kubernetes-validations");
}

function rulesBelowLists(schema: OpenApiSchema): boolean {
  const element = schema.items ?? schema.additionalProperties;
  if (element !== undefined && hasRules(element)) return true;
  return Object.values(schema.properties ?? {}).some(rulesBelowLists);
}
