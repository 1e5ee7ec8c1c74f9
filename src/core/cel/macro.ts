import type { ASTNode } from "@marcbachmann/cel-js";

/** A call that binds variables and evaluates its arguments itself. */
export type Macro =
  | { readonly kind: "has"; readonly operand: ASTNode; readonly field: string }
  | ({ readonly kind: "quantifier"; readonly name: "all" | "exists" | "one" } & Loop)
  | ({ readonly kind: "list"; readonly filter: ASTNode | undefined } & Loop)
  | ({ readonly kind: "filter" } & Loop)
  | ({
      readonly kind: "map" | "entries";
      readonly filter: ASTNode | undefined;
    } & Loop)
  | {
      readonly kind: "optional";
      readonly flat: boolean;
      readonly range: ASTNode;
      readonly variable: string;
      readonly body: ASTNode;
    };

/** A comprehension (`all`, `exists`, `map`, `filter` …): what it runs over and what it evaluates. */
export type Loop = {
  readonly range: ASTNode;
  /** One variable: elements or keys; two: index or key, and value. */
  readonly variables: readonly string[];
  readonly body: ASTNode;
};

/** The macro that a call stands for; undefined for ordinary calls. */
export function macroOf(node: ASTNode): Macro | undefined {
  if (node.op === "call") {
    const [name, args] = node.args;
    const [operand] = args;
    return name === "has" && args.length === 1 && operand?.op === "."
      ? { kind: "has", operand: operand.args[0], field: operand.args[1] }
      : undefined;
  }
  if (node.op !== "rcall") return undefined;
  const [name, range, args] = node.args;
  return (
    optionalMacro(name, range, args) ??
    oneVariable(name, range, args) ??
    twoVariables(name, range, args)
  );
}

function optionalMacro(
  name: string,
  range: ASTNode,
  [variable, body]: readonly ASTNode[],
): Macro | undefined {
  if (name !== "optMap" && name !== "optFlatMap") return undefined;
  if (variable?.op !== "id" || body === undefined) return undefined;
  return { kind: "optional", flat: name === "optFlatMap", range, variable: variable.args, body };
}

const quantifiers: Readonly<Record<string, "all" | "exists" | "one">> = {
  all: "all",
  exists: "exists",
  exists_one: "one",
  existsOne: "one",
};

function quantifierOf(name: string): "all" | "exists" | "one" | undefined {
  return Object.hasOwn(quantifiers, name) ? quantifiers[name] : undefined;
}

function oneVariable(name: string, range: ASTNode, args: readonly ASTNode[]): Macro | undefined {
  const [variable, second, third] = args;
  if (variable?.op !== "id" || second === undefined) return undefined;
  const variables = [variable.args];
  const quantifier = quantifierOf(name);
  if (quantifier !== undefined && args.length === 2)
    return { kind: "quantifier", name: quantifier, range, variables, body: second };
  if (name === "filter" && args.length === 2)
    return { kind: "filter", range, variables, body: second };
  if (name !== "map" || args.length > 3) return undefined;
  return third === undefined
    ? { kind: "list", range, variables, filter: undefined, body: second }
    : { kind: "list", range, variables, filter: second, body: third };
}

const transforms: Readonly<Record<string, "list" | "map" | "entries">> = {
  transformList: "list",
  transformMap: "map",
  transformMapEntry: "entries",
};

function twoVariables(name: string, range: ASTNode, args: readonly ASTNode[]): Macro | undefined {
  const [first, second, third, fourth] = args;
  if (first?.op !== "id" || second?.op !== "id" || third === undefined) return undefined;
  const variables = [first.args, second.args];
  const quantifier = quantifierOf(name);
  if (quantifier !== undefined && args.length === 3)
    return { kind: "quantifier", name: quantifier, range, variables, body: third };
  const kind = Object.hasOwn(transforms, name) ? transforms[name] : undefined;
  if (kind === undefined || args.length > 4) return undefined;
  return fourth === undefined
    ? { kind, range, variables, filter: undefined, body: third }
    : { kind, range, variables, filter: third, body: fourth };
}
