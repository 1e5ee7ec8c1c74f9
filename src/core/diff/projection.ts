import { canonicalJson, sha256Hex } from "../hash.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import { type Goal, isSecretMarker } from "./goal.ts";

/**
 * What ARM shows of a goal: every leaf that we sent, and the membership of every list and map that we sent.
 * Fields that ARM adds by itself are not part of it, leaves under secret inputs neither. An absent value is `null`.
 */
export function project(goal: Goal, shown: JsonObject): JsonValue {
  const maps = new Set(goal.maps);
  return projectValue(goal.body, shown, "", maps);
}

/** 32 hex digits over a projection. */
export function projectionHash(projection: JsonValue): string {
  return sha256Hex(canonicalJson(projection)).slice(0, 32);
}

function projectValue(
  goal: JsonValue,
  shown: JsonValue | undefined,
  path: string,
  maps: ReadonlySet<string>,
): JsonValue {
  if (isSecretMarker(goal)) return null;
  if (Array.isArray(goal)) return projectList(goal, shown, path, maps);
  if (isJsonObject(goal)) return projectObject(goal, shown, path, maps);
  return shown ?? null;
}

function projectObject(
  goal: JsonObject,
  shown: JsonValue | undefined,
  path: string,
  maps: ReadonlySet<string>,
): JsonValue {
  if (!isJsonObject(shown)) return null;
  const result: JsonObject = {};
  for (const key of Object.keys(goal)) {
    const value = goal[key];
    if (value === undefined || isSecretMarker(value)) continue;
    result[key] = projectValue(value, memberOf(shown, key), `${path}/${pointerToken(key)}`, maps);
  }
  if (maps.has(path)) result["#keys"] = Object.keys(shown).sort();
  return result;
}

function projectList(
  goal: readonly JsonValue[],
  shown: JsonValue | undefined,
  path: string,
  maps: ReadonlySet<string>,
): JsonValue {
  if (!Array.isArray(shown)) return null;
  const { pairs } = pairElements(goal, shown);
  const members = goal.map((element, index) =>
    projectValue(element, pairs.get(index), `${path}/${index}`, maps),
  );
  return { "#length": shown.length, "#names": elementNames(shown), members };
}

/** Elements of a list that ARM shows, by the index of ours; `identity` is the member that paired them, if one did. */
export type Pairs = {
  readonly pairs: ReadonlyMap<number, JsonValue>;
  readonly identity: "name" | "id" | undefined;
};

/** Pairs by `name`, then `id`, when every element has one; else by position. ARM compares names without regard to case. */
export function pairElements(goal: readonly JsonValue[], shown: readonly JsonValue[]): Pairs {
  const pairs = new Map<number, JsonValue>();
  const identity = identityOf(goal, shown);
  goal.forEach((element, index) => {
    const found =
      identity === undefined
        ? shown[index]
        : shown.find(
            (candidate) => elementKey(candidate, identity) === elementKey(element, identity),
          );
    if (found !== undefined) pairs.set(index, found);
  });
  return { pairs, identity };
}

function identityOf(
  goal: readonly JsonValue[],
  shown: readonly JsonValue[],
): "name" | "id" | undefined {
  const candidates = ["name", "id"] as const;
  return candidates.find(
    (key) =>
      goal.length > 0 &&
      [...goal, ...shown].every((element) => elementKey(element, key) !== undefined),
  );
}

function elementKey(element: JsonValue, key: "name" | "id"): string | undefined {
  const value = isJsonObject(element) ? element[key] : undefined;
  return typeof value === "string" ? value.toLowerCase() : undefined;
}

function elementNames(shown: readonly JsonValue[]): string[] {
  const names = shown.map((element) => elementKey(element, "name") ?? elementKey(element, "id"));
  return names.every((name) => name !== undefined) ? names.toSorted() : [];
}

/** Members match exactly first, then without regard to case, as ARM treats names. */
export function memberOf(object: JsonObject, key: string): JsonValue | undefined {
  if (Object.hasOwn(object, key)) return object[key];
  const lower = key.toLowerCase();
  const found = Object.keys(object).find((candidate) => candidate.toLowerCase() === lower);
  return found === undefined ? undefined : object[found];
}

/** One token of a JSON pointer (RFC 6901). */
export function pointerToken(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
