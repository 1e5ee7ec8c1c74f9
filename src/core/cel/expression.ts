import { type ASTNode, Environment } from "@marcbachmann/cel-js";
import type { KindVersion } from "../convert/kind-version.ts";
import { errorMessage } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { type CelType, isSameType, mapOf, string, typeName } from "./cel-type.ts";
import { CelFailure, type CelValue, isMap, type MapKey } from "./cel-value.ts";
import { checkNode } from "./check.ts";
import { evaluateNode } from "./evaluate.ts";
import { typedValue } from "./json-value.ts";
import { selfType } from "./self-type.ts";
import { mostWork } from "./work-meter.ts";

/** What an expression of `operatorSpec` gives. Texts of problems may hold parts of the resource, never secret values. */
export type ExpressionValue =
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "map"; readonly values: Readonly<Record<string, string>> }
  | { readonly kind: "problem"; readonly message: string };

/** What a valid expression returns, or why it is not valid. */
export type CheckedExpression =
  | { readonly kind: "string" | "map" }
  | { readonly kind: "problem"; readonly message: string };

/** Characters of an expression at most. */
const longestExpression = 16_384;
/** Turns of all loops of one evaluation at most: expressions are users', the process is everybody's. */
const mostTurns = 100_000;

const texts = mapOf(string, string);

/** Only its parser is used: types, absent fields and functions follow cel-go, which the library differs from. */
const parser = new Environment({ enableOptionalTypes: true, unlistedVariablesAreDyn: true });

/**
 * Checks an expression against the schema of a kind's API version (aso-semantics.md 8.5, errata 16). It must give a text or a map of
 * texts. `withSecrets`: the expression may read `secret`.
 */
export function checkExpression(
  expression: string,
  version: KindVersion,
  withSecrets: boolean,
): CheckedExpression {
  const checked = checkedTree(expression, version, withSecrets);
  return checked.kind === "problem" ? checked : { kind: checked.kind };
}

/**
 * Evaluates an expression with `self` as the resource at the version's own API version. `secrets` undefined: the expression may
 * not read any. The result may be empty; whether that can be exported is the caller's business.
 */
export function evaluateExpression(
  expression: string,
  self: JsonObject,
  version: KindVersion,
  secrets: Readonly<Record<string, string>> | undefined,
): ExpressionValue {
  const checked = checkedTree(expression, version, secrets !== undefined);
  if (checked.kind === "problem") return checked;
  const variables = new Map<string, CelValue>([["self", typedValue(selfType(version), self)]]);
  if (secrets !== undefined) variables.set("secret", typedValue(texts, { ...secrets }));
  const budget = { turns: mostTurns, work: mostWork };
  const value = evaluateNode(checked.tree, { variables, budget });
  return asResult(value, expression, readsSecrets(checked.tree));
}

/** Messages name data after a colon; with secrets in play that part may be one. */
function asResult(
  value: CelValue | CelFailure,
  expression: string,
  withSecrets: boolean,
): ExpressionValue {
  if (value instanceof CelFailure) {
    const shown = withSecrets ? (value.message.split(":")[0] ?? "") : value.message;
    return problem(`failed to evaluate the expression "${expression}": ${shown}`);
  }
  if (typeof value === "string") return { kind: "string", value };
  if (!isMap(value)) return problem(`the expression "${expression}" gave no text`);
  return { kind: "map", values: plainTexts(value) };
}

function readsSecrets(node: ASTNode): boolean {
  if (node.op === "id") return node.args === "secret";
  return childrenOf(node.args).some(readsSecrets);
}

function plainTexts(map: ReadonlyMap<MapKey, CelValue>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...map].flatMap(([key, value]) =>
      typeof key === "string" && typeof value === "string" ? [[key, value] as const] : [],
    ),
  );
}

/** The names that an expression reads as `secret.name`, sorted; of no use in other forms (aso-features.md 8.3). */
export function secretNames(expression: string): readonly string[] {
  const tree = parse(expression);
  if ("problem" in tree) return [];
  const names = new Set<string>();
  collectNames(tree.node, names);
  return [...names].sort();
}

function collectNames(node: ASTNode, names: Set<string>): void {
  if (node.op === "." && node.args[0].op === "id" && node.args[0].args === "secret")
    names.add(node.args[1]);
  for (const child of childrenOf(node.args)) collectNames(child, names);
}

function childrenOf(args: unknown): readonly ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(childrenOf);
  return isNode(args) ? [args] : [];
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === "object" && value !== null && "op" in value && "args" in value;
}

type Tree = { readonly node: ASTNode } | { readonly problem: string };

function parse(expression: string): Tree {
  if (expression.length > longestExpression) return { problem: "it is too long" };
  try {
    return { node: parser.parse(expression).ast };
  } catch (error) {
    return { problem: errorMessage(error).split("\n")[0] ?? "" };
  }
}

type CheckedTree =
  | { readonly kind: "string" | "map"; readonly tree: ASTNode }
  | { readonly kind: "problem"; readonly message: string };

function checkedTree(expression: string, version: KindVersion, withSecrets: boolean): CheckedTree {
  const tree = parse(expression);
  if ("problem" in tree)
    return problem(`failed to compile the expression "${expression}": ${tree.problem}`);
  const scope = new Map<string, CelType>([["self", selfType(version)]]);
  if (withSecrets) scope.set("secret", texts);
  const type = checkNode(tree.node, scope);
  if (type instanceof CelFailure)
    return problem(`failed to compile the expression "${expression}": ${type.message}`);
  if (isSameType(type, string)) return { kind: "string", tree: tree.node };
  if (isSameType(type, texts)) return { kind: "map", tree: tree.node };
  return problem(
    `expression "${expression}" must return one of [string,map(string, string)], but was ${typeName(type)}`,
  );
}

function problem(message: string): { readonly kind: "problem"; readonly message: string } {
  return { kind: "problem", message };
}
