import type { ASTNode } from "@marcbachmann/cel-js";
import { addEntry, index, indexOptional, type Scope, select, selectOptional } from "./access.ts";
import { callOf } from "./call.ts";
import {
  CelFailure,
  type CelResult,
  type CelValue,
  type MapKey,
  TypeValue,
  UintValue,
} from "./cel-value.ts";
import { runMacro } from "./evaluate-macro.ts";
import { functions } from "./functions.ts";
import { matchesPattern } from "./linear-regexp.ts";
import { macroOf } from "./macro.ts";
import { runCall } from "./overload.ts";
import { longestText } from "./string-functions.ts";
import { namedTypes, typeOfValue } from "./type-names.ts";
import { spend, spendOnCall, spendOnField, spendOnResult, tooMuchWork } from "./work-meter.ts";

/** Units of one node. */
const nodeWork = 4;

/**
 * The value of a checked expression. Failures are values: they pass through everything but `||`, `&&` and quantifiers. Every node,
 * call and field takes from the scope's budget; without any left, everything fails.
 */
export function evaluateNode(node: ASTNode, scope: Scope): CelResult {
  if (!spend(scope.budget, nodeWork)) return tooMuchWork;
  const value = valueWithin(node, scope);
  const isField = node.op === "." || node.op === ".?" || node.op === "[]" || node.op === "[?]";
  if (isField && !spendOnField(scope.budget, value)) return tooMuchWork;
  return value;
}

function valueWithin(node: ASTNode, scope: Scope): CelResult {
  switch (node.op) {
    case "value":
      return literalValue(node.args);
    case "id":
      return scope.variables.get(node.args) ?? namedType(node.args);
    case ".":
      return select(evaluateNode(node.args[0], scope), node.args[1]);
    case ".?":
      return selectOptional(evaluateNode(node.args[0], scope), node.args[1]);
    case "[]":
      return index(evaluateNode(node.args[0], scope), evaluateNode(node.args[1], scope));
    case "[?]":
      return indexOptional(evaluateNode(node.args[0], scope), evaluateNode(node.args[1], scope));
    case "list":
      return evaluateAll(node.args, scope);
    case "map":
      return buildMap(node.args, scope);
    case "?:":
      return choose(node.args, scope);
    case "&&":
    case "||":
      return logical(node.op === "||", node.args, scope);
    case "call":
    case "rcall":
      return call(node, scope);
    case "!_":
    case "-_":
      return operate(node.op, [node.args], scope);
    default:
      return operate(node.op, node.args, scope);
  }
}

type Literal = Extract<ASTNode, { op: "value" }>["args"];

/** The parser's unsigned literals are objects of its own. */
function literalValue(value: Literal): CelResult {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return new UintValue(BigInt(value.valueOf()));
}

function namedType(name: string): CelResult {
  const type = Object.hasOwn(namedTypes, name) ? namedTypes[name] : undefined;
  return type === undefined
    ? new CelFailure(`undeclared reference to '${name}'`)
    : new TypeValue(type);
}

function evaluateAll(nodes: readonly ASTNode[], scope: Scope): readonly CelValue[] | CelFailure {
  const values: CelValue[] = [];
  for (const node of nodes) {
    const value = evaluateNode(node, scope);
    if (value instanceof CelFailure) return value;
    values.push(value);
  }
  return values;
}

function buildMap(entries: readonly (readonly [ASTNode, ASTNode])[], scope: Scope): CelResult {
  const map = new Map<MapKey, CelValue>();
  for (const entry of entries) {
    const pair = evaluateAll(entry, scope);
    if (pair instanceof CelFailure) return pair;
    const [key = null, value = null] = pair;
    const added = addEntry(map, key, value);
    if (added !== undefined) return added;
  }
  return map;
}

function choose(
  [condition, yes, no]: readonly [ASTNode, ASTNode, ASTNode],
  scope: Scope,
): CelResult {
  const test = evaluateNode(condition, scope);
  if (test instanceof CelFailure) return test;
  if (typeof test !== "boolean") return new CelFailure("no such overload: _?_:_");
  return evaluateNode(test ? yes : no, scope);
}

/** One operand that decides is enough, even when the other fails. */
function logical(
  deciding: boolean,
  [left, right]: readonly [ASTNode, ASTNode],
  scope: Scope,
): CelResult {
  const first = evaluateNode(left, scope);
  if (first === deciding) return deciding;
  const second = evaluateNode(right, scope);
  if (second === deciding) return deciding;
  if (first instanceof CelFailure) return first;
  if (second instanceof CelFailure) return second;
  return typeof first === "boolean" && typeof second === "boolean"
    ? !deciding
    : new CelFailure("no such overload");
}

function operate(op: string, operands: readonly ASTNode[], scope: Scope): CelResult {
  const [only] = operands;
  if (op === "-_" && only?.op === "value" && typeof only.args === "bigint") return -only.args;
  const values = evaluateAll(operands, scope);
  return values instanceof CelFailure ? values : invoke(op, false, values, scope);
}

function call(node: Extract<ASTNode, { op: "call" | "rcall" }>, scope: Scope): CelResult {
  const macro = macroOf(node);
  if (macro !== undefined) return runMacro(macro, scope, evaluateNode);
  const { name, isMethod, args } = callOf(node, scope.variables);
  const values = evaluateAll(args, scope);
  if (values instanceof CelFailure) return values;
  if (name === "type" && !isMethod) return new TypeValue(typeOfValue(values[0] ?? null));
  return invoke(name, isMethod, values, scope);
}

function invoke(
  name: string,
  isMethod: boolean,
  values: readonly CelValue[],
  { budget }: Scope,
): CelResult {
  if (!spendOnCall(budget, name, values)) return tooMuchWork;
  const [text, pattern] = values;
  // Only the automaton itself knows what a pattern costs.
  const value =
    name === "matches" && typeof text === "string" && typeof pattern === "string"
      ? matchesPattern(text, pattern, budget)
      : runCall(functions, name, isMethod, values);
  return spendOnResult(budget, value) ? bounded(value) : tooMuchWork;
}

/** Texts that no object could hold end the evaluation before they fill the memory. */
function bounded(value: CelResult): CelResult {
  const tooLong = typeof value === "string" && value.length > longestText;
  return tooLong ? new CelFailure("the text becomes too long") : value;
}
