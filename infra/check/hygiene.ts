import ts from "typescript";
import { type CodeFile, nodesOf, placeOf, type SourceTree, type TextFile } from "./source-tree.ts";

type TextRule = { readonly name: string; readonly pattern: RegExp; readonly why: string };

/** What no text of the repository holds. Each pattern is written so that it does not match itself. */
const textRules: readonly TextRule[] = [
  {
    name: "unfinished",
    pattern: /\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b/,
    why: "finish it, or describe what is missing in an issue",
  },
  {
    name: "machine-path",
    pattern: /(?<![\w.$}\])*])\/(?:work|root|Users|tmp|home(?!\/(?:site|data)\b))(?:\/[\w.-]+)+/,
    why: "a path of one machine; derive it from import.meta.dirname, the home folder or the folder for temporary files",
  },
  {
    name: "machine-path",
    pattern: /\b[A-Z]:\\(?:Users|work)\\/,
    why: "a path of one machine",
  },
  {
    name: "registry-host",
    pattern:
      /https?:\/\/[\w.-]*(?:npmj[s]|registr[y]\.|artifactor[y]|\bnexu[s]|gopro[x]y|proxy\.golan[g])/i,
    why: "where packages come from is a setting of the machine, not of the project",
  },
];

const testFunctions = new Set(["it", "test", "describe", "suite", "bench"]);
const notRun = new Set(["skip", "only", "todo", "skipIf", "fails"]);
const mocks = new Set(["mock", "doMock", "hoisted"]);

/** Left-overs: unfinished work, tests that do not run, mocks of own modules, swallowed errors, traces of a machine. */
export function checkHygiene(tree: SourceTree): readonly string[] {
  return [...tree.texts.flatMap(checkText), ...tree.code.flatMap(checkCode)];
}

function checkText(file: TextFile): readonly string[] {
  return file.text.split("\n").flatMap((line, index) =>
    textRules.flatMap(({ name, pattern, why }) => {
      const found = pattern.exec(line)?.[0];
      return found === undefined ? [] : [`${file.path}:${index + 1} ${name}: ${found} (${why})`];
    }),
  );
}

function checkCode(file: CodeFile): readonly string[] {
  return [...nodesOf(file.syntax)].flatMap((node) => {
    const problem = codeProblem(node);
    return problem === undefined ? [] : [`${placeOf(file, node)} ${problem}`];
  });
}

function codeProblem(node: ts.Node): string | undefined {
  if (ts.isCatchClause(node) && node.block.statements.length === 0) {
    return "empty-catch: an error is handled, translated or thrown on";
  }
  if (!ts.isPropertyAccessExpression(node)) return undefined;
  const name = node.name.text;
  const start = firstName(node);
  if (testFunctions.has(start) && notRun.has(name)) {
    return `test-not-run: ${node.getText()}; a test runs or is deleted`;
  }
  if (start === "vi" && mocks.has(name)) {
    return `module-mock: ${node.getText()}; use a double of the port`;
  }
  return undefined;
}

/** `describe` of `describe.concurrent.skip`. */
function firstName(node: ts.Expression): string {
  if (ts.isPropertyAccessExpression(node)) return firstName(node.expression);
  return ts.isIdentifier(node) ? node.text : "";
}
