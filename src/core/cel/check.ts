import type { ASTNode } from "@marcbachmann/cel-js";
import { indexType, optional, selectType, type TypeScope } from "./access-type.ts";
import { type CallNode, callOf } from "./call.ts";
import {
  bool,
  bytes,
  type CelType,
  double,
  dyn,
  int,
  isSameType,
  joinTypes,
  listOf,
  mapOf,
  matchType,
  nullType,
  string,
  uint,
} from "./cel-type.ts";
import { CelFailure } from "./cel-value.ts";
import { checkMacro } from "./check-macro.ts";
import { checkFormat } from "./format.ts";
import { functions } from "./functions.ts";
import { macroOf } from "./macro.ts";
import { asInt } from "./operators.ts";
import { resolveCall } from "./overload.ts";
import { namedTypes } from "./type-names.ts";

/** The type of an expression, or what is wrong with it. Types are checked before anything is evaluated, as ASO does. */
export function checkNode(node: ASTNode, scope: TypeScope): CelType | CelFailure {
  switch (node.op) {
    case "value":
      return literalType(node.args);
    case "id":
      return scope.get(node.args) ?? namedType(node.args);
    case ".":
      return selectType(checkNode(node.args[0], scope), node.args[1]);
    case ".?":
      return optional(selectType(checkNode(node.args[0], scope), node.args[1]));
    case "[]":
      return indexType(checkNode(node.args[0], scope), checkNode(node.args[1], scope));
    case "[?]":
      return optional(indexType(checkNode(node.args[0], scope), checkNode(node.args[1], scope)));
    case "list":
      return listType(node.args, scope);
    case "map":
      return mapType(node.args, scope);
    case "?:":
      return ternaryType(node.args, scope);
    case "&&":
    case "||":
      return logicalType(node.args, scope);
    case "call":
    case "rcall":
      return callType(node, scope);
    case "!_":
    case "-_":
      return unaryType(node.op, node.args, scope);
    default:
      return operationType(node.op, node.args, scope);
  }
}

/** The literal before a minus may be one larger than any other. */
function unaryType(op: string, operand: ASTNode, scope: TypeScope): CelType | CelFailure {
  const isNegative = op === "-_" && operand.op === "value" && typeof operand.args === "bigint";
  if (!isNegative) return operationType(op, [operand], scope);
  const value = asInt(-(operand.args as bigint));
  return value instanceof CelFailure ? value : int;
}

function literalType(value: unknown): CelType | CelFailure {
  if (typeof value === "string") return string;
  if (typeof value === "bigint") return asInt(value) instanceof CelFailure ? tooLarge : int;
  if (typeof value === "number") return double;
  if (typeof value === "boolean") return bool;
  if (value === null) return nullType;
  return value instanceof Uint8Array ? bytes : uint;
}

const tooLarge = new CelFailure("invalid int literal");

function namedType(name: string): CelType | CelFailure {
  const type = Object.hasOwn(namedTypes, name) ? namedTypes[name] : undefined;
  return type === undefined
    ? new CelFailure(`undeclared reference to '${name}'`)
    : { k: "type", of: type };
}

/** The types of all, or the first failure among them. */
function allTypes(nodes: readonly ASTNode[], scope: TypeScope): readonly CelType[] | CelFailure {
  const types: CelType[] = [];
  for (const node of nodes) {
    const type = checkNode(node, scope);
    if (type instanceof CelFailure) return type;
    types.push(type);
  }
  return types;
}

function listType(elements: readonly ASTNode[], scope: TypeScope): CelType | CelFailure {
  const types = allTypes(elements, scope);
  return types instanceof CelFailure ? types : listOf(joinTypes(types));
}

function mapType(
  entries: readonly (readonly [ASTNode, ASTNode])[],
  scope: TypeScope,
): CelType | CelFailure {
  const keys = allTypes(
    entries.map(([key]) => key),
    scope,
  );
  const values = allTypes(
    entries.map(([, value]) => value),
    scope,
  );
  if (keys instanceof CelFailure) return keys;
  return values instanceof CelFailure ? values : mapOf(joinTypes(keys), joinTypes(values));
}

function ternaryType(
  [condition, left, right]: readonly [ASTNode, ASTNode, ASTNode],
  scope: TypeScope,
): CelType | CelFailure {
  const types = allTypes([condition, left, right], scope);
  if (types instanceof CelFailure) return types;
  const [test = dyn, yes = dyn, no = dyn] = types;
  if (!matchType(bool, test, new Map()) || !matchType(yes, no, new Map()))
    return new CelFailure("found no matching overload for '_?_:_'");
  if (isSameType(yes, no)) return yes;
  return yes.k === "null" ? no : dyn;
}

function logicalType(operands: readonly ASTNode[], scope: TypeScope): CelType | CelFailure {
  const types = allTypes(operands, scope);
  if (types instanceof CelFailure) return types;
  return types.every((type) => matchType(bool, type, new Map()))
    ? bool
    : new CelFailure("found no matching overload for a logical operator");
}

function operationType(
  op: string,
  operands: readonly ASTNode[],
  scope: TypeScope,
): CelType | CelFailure {
  const types = allTypes(operands, scope);
  return types instanceof CelFailure ? types : resolveCall(functions, op, false, types);
}

function callType(node: CallNode, scope: TypeScope): CelType | CelFailure {
  const macro = macroOf(node);
  if (macro !== undefined) return checkMacro(macro, scope, checkNode);
  const call = callOf(node, scope);
  const types = allTypes(call.args, scope);
  if (types instanceof CelFailure) return types;
  const [only = dyn] = types;
  if (call.name === "type" && types.length === 1 && !call.isMethod) return { k: "type", of: only };
  const type = resolveCall(functions, call.name, call.isMethod, types);
  return type instanceof CelFailure ? type : (formatFailure(node, scope) ?? type);
}

/** Formats that are written out with their arguments are checked beforehand. */
function formatFailure(node: CallNode, scope: TypeScope): CelFailure | undefined {
  if (node.op !== "rcall" || node.args[0] !== "format") return undefined;
  const [, receiver, [list]] = node.args;
  if (receiver.op !== "value" || typeof receiver.args !== "string" || list?.op !== "list")
    return undefined;
  const types = allTypes(list.args, scope);
  return types instanceof CelFailure ? undefined : checkFormat(receiver.args, types);
}
