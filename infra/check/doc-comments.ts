import ts from "typescript";
import { type CodeFile, placeOf, type SourceTree } from "./source-tree.ts";

/** Every exported declaration of the product says in a doc comment what holds; the first of several overloads speaks for all. */
export function checkDocComments(tree: SourceTree): readonly string[] {
  return tree.code.filter((file) => file.path.startsWith("src/")).flatMap(checkFile);
}

function checkFile(file: CodeFile): readonly string[] {
  const documented = new Set<string>();
  const named = exportedByList(file.syntax);
  return file.syntax.statements.flatMap((statement) => {
    const names = declaredNames(statement);
    const isExported = hasExportModifier(statement) || names.some((name) => named.has(name));
    if (!isExported || names.length === 0) return [];
    if (names.every((name) => documented.has(name))) return [];
    if (!hasDocComment(statement)) {
      return [`${placeOf(file, statement)} doc-comment: ${names.join(", ")} has none`];
    }
    for (const name of names) documented.add(name);
    return [];
  });
}

function hasExportModifier(statement: ts.Statement): boolean {
  if (!ts.canHaveModifiers(statement)) return false;
  return (ts.getModifiers(statement) ?? []).some((one) => one.kind === ts.SyntaxKind.ExportKeyword);
}

/** The names in `export { … }` without `from`. */
function exportedByList(syntax: ts.SourceFile): ReadonlySet<string> {
  const names = syntax.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier !== undefined) return [];
    const clause = statement.exportClause;
    if (clause === undefined || !ts.isNamedExports(clause)) return [];
    return clause.elements.map((one) => (one.propertyName ?? one.name).text);
  });
  return new Set(names);
}

function declaredNames(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map((one) => one.name.getText());
  }
  const isDeclaration =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  if (isDeclaration) return [statement.name?.text ?? "default"];
  return [];
}

function hasDocComment(statement: ts.Statement): boolean {
  return ts
    .getJSDocCommentsAndTags(statement)
    .some((doc) => ts.isJSDoc(doc) && (ts.getTextOfJSDocComment(doc.comment) ?? "").trim() !== "");
}
