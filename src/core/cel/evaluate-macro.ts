import type { ASTNode } from "@marcbachmann/cel-js";
import { addEntry, isPresent, type Scope } from "./access.ts";
import {
  CelFailure,
  type CelResult,
  type CelValue,
  isList,
  isMap,
  type MapKey,
  OptionalValue,
} from "./cel-value.ts";
import type { Loop, Macro } from "./macro.ts";
import { spend, tooMuchWork } from "./work-meter.ts";

type Evaluate = (node: ASTNode, scope: Scope) => CelResult;
type LoopMacro = Exclude<Macro, { kind: "has" | "optional" }>;

/** The value of a macro call. */
export function runMacro(macro: Macro, scope: Scope, evaluate: Evaluate): CelResult {
  if (macro.kind === "has") return runHas(macro, scope, evaluate);
  if (macro.kind === "optional") return runOptional(macro, scope, evaluate);
  const range = evaluate(macro.range, scope);
  if (range instanceof CelFailure) return range;
  const turns = turnsOf(range, macro, scope);
  if (turns instanceof CelFailure) return turns;
  return macro.kind === "quantifier"
    ? quantify(macro.name, turns, (turn) => evaluate(macro.body, turn.scope))
    : collect(macro, turns, evaluate);
}

function runHas(
  macro: Extract<Macro, { kind: "has" }>,
  scope: Scope,
  evaluate: Evaluate,
): CelResult {
  const operand = evaluate(macro.operand, scope);
  if (operand instanceof CelFailure) return operand;
  const value = operand instanceof OptionalValue ? operand.value : operand;
  return value !== undefined && isPresent(value, macro.field);
}

function runOptional(
  macro: Extract<Macro, { kind: "optional" }>,
  scope: Scope,
  evaluate: Evaluate,
): CelResult {
  const range = evaluate(macro.range, scope);
  if (range instanceof CelFailure) return range;
  if (!(range instanceof OptionalValue) || range.value === undefined)
    return new OptionalValue(undefined);
  const variables = new Map(scope.variables).set(macro.variable, range.value);
  const value = evaluate(macro.body, { ...scope, variables });
  return macro.flat || value instanceof CelFailure ? value : new OptionalValue(value);
}

/** One turn of a loop. */
type Turn = { readonly scope: Scope; readonly element: CelValue; readonly index: CelValue };

function turnsOf(range: CelValue, loop: Loop, scope: Scope): readonly Turn[] | CelFailure {
  const pairs = pairsOf(range);
  if (pairs === undefined) return new CelFailure("no such overload: range of a comprehension");
  scope.budget.turns -= pairs.length;
  // Each turn gets a copy of the variables.
  const copied = pairs.length * (8 + 4 * scope.variables.size);
  if (!spend(scope.budget, copied) || scope.budget.turns < 0) return tooMuchWork;
  const [first = "", second] = loop.variables;
  return pairs.map(([index, value]) => {
    const element = isMap(range) ? index : value;
    const variables = new Map(scope.variables);
    variables.set(first, second === undefined ? element : index);
    if (second !== undefined) variables.set(second, value);
    return { scope: { ...scope, variables }, element, index };
  });
}

function pairsOf(range: CelValue): readonly (readonly [CelValue, CelValue])[] | undefined {
  if (isList(range)) return range.map((value, at) => [BigInt(at), value] as const);
  return isMap(range) ? [...range] : undefined;
}

/** A turn that fails counts only when no other decides; for `one` every turn decides. */
function quantify(
  name: "all" | "exists" | "one",
  turns: readonly Turn[],
  test: (turn: Turn) => CelResult,
): CelResult {
  const deciding = name === "all" ? false : name === "exists" ? true : undefined;
  let failure: CelFailure | undefined;
  let count = 0;
  for (const turn of turns) {
    const value = asTest(test(turn));
    if (value === deciding) return value;
    if (value instanceof CelFailure) failure ??= value;
    if (value === true) count++;
    if (failure !== undefined && name === "one") return failure;
  }
  return failure ?? (name === "one" ? count === 1 : name === "all");
}

function asTest(value: CelResult): boolean | CelFailure {
  if (typeof value === "boolean" || value instanceof CelFailure) return value;
  return new CelFailure("no such overload");
}

function collect(
  macro: Exclude<LoopMacro, { kind: "quantifier" }>,
  turns: readonly Turn[],
  evaluate: Evaluate,
): CelResult {
  const list: CelValue[] = [];
  const map = new Map<MapKey, CelValue>();
  const predicate = macro.kind === "filter" ? macro.body : macro.filter;
  for (const turn of turns) {
    const test = predicate === undefined ? true : asTest(evaluate(predicate, turn.scope));
    if (test instanceof CelFailure) return test;
    if (!test) continue;
    const failure = collectOne(macro, turn, { list, map }, evaluate);
    if (failure !== undefined) return failure;
  }
  return macro.kind === "list" || macro.kind === "filter" ? list : map;
}

function collectOne(
  macro: Exclude<LoopMacro, { kind: "quantifier" }>,
  turn: Turn,
  into: { readonly list: CelValue[]; readonly map: Map<MapKey, CelValue> },
  evaluate: Evaluate,
): CelFailure | undefined {
  if (macro.kind === "filter") {
    into.list.push(turn.element);
    return undefined;
  }
  const value = evaluate(macro.body, turn.scope);
  if (value instanceof CelFailure) return value;
  if (macro.kind === "map") return addEntry(into.map, turn.index, value);
  if (macro.kind === "list") {
    into.list.push(value);
    return undefined;
  }
  if (!isMap(value)) return new CelFailure("no such overload: an entry must be a map");
  for (const [key, one] of value) {
    const failure = addEntry(into.map, key, one);
    if (failure !== undefined) return failure;
  }
  return undefined;
}
