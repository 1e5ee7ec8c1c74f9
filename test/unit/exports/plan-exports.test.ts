import { describe, expect, test } from "vitest";
import {
  declaredSecrets,
  type ExportSources,
  type ExpressionValue,
  planExports,
  statusValue,
} from "../../../src/core/exports/plan-exports.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { Secret } from "../../../src/core/secret.ts";

const status = {
  location: "westus3",
  principalId: "p-1",
  count: 3,
  primaryEndpoints: { blob: "https://x.blob" },
};

function sources(operatorSpec: JsonObject, more: Partial<ExportSources> = {}): ExportSources {
  return {
    operatorSpec,
    status,
    configMapPaths: { principalId: "principalId", count: "count", clientId: "clientId" },
    secrets: { key1: new Secret("k1-canary"), key2: new Secret("k2-canary") },
    evaluate: (expression): ExpressionValue =>
      expression.startsWith("{")
        ? { kind: "map", values: JSON.parse(expression) as Record<string, string> }
        : expression === "bad"
          ? { kind: "problem", message: "undeclared reference to 'bad'" }
          : { kind: "string", value: expression === "empty" ? "" : `<${expression}>` },
    ...more,
  };
}

/** Planned objects with their data in clear. */
function planned(operatorSpec: JsonObject, more: Partial<ExportSources> = {}): unknown {
  const plan = planExports(sources(operatorSpec, more));
  if (plan.kind === "problem") return plan;
  return plan.objects.map(({ kind, name, data, annotations, labels }) => ({
    kind,
    name,
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, value.reveal()])),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
  }));
}

describe("what a resource exports", () => {
  const rows: readonly { name: string; because: string; spec: JsonObject; objects: unknown[] }[] = [
    {
      name: "nothing unless it is asked for",
      because: "aso-semantics 8.2",
      spec: {},
      objects: [],
    },
    {
      name: "a secret under the key of its destination",
      because: "aso-semantics 8.2",
      spec: { secrets: { key1: { name: "keys", key: "one" } } },
      objects: [{ kind: "Secret", name: "keys", data: { one: "k1-canary" } }],
    },
    {
      name: "two secrets into one object",
      because: "destinations of one name are merged (aso-semantics 8.4)",
      spec: { secrets: { key1: { name: "keys", key: "one" }, key2: { name: "keys", key: "two" } } },
      objects: [{ kind: "Secret", name: "keys", data: { one: "k1-canary", two: "k2-canary" } }],
    },
    {
      name: "a Secret and a ConfigMap of one name",
      because: "they are two objects",
      spec: {
        secrets: { key1: { name: "x", key: "one" } },
        configMaps: { principalId: { name: "x", key: "id" } },
      },
      objects: [
        { kind: "ConfigMap", name: "x", data: { id: "p-1" } },
        { kind: "Secret", name: "x", data: { one: "k1-canary" } },
      ],
    },
    {
      name: "numbers as text",
      because: "ConfigMaps hold texts",
      spec: { configMaps: { count: { name: "x", key: "n" } } },
      objects: [{ kind: "ConfigMap", name: "x", data: { n: "3" } }],
    },
    {
      name: "nothing for a status value that is not there",
      because: "it may come later (aso-semantics 8.4)",
      spec: { configMaps: { clientId: { name: "x", key: "c" } } },
      objects: [],
    },
    {
      name: "the value of an expression",
      because: "aso-semantics 8.5",
      spec: { configMapExpressions: [{ name: "x", key: "k", value: "self.a" }] },
      objects: [{ kind: "ConfigMap", name: "x", data: { k: "<self.a>" } }],
    },
    {
      name: "every entry of an expression that gives a map",
      because: "the map's keys are the keys (aso-semantics 8.5)",
      spec: { secretExpressions: [{ name: "x", value: '{"a":"1","b":"2"}' }] },
      objects: [{ kind: "Secret", name: "x", data: { a: "1", b: "2" } }],
    },
    {
      name: "labels and annotations of plain destinations as they are",
      because: "only those of expressions are CEL",
      spec: { secrets: { key1: { name: "x", key: "k", labels: { team: "a" } } } },
      objects: [{ kind: "Secret", name: "x", data: { k: "k1-canary" }, labels: { team: "a" } }],
    },
    {
      name: "labels and annotations of expressions as CEL",
      because: "aso-semantics 8.5",
      spec: {
        configMapExpressions: [
          { name: "x", key: "k", value: "v", annotations: { from: "self.b" } },
        ],
      },
      objects: [
        { kind: "ConfigMap", name: "x", data: { k: "<v>" }, annotations: { from: "<self.b>" } },
      ],
    },
  ];
  test.each(rows)("$name, because of $because", ({ spec, objects }) => {
    expect(planned(spec)).toEqual(objects);
  });
});

