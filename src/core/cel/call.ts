import type { ASTNode } from "@marcbachmann/cel-js";
import { namespaces } from "./functions.ts";

/** A call of a function or of a method, as the parser gives it. */
export type CallNode = Extract<ASTNode, { op: "call" | "rcall" }>;

/** A call with its receiver as first argument; a namespace before it belongs to its name. */
export function callOf(
  node: CallNode,
  scope: ReadonlyMap<string, unknown>,
): { readonly name: string; readonly isMethod: boolean; readonly args: readonly ASTNode[] } {
  if (node.op === "call") return { name: node.args[0], isMethod: false, args: node.args[1] };
  const [name, receiver, args] = node.args;
  if (receiver.op === "id" && namespaces.has(receiver.args) && !scope.has(receiver.args))
    return { name: `${receiver.args}.${name}`, isMethod: false, args };
  return { name, isMethod: true, args: [receiver, ...args] };
}
