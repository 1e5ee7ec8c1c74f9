import { parse, stringify } from "yaml";

/** What differs between any two servers and runs, with what it is replaced by. */
const masks: readonly (readonly [RegExp, string])[] = [
  [/https?:\/\/127\.0\.0\.1:\d+/g, "<server>"],
  [/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uid>"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, "<time>"],
  // What the runner adds about a command that failed without a word.
  [/^Command failed: .*$/gm, ""],
  [/(resourceVersion\\*"?: ?\\*"?)\d+/g, "$1<version>"],
  [/(Resource Version: +)\d+/g, "$1<version>"],
  // The header of a diff: temporary files and their times.
  [/^(diff|---|\+\+\+) .*$/gm, "$1"],
  // Ages at the end of a column, and the spaces that depend on their width.
  [/(?<=\s)\d+(?:d\d+h|h\d+m|m\d+s|[smhd])(?=\s|$)/g, "<age>"],
  [/ +/g, " "],
];

/** Output with everything masked that is never equal, and with the faults of one object in a fixed order. */
export function normaliseOutput(text: string): string {
  const ordered = text.startsWith("apiVersion: ") ? sortOwners(text) : text;
  const masked = masks.reduce((done, [pattern, mask]) => done.replace(pattern, mask), ordered);
  return sortListed(masked.split("\n").map(sortFaults)).join("\n").trim();
}

/** Owners of fields stand in the order of whole seconds, which is not the same in two runs. */
function sortOwners(text: string): string {
  const object = parse(text) as { metadata?: { managedFields?: { time?: string }[] } };
  const order = (entry: { time?: string }) => JSON.stringify({ ...entry, time: entry.time && "" });
  object.metadata?.managedFields?.sort((a, b) => (order(a) < order(b) ? -1 : 1));
  return stringify(object);
}

/** The server tells several faults in the order of a Go map, which is random. */
function sortFaults(line: string): string {
  const open = line.indexOf("is invalid: [");
  if (open < 0 || !line.endsWith("]")) return line;
  const start = open + "is invalid: [".length;
  const faults = line.slice(start, -1).split(/, (?=<nil>: |(?:spec|metadata|status)[.[:])/);
  return `${line.slice(0, start)}${faults.sort().join(", ")}]`;
}

/** kubectl shows them one per line, too. */
function sortListed(lines: readonly string[]): string[] {
  const sorted: string[] = [];
  let block: string[] = [];
  for (const line of [...lines, ""]) {
    if (line.startsWith("* ")) {
      block.push(line);
      continue;
    }
    sorted.push(...block.sort(), line);
    block = [];
  }
  return sorted;
}