describe("what stops an export", () => {
  const rows: readonly { name: string; because: string; spec: JsonObject; fatal: boolean }[] = [
    {
      name: "two values for one key of one object",
      because: "a collision is fatal (aso-semantics 8.4)",
      spec: { secrets: { key1: { name: "x", key: "k" }, key2: { name: "x", key: "k" } } },
      fatal: true,
    },
    {
      name: "a secret to the namespace's credential",
      because: "the export would replace the credential",
      spec: { secrets: { key1: { name: "aso-credential", key: "AZURE_CLIENT_SECRET" } } },
      fatal: true,
    },
    {
      name: "an expression to the namespace's credential",
      because: "the export would replace the credential",
      spec: { secretExpressions: [{ name: "aso-credential", key: "k", value: "v" }] },
      fatal: true,
    },
    {
      name: "an expression that cannot be evaluated",
      because: "only an edit can mend it",
      spec: { configMapExpressions: [{ name: "x", key: "k", value: "bad" }] },
      fatal: true,
    },
    {
      name: "an expression that gives nothing",
      because: "empty results are refused (aso-semantics 8.5)",
      spec: { configMapExpressions: [{ name: "x", key: "k", value: "empty" }] },
      fatal: true,
    },
    {
      name: "a map for a destination with a key",
      because: "the map brings its own keys",
      spec: { configMapExpressions: [{ name: "x", key: "k", value: '{"a":"1"}' }] },
      fatal: true,
    },
    {
      name: "one value for a destination without a key",
      because: "there is no key to put it under",
      spec: { configMapExpressions: [{ name: "x", value: "v" }] },
      fatal: true,
    },
    {
      name: "two texts for one label of one object",
      because: "the destinations contradict each other",
      spec: {
        secrets: {
          key1: { name: "x", key: "a", labels: { l: "1" } },
          key2: { name: "x", key: "b", labels: { l: "2" } },
        },
      },
      fatal: true,
    },
    {
      name: "a secret that Azure did not give",
      because: "it may be there at the next try",
      spec: { secrets: { key3: { name: "x", key: "k" } } },
      fatal: false,
    },
  ];
  test.each(rows)("$name, because $because", ({ spec, fatal }) => {
    expect(planned(spec)).toMatchObject({ kind: "problem", fatal });
  });

  test("is told without any value", () => {
    const spec = { secrets: { key1: { name: "x", key: "k" }, key2: { name: "x", key: "k" } } };
    expect(JSON.stringify(planned(spec))).not.toContain("canary");
  });
});

describe("secrets in a plan", () => {
  test("do not show when the plan is printed", () => {
    const plan = planExports(sources({ secrets: { key1: { name: "keys", key: "one" } } }));
    expect(JSON.stringify(plan)).not.toContain("canary");
  });

  test("are only seen by expressions that write a Secret", () => {
    const asked: [string, boolean][] = [];
    const evaluate = (expression: string, withSecrets: boolean): ExpressionValue => {
      asked.push([expression, withSecrets]);
      return { kind: "string", value: "v" };
    };
    planned(
      {
        secretExpressions: [{ name: "s", key: "k", value: "a", labels: { l: "b" } }],
        configMapExpressions: [{ name: "c", key: "k", value: "c" }],
      },
      { evaluate },
    );
    expect(Object.fromEntries(asked)).toEqual({ a: true, b: false, c: false });
  });

  test("are read from Azure only for declared destinations", () => {
    expect(declaredSecrets({ secrets: { key1: { name: "a", key: "b" }, key2: null } })).toEqual([
      "key1",
    ]);
  });
});

test("a status path ends where the status does", () => {
  expect(statusValue(status, "primaryEndpoints.blob")).toBe("https://x.blob");
  expect(statusValue(status, "primaryEndpoints.file")).toBeUndefined();
  expect(statusValue(status, "location.x")).toBeUndefined();
  expect(statusValue(status, "primaryEndpoints")).toBeUndefined();
});
