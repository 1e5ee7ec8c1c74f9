import { canonicalJson, sha256Hex } from "../hash.ts";
import type { JsonObject, JsonValue } from "../json.ts";

/**
 * Version of the conversion rules. Raise it when a release converts the same resource to another body: rows that carry another
 * number are compared with ARM by one GET instead of being written (design.md section 3, Diffing).
 */
export const convertVersion = "1";

const secretPrefix = "\u0000secret:";

/** Stands for a secret value in a goal: names the Secret's state, so that a hash of the goal tells nothing about the value. */
export function secretMarker(uid: string, resourceVersion: string, key: string): string {
  return `${secretPrefix}${uid}:${resourceVersion}:${key}`;
}

/** True for a leaf of a goal that stands for a secret value. */
export function isSecretMarker(value: JsonValue | undefined): boolean {
  return typeof value === "string" && value.startsWith(secretPrefix);
}

/** What a resource should be in ARM: the body before `modifyBody`, with markers in place of secret values. */
export type Goal = {
  readonly armId: string;
  readonly apiVersion: string;
  readonly body: JsonObject;
  /** JSON pointers of the body's maps, whose keys count as drift. */
  readonly maps: readonly string[];
};

/** Identifies a goal: equal hashes mean that the same PUT would be sent. 32 hex digits. */
export function goalHash(goal: Goal): string {
  const text = `${goal.armId.toLowerCase()}\n${goal.apiVersion}\n${canonicalJson(goal.body)}`;
  return sha256Hex(text).slice(0, 32);
}
