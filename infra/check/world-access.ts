import ts from "typescript";
import { type CodeFile, nodesOf, placeOf, type SourceTree } from "./source-tree.ts";

/** Infra and tests run on a developer's machine and may. */
const mayNotReadEnvironment = /^(src\/(?!config\/)|functions\/)/;
const isPure = /^src\/(core|controller|kinds|ports|catalog|crds|rbac|plan|transfer|parity)\//;

/** Calls and properties that bring in time or chance, as written in the code. */
const impure = new Set([
  "Date.now",
  "Math.random",
  "performance.now",
  "process.hrtime",
  "process.uptime",
  "crypto.randomUUID",
  "crypto.getRandomValues",
]);
const impureCalls = new Set([
  "setTimeout",
  "setInterval",
  "setImmediate",
  "randomUUID",
  "randomBytes",
  "randomInt",
  "Date",
]);
const networkCalls = new Set(["fetch"]);

/**
 * Who touches the world directly: `process.env` is read in src/config only (and by infra and tests), and the pure folders take time,
 * chance and the network from ports, so that a test can set them.
 */
export function checkWorldAccess(tree: SourceTree): readonly string[] {
  return tree.code.flatMap((file) => [...environment(file), ...outsideWorld(file)]);
}

function environment(file: CodeFile): readonly string[] {
  if (!mayNotReadEnvironment.test(file.path)) return [];
  return [...nodesOf(file.syntax)]
    .filter(readsEnv)
    .map((node) => `${placeOf(file, node)} environment: process.env is read in src/config only`);
}

function readsEnv(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
    return memberName(node) === "env" && isProcess(node.expression);
  }
  if (ts.isVariableDeclaration(node) && node.initializer !== undefined) {
    return isProcess(node.initializer) && takes(node.name, "env");
  }
  if (ts.isImportDeclaration(node)) {
    return isModule(node.moduleSpecifier, "process") && importsName(node, "env");
  }
  return false;
}

function isProcess(node: ts.Expression): boolean {
  if (ts.isIdentifier(node)) return node.text === "process";
  if (!ts.isPropertyAccessExpression(node) && !ts.isElementAccessExpression(node)) return false;
  return memberName(node) === "process" && node.expression.getText() === "globalThis";
}

function memberName(node: ts.PropertyAccessExpression | ts.ElementAccessExpression): string {
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  return ts.isStringLiteralLike(node.argumentExpression) ? node.argumentExpression.text : "";
}

function takes(pattern: ts.BindingName, name: string): boolean {
  if (!ts.isObjectBindingPattern(pattern)) return false;
  return pattern.elements.some((one) => (one.propertyName ?? one.name).getText() === name);
}

function isModule(specifier: ts.Expression, name: string): boolean {
  return ts.isStringLiteral(specifier) && specifier.text.replace(/^node:/, "") === name;
}

function importsName(node: ts.ImportDeclaration, name: string): boolean {
  const bindings = node.importClause?.namedBindings;
  if (bindings === undefined || !ts.isNamedImports(bindings)) return false;
  return bindings.elements.some((one) => (one.propertyName ?? one.name).text === name);
}

function outsideWorld(file: CodeFile): readonly string[] {
  if (!isPure.test(file.path)) return [];
  return [...nodesOf(file.syntax)].flatMap((node) => {
    const what = impurity(node);
    return what === undefined ? [] : [`${placeOf(file, node)} ${what}; use a port`];
  });
}

function impurity(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) {
    const written = node.getText().replace(/^globalThis\./, "");
    return impure.has(written) ? `clock: ${written}` : undefined;
  }
  if (ts.isNewExpression(node)) {
    const now = node.expression.getText() === "Date" && (node.arguments?.length ?? 0) === 0;
    return now ? "clock: new Date()" : undefined;
  }
  if (!ts.isCallExpression(node)) return undefined;
  const called = node.expression.getText().replace(/^globalThis\./, "");
  if (networkCalls.has(called)) return `network: ${called}()`;
  return impureCalls.has(called) ? `clock: ${called}()` : undefined;
}
