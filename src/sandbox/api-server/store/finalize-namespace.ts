import { isJsonObject, type JsonValue } from "../../../core/json.ts";
import { isRefusal, modifiedMeanwhile, notFound, type Refusal } from "../refusal.ts";
import { strings } from "../schema/validate-metadata.ts";
import { decodeObject } from "./decode-object.ts";
import { isDeleting, metadataOf, metadataText } from "./metadata.ts";
import type { ObjectStore } from "./object-store.ts";
import { type Target, type Written, written } from "./write-target.ts";

/** PUT of a namespace's `finalize`: sets `spec.finalizers`; a terminating namespace without any finalizer is removed. */
export function finalizeNamespace(
  store: ObjectStore,
  target: Target,
  body: JsonValue,
): Written | Refusal {
  const { type, version, name } = target;
  const decoded = decodeObject(type, version, body, "Ignore");
  if (isRefusal(decoded)) return decoded;
  const stored = store.get(type, "", name);
  if (stored === undefined) return notFound(type, name);
  const given = metadataText(decoded.object, "resourceVersion");
  if (given !== "" && given !== metadataText(stored, "resourceVersion")) {
    return modifiedMeanwhile(type, name);
  }
  const spec = decoded.object["spec"];
  const finalizers = isJsonObject(spec) ? strings(spec["finalizers"]) : [];
  const next = { ...stored, spec: { finalizers } };
  const isDone = finalizers.length === 0 && strings(metadataOf(stored)["finalizers"]).length === 0;
  if (isDeleting(stored) && isDone) {
    store.remove(type, next);
    return written(next, false, []);
  }
  return written(store.put(type, next), false, decoded.warnings);
}
