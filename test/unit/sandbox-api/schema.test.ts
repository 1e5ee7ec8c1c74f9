import { describe, expect, it } from "vitest";
import type { JsonValue } from "../../../src/core/json.ts";
import { defaultFields } from "../../../src/sandbox/api-server/schema/default-fields.ts";
import { prune } from "../../../src/sandbox/api-server/schema/prune.ts";
import type { Schema } from "../../../src/sandbox/api-server/schema/schema.ts";
import { typedErrors } from "../../../src/sandbox/api-server/schema/typed-errors.ts";
import { validateSchema } from "../../../src/sandbox/api-server/schema/validate-schema.ts";

const object = (properties: Record<string, Schema>): Schema => ({ type: "object", properties });

describe("prune", () => {
  const schema = object({
    known: { type: "string" },
    list: { type: "array", items: object({ a: { type: "string" } }) },
    map: { type: "object", additionalProperties: object({ a: { type: "string" } }) },
    open: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  });

  it("drops undeclared fields at every depth and tells their paths", () => {
    const unknown: string[] = [];
    const value = {
      known: "k",
      extra: 1,
      list: [{ a: "1", b: "2" }],
      map: { x: { a: "1", c: 3 } },
      open: { anything: [1] },
    };

    const pruned = prune(value, schema, "", unknown);

    expect(pruned).toEqual({
      known: "k",
      list: [{ a: "1" }],
      map: { x: { a: "1" } },
      open: { anything: [1] },
    });
    expect(unknown).toEqual(["extra", "list[0].b", "map.x.c"]);
  });
});

describe("defaultFields", () => {
  const schema = object({
    a: { type: "string", default: "x" },
    b: { type: "string", nullable: true },
    c: { ...object({ d: { type: "integer", default: 1 } }), default: {} },
    e: { type: "integer" },
  });

  it.for<{ because: string; value: JsonValue; expected: JsonValue }>([
    { because: "absent fields get defaults", value: {}, expected: { a: "x", c: { d: 1 } } },
    {
      because: "given values win",
      value: { a: "y", c: { d: 2 } },
      expected: { a: "y", c: { d: 2 } },
    },
    {
      because: "a null that is not allowed counts as absent",
      value: { a: null, e: null },
      expected: { a: "x", c: { d: 1 } },
    },
    {
      because: "an allowed null stays",
      value: { b: null },
      expected: { a: "x", b: null, c: { d: 1 } },
    },
  ])("$because", ({ value, expected }) => {
    expect(defaultFields(value, schema)).toEqual(expected);
  });
});

describe("validateSchema", () => {
  it.for<{ because: string; value: JsonValue; schema: Schema; says: string[] }>([
    {
      because: "a wrong type names both types",
      value: 5,
      schema: { type: "string" },
      says: ['x: Invalid value: "integer": x in body must be of type string: "integer"'],
    },
    { because: "a whole number is a number", value: 5, schema: { type: "number" }, says: [] },
    {
      because: "a fraction is no integer",
      value: 1.5,
      schema: { type: "integer" },
      says: [
        'x: Invalid value: "number": x in body must be of type integer: "number"',
        '<nil>: Invalid value: "": Checked value must be of type integer (default format) in x',
      ],
    },
    {
      because: "an enumeration lists what it supports",
      value: "c",
      schema: { type: "string", enum: ["a", "b"] },
      says: ['x: Unsupported value: "c": supported values: "a", "b"'],
    },
    {
      because: "a missing field is named",
      value: {},
      schema: { type: "object", required: ["a"] },
      says: ["x.a: Required value"],
    },
    {
      because: "limits of numbers say if they are exclusive",
      value: 0,
      schema: { type: "integer", minimum: 0, exclusiveMinimum: true, maximum: -1 },
      says: [
        "x: Invalid value: 0: x in body should be greater than 0",
        "x: Invalid value: 0: x in body should be less than or equal to -1",
      ],
    },
    {
      because: "of a string's limits the first one broken is told",
      value: "A",
      schema: { type: "string", minLength: 2, pattern: "^[a-z]+$" },
      says: ['x: Invalid value: "A": x in body should be at least 2 chars long'],
    },
    {
      because: "a pattern is shown",
      value: "A1",
      schema: { type: "string", pattern: "^[a-z]+$" },
      says: ["x: Invalid value: \"A1\": x in body should match '^[a-z]+$'"],
    },
    {
      because: "a string that is too long is not repeated",
      value: "abc",
      schema: { type: "string", maxLength: 2 },
      says: ["x: Too long: may not be more than 2 bytes"],
    },
    {
      because: "lists have sizes",
      value: [1, 2],
      schema: { type: "array", maxItems: 1 },
      says: ["x: Too many: 2: must have at most 1 items"],
    },
    {
      because: "items of a set are unique",
      value: ["a", "a"],
      schema: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
      says: ['x[1]: Duplicate value: "a"'],
    },
    {
      because: "items of a keyed list have unique keys",
      value: [
        { k: "a", v: 1 },
        { k: "a", v: 2 },
      ],
      schema: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
      },
      says: ['x[1]: Duplicate value: {"k":"a"}'],
    },
    {
      because: "an int-or-string is no boolean",
      value: true,
      schema: { "x-kubernetes-int-or-string": true },
      says: ['x: Invalid value: "boolean": x in body must be of type integer,string: "boolean"'],
    },
    {
      because: "a time must be one",
      value: "soon",
      schema: { type: "string", format: "date-time" },
      says: ['x: Invalid value: "soon": x in body must be of type date-time: "soon"'],
    },
    {
      because: "oneOf tells how many matched",
      value: { a: 1, b: 1 },
      schema: { oneOf: [{ required: ["a"] }, { required: ["b"] }] },
      says: [
        '<nil>: Invalid value: "": "x" must validate one and only one schema (oneOf). Found 2 valid alternatives',
      ],
    },
  ])("$because", ({ value, schema, says }) => {
    const causes = validateSchema(value, schema, "x");

    expect(causes.map((cause) => `${cause.field}: ${cause.message}`)).toEqual(says);
  });
});

describe("typedErrors", () => {
  it("names items of keyed lists by their keys and stops at the first undeclared field of an object", () => {
    const schema = object({
      list: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        items: object({ name: { type: "string" } }),
      },
      count: { type: "integer" },
    });

    const errors = typedErrors({ list: [{ name: "a", x: 1, y: 2 }], count: "no" }, schema);

    expect(errors).toEqual([
      '.count: expected numeric (int or float), got &value.valueUnstructured{Value:"no"}',
      '.list[name="a"].x: field not declared in schema',
    ]);
  });
});
