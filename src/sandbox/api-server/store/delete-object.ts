import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import { forbidden, notFound, type Refusal, refuse } from "../refusal.ts";
import { protectedFromDelete } from "./built-in-types.ts";
import { atVersion } from "./convert-version.ts";
import { deleteStored, type Propagation } from "./deletion.ts";
import { metadataText, nameOf } from "./metadata.ts";
import type { ObjectStore } from "./object-store.ts";
import type { Selector } from "./selectors.ts";
import type { Target } from "./write-target.ts";

/** The options of a DELETE (`DeleteOptions` of meta/v1). */
export type DeleteOptions = {
  readonly dryRun: boolean;
  readonly propagation: Propagation;
  /** Preconditions; empty for none. */
  readonly uid: string;
  readonly resourceVersion: string;
};

/** `object` is what still exists, or the success Status when it is gone. */
export type Deleted = { readonly kind: "deleted"; readonly object: JsonObject };

/** DeleteOptions of a body and query parameters; the body wins. */
export function readDeleteOptions(
  body: JsonValue | undefined,
  query: URLSearchParams,
): DeleteOptions {
  const options = isJsonObject(body) ? body : {};
  const preconditions = isJsonObject(options["preconditions"]) ? options["preconditions"] : {};
  const policy = text(options["propagationPolicy"]) || (query.get("propagationPolicy") ?? "");
  const orphans = options["orphanDependents"] ?? query.get("orphanDependents");
  const dryRun = options["dryRun"];
  return {
    dryRun: (Array.isArray(dryRun) && dryRun.includes("All")) || query.get("dryRun") === "All",
    propagation: propagationOf(policy, orphans === true || orphans === "true"),
    uid: text(preconditions["uid"]),
    resourceVersion: text(preconditions["resourceVersion"]),
  };
}

function propagationOf(policy: string, orphans: boolean): Propagation {
  if (policy === "Background" || policy === "Foreground" || policy === "Orphan") return policy;
  return orphans ? "Orphan" : undefined;
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

/** DELETE of an object. */
export function deleteObject(
  store: ObjectStore,
  target: Target,
  options: DeleteOptions,
): Deleted | Refusal {
  const { type, version, name } = target;
  const stored = store.get(type, target.namespace, name);
  if (stored === undefined) return notFound(type, name);
  const why = protectedFromDelete(type, name);
  if (why !== undefined) return forbidden(type, name, why);
  const mismatch = checkPreconditions(target, stored, options);
  if (mismatch !== undefined) return mismatch;
  const left = options.dryRun ? undefined : deleteStored(store, type, stored, options.propagation);
  const object = left === undefined ? success(target, stored) : atVersion(type, version, left);
  return { kind: "deleted", object };
}

/** DELETE of a collection. Returns what was there, at the target's version. */
export function deleteCollection(
  store: ObjectStore,
  target: Target,
  matches: Selector,
  options: DeleteOptions,
): JsonObject[] {
  const { type, version, namespace } = target;
  const items = store.list(type, namespace).filter(matches);
  if (!options.dryRun) {
    for (const item of items) {
      // An item may have gone with its owner a moment ago.
      const current = store.get(type, metadataText(item, "namespace"), nameOf(item));
      if (current !== undefined) deleteStored(store, type, current, options.propagation);
    }
  }
  return items.map((item) => atVersion(type, version, item));
}

function checkPreconditions(
  target: Target,
  stored: JsonObject,
  options: DeleteOptions,
): Refusal | undefined {
  const { type, name } = target;
  const kind = type.group === "" ? type.kind : `${type.kind}.${type.group}`;
  const prefix = `Operation cannot be fulfilled on ${kind} ${JSON.stringify(name)}:`;
  const details = { name, group: type.group, kind: type.kind };
  const uid = metadataText(stored, "uid");
  if (options.uid !== "" && options.uid !== uid) {
    const why = `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    return refuse(409, "Conflict", `${prefix} ${why}`, details);
  }
  const version = metadataText(stored, "resourceVersion");
  if (options.resourceVersion !== "" && options.resourceVersion !== version) {
    const why = `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${version}). The object might have been modified`;
    return refuse(409, "Conflict", `${prefix} ${why}`, details);
  }
  return undefined;
}

function success(target: Target, stored: JsonObject): JsonObject {
  const { type } = target;
  const details: JsonObject = { name: nameOf(stored) };
  if (type.group !== "") details["group"] = type.group;
  details["kind"] = type.plural;
  details["uid"] = metadataText(stored, "uid");
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
}
