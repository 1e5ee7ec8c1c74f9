import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import { type Goal, isSecretMarker } from "./goal.ts";
import { memberOf, pairElements, pointerToken, project } from "./projection.ts";

/**
 * Paths at which ARM differs from the goal, judged without a baseline: for a resource that this controller never wrote or whose last
 * write is uncertain (design.md section 3, "Without a row"). Secret leaves count as equal, and so do values that ARM is known to
 * normalise: letter case of strings that are ARM ids, letter case and blanks of `location`.
 */
export function differences(goal: Goal, shown: JsonObject): string[] {
  const found: string[] = [];
  const { name: _name, ...body } = goal.body;
  compareValue(body, shown, "", found);
  return found;
}

/** Paths at which two projections of the same goal differ: what drifted. */
export function driftedPaths(before: JsonValue, goal: Goal, shown: JsonObject): string[] {
  const found: string[] = [];
  walkPair(before, project(goal, shown), "", found);
  return found;
}

function compareValue(
  goal: JsonValue,
  shown: JsonValue | undefined,
  path: string,
  found: string[],
): void {
  if (isSecretMarker(goal) || goal === null) return;
  if (isJsonObject(goal)) {
    if (!isJsonObject(shown)) {
      if (Object.keys(goal).length > 0) found.push(path);
      return;
    }
    for (const [key, value] of Object.entries(goal)) {
      compareValue(value, memberOf(shown, key), `${path}/${pointerToken(key)}`, found);
    }
    return;
  }
  if (Array.isArray(goal)) compareList(goal, shown, path, found);
  else if (!sameLeaf(goal, shown, path)) found.push(path);
}

function compareList(
  goal: readonly JsonValue[],
  shown: JsonValue | undefined,
  path: string,
  found: string[],
): void {
  const list = Array.isArray(shown) ? shown : [];
  if (list.length !== goal.length) {
    found.push(path);
    return;
  }
  const { pairs, identity } = pairElements(goal, list);
  goal.forEach((element, index) => {
    const pair = pairs.get(index);
    const at = `${path}/${index}`;
    if (identity === undefined) compareValue(element, pair, at, found);
    else if (pair === undefined) found.push(at);
    else compareValue(without(element, identity), pair, at, found);
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
