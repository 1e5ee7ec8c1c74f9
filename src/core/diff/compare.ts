import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import { type Goal, isSecretMarker } from "./goal.ts";
import { memberOf, pairElements, pointerToken, project } from "./projection.ts";

/** What a PUT of a goal changes at one path (JSON pointer). Absent `from`: ARM shows nothing there; absent `to`: the PUT removes it. */
export type Change = {
  readonly path: string;
  readonly from?: JsonValue | undefined;
  /** May be, or hold, a marker in place of a secret value. */
  readonly to?: JsonValue | undefined;
};

/**
 * What a PUT of the goal changes in what ARM shows, judged without a baseline. A secret leaf always counts, because ARM does not show
 * it, and so does a member of a map that the goal does not have. What ARM is known to normalise counts as equal: letter case of strings
 * that are ARM ids, letter case and blanks of `location`.
 */
export function changes(goal: Goal, shown: JsonObject): Change[] {
  const found: Change[] = [];
  const { name: _name, ...body } = goal.body;
  compareValue(body, shown, "", { found, maps: new Set(goal.maps) });
  return found;
}

/**
 * Paths at which ARM differs from the goal, judged without a baseline: for a resource that this controller never wrote or whose last
 * write is uncertain (design.md section 3, "Without a row"). Secret leaves and what ARM has beyond the goal count as equal.
 */
export function differences(goal: Goal, shown: JsonObject): string[] {
  return changes(goal, shown)
    .filter(isDifference)
    .map(({ path }) => path);
}

/** Whether a change is proven by what ARM shows: it neither sets a secret nor removes what the goal does not name. */
export function isDifference({ to }: Change): boolean {
  return to !== undefined && !isSecretMarker(to);
}

/** Paths at which two projections of the same goal differ: what drifted. */
export function driftedPaths(before: JsonValue, goal: Goal, shown: JsonObject): string[] {
  const found: string[] = [];
  walkPair(before, project(goal, shown), "", found);
  return found;
}

type Walk = { readonly found: Change[]; readonly maps: ReadonlySet<string> };

function compareValue(
  goal: JsonValue,
  shown: JsonValue | undefined,
  path: string,
  walk: Walk,
): void {
  if (goal === null) return;
  if (isSecretMarker(goal)) walk.found.push({ path, to: goal });
  else if (isJsonObject(goal)) compareObject(goal, shown, path, walk);
  else if (Array.isArray(goal)) compareList(goal, shown, path, walk);
  else if (!sameLeaf(goal, shown, path)) walk.found.push({ path, from: shown, to: goal });
}

function compareObject(
  goal: JsonObject,
  shown: JsonValue | undefined,
  path: string,
  walk: Walk,
): void {
  if (!isJsonObject(shown)) {
    if (Object.keys(goal).length > 0) walk.found.push({ path, from: shown, to: goal });
    return;
  }
  for (const [key, value] of Object.entries(goal))
    compareValue(value, memberOf(shown, key), `${path}/${pointerToken(key)}`, walk);
  if (!walk.maps.has(path)) return;
  for (const [key, from] of Object.entries(shown))
    if (memberOf(goal, key) === undefined)
      walk.found.push({ path: `${path}/${pointerToken(key)}`, from });
}

function compareList(
  goal: readonly JsonValue[],
  shown: JsonValue | undefined,
  path: string,
  walk: Walk,
): void {
  const list = Array.isArray(shown) ? shown : [];
  if (list.length !== goal.length) {
    walk.found.push({ path, from: shown, to: [...goal] });
    return;
  }
  const { pairs, identity } = pairElements(goal, list);
  goal.forEach((element, index) => {
    const pair = pairs.get(index);
    const at = `${path}/${index}`;
    if (identity === undefined) compareValue(element, pair, at, walk);
    else if (pair === undefined) walk.found.push({ path: at, to: element });
    else compareValue(without(element, identity), pair, at, walk);
  });
}

/** The member that paired two elements is equal but for its letter case, which ARM does not keep. */
function without(element: JsonValue, identity: string): JsonValue {
  if (!isJsonObject(element)) return element;
  return Object.fromEntries(Object.entries(element).filter(([key]) => key !== identity));
}

function sameLeaf(goal: JsonValue, shown: JsonValue | undefined, path: string): boolean {
  if (goal === shown) return true;
  if (typeof goal !== "string" || typeof shown !== "string") return false;
  if (path === "/location") return normalLocation(goal) === normalLocation(shown);
  return goal.startsWith("/") && goal.toLowerCase() === shown.toLowerCase();
}

function normalLocation(text: string): string {
  return text.replaceAll(" ", "").toLowerCase();
}

function walkPair(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  path: string,
  found: string[],
): void {
  if (isJsonObject(before) && isJsonObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const next = key.startsWith("#") || key === "members" ? path : `${path}/${key}`;
      walkPair(before[key], after[key], next, found);
    }
    return;
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    before.forEach((element, index) => {
      walkPair(element, after[index], `${path}/${index}`, found);
    });
    return;
  }
  if (JSON.stringify(before) !== JSON.stringify(after) && !found.includes(path)) found.push(path);
}
