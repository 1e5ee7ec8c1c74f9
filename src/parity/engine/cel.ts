import { z } from "zod";
import { checkExpression, evaluateExpression, secretNames } from "../../core/cel/expression.ts";
import { isJsonObject, type JsonObject } from "../../core/json.ts";
import { versionOf } from "../known-version.ts";
import { differs, type Judge } from "./judge.ts";

const json = z.custom<JsonObject>(isJsonObject);

const inputFormat = z.object({
  self: json,
  expression: z.string(),
  secret: z.record(z.string(), z.string()).optional(),
});

const resourceFormat = z.object({ apiVersion: z.string(), kind: z.string() });

const expectedFormat = z.object({
  check: z.object({
    ok: z.boolean(),
    kind: z.string().optional(),
    secretUsage: z.array(z.string()).nullish(),
  }),
  eval: z
    .object({
      ok: z.boolean(),
      value: z.string().optional(),
      values: z.record(z.string(), z.string()).nullish(),
    })
    .optional(),
});

type Expected = z.infer<typeof expectedFormat>;

/** Expressions of operatorSpec: whether they pass the check, which secrets they read, what they give. */
export const judgeCel: Judge = async (testCase) => {
  const { self, expression, secret } = inputFormat.parse(testCase.input);
  const expected = expectedFormat.parse(testCase.expected);
  const version = await versionOf(resourceFormat.parse(self));
  if (version === undefined) return ["the catalog does not have this kind and version"];
  const checked = checkExpression(expression, version, true);
  const passes = checked.kind !== "problem";
  if (passes !== expected.check.ok)
    return [
      `check: expected ${expected.check.ok}, got ${checked.kind === "problem" ? checked.message : checked.kind}`,
    ];
  if (!passes) return [];
  return [
    ...differs("kind", expected.check.kind, checked.kind),
    ...differs("secrets", expected.check.secretUsage ?? [], [...secretNames(expression)]),
    ...valueDifferences(expected, evaluateExpression(expression, self, version, secret ?? {})),
  ];
};

function valueDifferences(
  { eval: wanted }: Expected,
  value: ReturnType<typeof evaluateExpression>,
): readonly string[] {
  if (wanted === undefined) return [];
  if (value.kind === "problem")
    return wanted.ok ? [`value: expected one, got ${value.message}`] : [];
  if (!wanted.ok) return [`value: expected an error, got ${JSON.stringify(value)}`];
  if (value.kind === "string") return differs("value", wanted.value ?? "", value.value);
  return differs("values", sorted(wanted.values ?? {}), sorted(value.values));
}

function sorted(values: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
}
