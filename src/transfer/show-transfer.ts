import { inColumns } from "../core/columns.ts";
import { type Move, nameOf, objectText } from "./transfer-types.ts";

const actions: Readonly<Record<Move["step"], string>> = {
  move: "move",
  resume: "go on",
  release: "finish",
  handOver: "hand over",
  nothing: "nothing",
};

/**
 * One line for each resource, aligned: what happens to it, and what is in the way; then what is copied along. `where` names the goal. Ends
 * with a line break.
 */
export function transferAsTable(moves: readonly Move[], where: string): string {
  const rows = moves.flatMap((move) => rowsOf(move, where));
  const copies = isBlocked(moves)
    ? []
    : lackedObjects(moves).map((object) => ["copy", objectText(object), where]);
  return inColumns([["ACTION", "RESOURCE", "TO, OR WHAT IS IN THE WAY"], ...rows, ...copies]);
}

function rowsOf(move: Move, where: string): readonly (readonly string[])[] {
  if (move.blocks.length === 0) return [[actions[move.step], nameOf(move), where]];
  return move.blocks.map((block) => ["blocked", nameOf(move), block]);
}

/** What is missing at the target, each once. */
export function lackedObjects(moves: readonly Move[]): Move["lacks"] {
  const all = moves.flatMap(({ lacks }) => lacks);
  return [...new Map(all.map((one) => [objectText(one), one])).values()];
}

/** Whether anything is in the way: then nothing at all is done. */
export function isBlocked(moves: readonly Move[]): boolean {
  return moves.some(({ blocks }) => blocks.length > 0);
}

/** How many resources there are and how many are blocked, as a sentence without its full stop. */
export function transferSummary(moves: readonly Move[]): string {
  const blocked = moves.filter(({ blocks }) => blocks.length > 0).length;
  const count = `${moves.length} ${moves.length === 1 ? "resource" : "resources"}`;
  return blocked === 0 ? count : `${count}, ${blocked} of them blocked`;
}
