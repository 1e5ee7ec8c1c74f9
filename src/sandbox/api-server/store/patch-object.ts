import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import { invalid, isRefusal, notFound, type Refusal, refuse } from "../refusal.ts";
import { invalidValue } from "../schema/causes.ts";
import { atVersion } from "./convert-version.ts";
import { decodeObject, strictError, unknownFields } from "./decode-object.ts";
import { applyJsonPatch } from "./json-patch.ts";
import { mergePatch, strategicMergePatch } from "./merge-patch.ts";
import type { ObjectStore } from "./object-store.ts";
import { checkAddress, updateObject } from "./update-object.ts";
import type { Target, WriteOptions, Written } from "./write-target.ts";

/** The patches that change a stored object; server-side apply goes its own way. */
export type PatchType = "merge" | "json" | "strategic";

/** PATCH with a merge patch, a JSON patch or (built-in types) a strategic merge patch. */
export function patchObject(
  store: ObjectStore,
  target: Target,
  patch: JsonValue,
  patchType: PatchType,
  options: WriteOptions,
): Written | Refusal {
  const { type, version } = target;
  const stored = store.get(type, target.namespace, target.name);
  if (stored === undefined) return notFound(type, target.name);
  const patched = patchedObject(atVersion(type, version, stored), patch, patchType, target);
  if (isRefusal(patched)) return patched;
  const unknown = unknownFields(type, version, patched);
  if (options.validation === "Strict" && unknown.fields.length > 0) {
    return strictRefusal(patched, unknown.fields);
  }
  const decoded = decodeObject(type, version, patched, options.validation);
  if (isRefusal(decoded)) return decoded;
  const misnamed = checkAddress(target, decoded.object);
  if (misnamed !== undefined) return misnamed;
  const outcome = updateObject(store, target, stored, decoded.object, decoded.warnings, options);
  return isRefusal(outcome) ? { ...outcome, warnings: decoded.warnings } : outcome;
}

function patchedObject(
  live: JsonObject,
  patch: JsonValue,
  patchType: PatchType,
  target: Target,
): JsonObject | Refusal {
  const patched =
    patchType === "json"
      ? applyJsonPatch(live, patch)
      : patchType === "strategic"
        ? strategicMergePatch(live, patch, target.version.schema)
        : mergePatch(live, patch);
  if (isJsonObject(patched)) return patched;
  const message = "the server rejected our request due to an error in our request";
  return refuse(422, "Invalid", message, {});
}

/** The real server shows the whole patched object, with sorted keys, as the invalid value. */
function strictRefusal(patched: JsonObject, fields: readonly string[]): Refusal {
  const shown = JSON.stringify(canonical(patched));
  const cause = invalidValue("patch", shown, strictError(fields));
  const refusal = invalid("", "", "", [cause]);
  return { ...refusal, status: { ...refusal.status, details: { causes: [{ ...cause }] } } };
}

function canonical(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isJsonObject(value)) return value;
  const sorted: JsonObject = {};
  for (const key of Object.keys(value).sort()) sorted[key] = canonical(value[key] ?? null);
  return sorted;
}
