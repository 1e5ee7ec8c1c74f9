import { checkDocComments } from "./doc-comments.ts";
import { checkFiles } from "./files.ts";
import type { Gate } from "./gate.ts";
import { checkHygiene } from "./hygiene.ts";
import { readSourceTree, type SourceTree } from "./source-tree.ts";
import { checkWorldAccess } from "./world-access.ts";

const trees = new Map<string, Promise<SourceTree>>();

/** Read and parsed once for all gates of a run. */
function treeOf(root: string): Promise<SourceTree> {
  const known = trees.get(root) ?? readSourceTree(root);
  trees.set(root, known);
  return known;
}

function treeGate(name: string, check: (tree: SourceTree) => readonly string[]): Gate {
  return {
    name,
    run: async (root) => {
      const tree = await treeOf(root);
      const seen = `${tree.texts.length} files`;
      if (tree.code.length === 0) return { problems: ["no code was read"], seen };
      return { problems: check(tree), seen };
    },
  };
}

/** The gates that read the text and syntax of every file. */
export const treeGates: readonly Gate[] = [
  treeGate("files", checkFiles),
  treeGate("world", checkWorldAccess),
  treeGate("hygiene", checkHygiene),
  treeGate("docs", checkDocComments),
];
