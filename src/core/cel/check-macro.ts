import type { ASTNode } from "@marcbachmann/cel-js";
import { selectType, type TypeScope } from "./access-type.ts";
import {
  bool,
  type CelType,
  dyn,
  int,
  listOf,
  mapOf,
  matchType,
  optionalOf,
  typeName,
} from "./cel-type.ts";
import { CelFailure } from "./cel-value.ts";
import type { Loop, Macro } from "./macro.ts";

type Check = (node: ASTNode, scope: TypeScope) => CelType | CelFailure;

/** The type of a macro call. */
export function checkMacro(macro: Macro, scope: TypeScope, check: Check): CelType | CelFailure {
  if (macro.kind === "has") {
    const type = selectType(check(macro.operand, scope), macro.field);
    return type instanceof CelFailure ? type : bool;
  }
  if (macro.kind === "optional") return checkOptional(macro, scope, check);
  const range = check(macro.range, scope);
  if (range instanceof CelFailure) return range;
  const bound = rangeTypes(range);
  if (bound instanceof CelFailure) return bound;
  const inner = new Map(scope);
  const named = macro.variables.length === 2 ? [bound.index, bound.value] : [bound.element];
  for (const [at, name] of macro.variables.entries()) inner.set(name, named[at] ?? dyn);
  return checkLoop(macro, bound, inner, check);
}

function checkLoop(
  macro: Exclude<Macro, { kind: "has" | "optional" }> & Loop,
  bound: RangeTypes,
  scope: TypeScope,
  check: Check,
): CelType | CelFailure {
  const body = check(macro.body, scope);
  if (body instanceof CelFailure) return body;
  const predicate = "filter" in macro ? macro.filter : undefined;
  const test = predicate === undefined ? bool : check(predicate, scope);
  if (test instanceof CelFailure) return test;
  if (!isBool(test)) return notBool(test);
  switch (macro.kind) {
    case "quantifier":
      return isBool(body) ? bool : notBool(body);
    case "filter":
      return isBool(body) ? listOf(bound.element) : notBool(body);
    case "list":
      return listOf(body);
    case "map":
      return mapOf(bound.index, body);
    case "entries":
      if (body.k === "map") return body;
      return body.k === "dyn" ? mapOf(dyn, dyn) : new CelFailure("an entry must be a map");
    default:
      return macro satisfies never;
  }
}

function isBool(type: CelType): boolean {
  return matchType(bool, type, new Map());
}

function notBool(type: CelType): CelFailure {
  return new CelFailure(`expected type 'bool' but found '${typeName(type)}'`);
}

type RangeTypes = {
  /** Of the one variable. */
  readonly element: CelType;
  /** Of the two variables. */
  readonly index: CelType;
  readonly value: CelType;
};

function rangeTypes(range: CelType): RangeTypes | CelFailure {
  switch (range.k) {
    case "list":
      return { element: range.of, index: int, value: range.of };
    case "map":
      return { element: range.key, index: range.key, value: range.of };
    case "dyn":
      return { element: dyn, index: dyn, value: dyn };
    default:
      return new CelFailure(
        `expression of type '${typeName(range)}' cannot be range of a comprehension`,
      );
  }
}

function checkOptional(
  macro: Extract<Macro, { kind: "optional" }>,
  scope: TypeScope,
  check: Check,
): CelType | CelFailure {
  const range = check(macro.range, scope);
  if (range instanceof CelFailure) return range;
  if (range.k !== "optional" && range.k !== "dyn")
    return new CelFailure(`type '${typeName(range)}' is not optional`);
  const inner = new Map(scope).set(macro.variable, range.k === "optional" ? range.of : dyn);
  const body = check(macro.body, inner);
  if (body instanceof CelFailure) return body;
  if (!macro.flat) return optionalOf(body);
  return body.k === "optional" || body.k === "dyn"
    ? body
    : new CelFailure(`type '${typeName(body)}' is not optional`);
}
