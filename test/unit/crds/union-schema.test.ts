import { describe, expect, it } from "vitest";
import type { OpenApiSchema } from "../../../src/crds/openapi-schema.ts";
import { unionSchema } from "../../../src/crds/union-schema.ts";

const anything = { "x-kubernetes-preserve-unknown-fields": true } as const;

describe("unionSchema", () => {
  it.each<{ because: string; a: OpenApiSchema; b: OpenApiSchema; united: OpenApiSchema }>([
    {
      because: "properties of both are kept",
      a: { type: "object", properties: { x: { type: "string" } } },
      b: { type: "object", properties: { y: { type: "boolean" } } },
      united: { type: "object", properties: { x: { type: "string" }, y: { type: "boolean" } } },
    },
    {
      because: "only what both require is required",
      a: { type: "object", required: ["x", "y"], properties: {} },
      b: { type: "object", required: ["y", "z"], properties: {} },
      united: { type: "object", required: ["y"], properties: {} },
    },
    {
      because: "a value that either allows is allowed",
      a: { type: "string", enum: ["a", "b"] },
      b: { type: "string", enum: ["b", "c"] },
      united: { type: "string", enum: ["a", "b", "c"] },
    },
    {
      because: "what one side does not limit is not limited",
      a: { type: "string", enum: ["a"], pattern: "^a$", maxLength: 1 },
      b: { type: "string" },
      united: { type: "string" },
    },
    {
      because: "limits are the loosest",
      a: { type: "integer", minimum: 1, maximum: 5 },
      b: { type: "integer", minimum: 0, maximum: 9 },
      united: { type: "integer", minimum: 0, maximum: 9 },
    },
    {
      because: "different patterns cancel each other",
      a: { type: "string", pattern: "a" },
      b: { type: "string", pattern: "b" },
      united: { type: "string" },
    },
    {
      because: "an integer is a number too",
      a: { type: "integer" },
      b: { type: "number" },
      united: { type: "number" },
    },
    {
      because: "types that contradict each other take any JSON",
      a: { type: "string" },
      b: { type: "object", properties: {} },
      united: anything,
    },
    {
      because: "any JSON swallows a type",
      a: anything,
      b: { type: "string" },
      united: anything,
    },
    {
      because: "a map and an object together keep unknown keys",
      a: { type: "object", additionalProperties: { type: "string" } },
      b: { type: "object", properties: { x: { type: "string" } } },
      united: { type: "object", properties: { x: { type: "string" } }, ...anything },
    },
    {
      because: "elements are united like properties",
      a: { type: "array", maxItems: 2, items: { type: "string", enum: ["a"] } },
      b: { type: "array", maxItems: 3, items: { type: "string", enum: ["b"] } },
      united: { type: "array", items: { type: "string", enum: ["a", "b"] }, maxItems: 3 },
    },
  ])("$because", ({ a, b, united }) => {
    expect(unionSchema([a, b])).toEqual(united);
  });

  it("of one schema is that schema", () => {
    const only: OpenApiSchema = { type: "string", enum: ["a"] };
    expect(unionSchema([only])).toBe(only);
  });
});
