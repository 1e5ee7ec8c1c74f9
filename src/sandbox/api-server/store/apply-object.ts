import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import { childPath, difference, union, withAncestors } from "../fields/field-set.ts";
import {
  appliedFields,
  type FieldWriter,
  firstApplyEntry,
  lastApplied,
  type ManagedEntry,
  othersFields,
  ownedView,
  readManagedFields,
  trackApply,
} from "../fields/managed-fields.ts";
import { mergeApplied, withoutFields } from "../fields/merge-applied.ts";
import { badRequest, conflict, isRefusal, type Refusal, refuse } from "../refusal.ts";
import { typedErrors } from "../schema/typed-errors.ts";
import { atVersion } from "./convert-version.ts";
import { insertObject } from "./create-object.ts";
import { decodeObject } from "./decode-object.ts";
import { metadataOf, metadataText, withMetadata } from "./metadata.ts";
import type { ObjectStore } from "./object-store.ts";
import { groupVersion } from "./resource-type.ts";
import { checkAddress, updateObject } from "./update-object.ts";
import { type Target, type WriteOptions, type Written, writerOf } from "./write-target.ts";

const lastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration";

/** PATCH by server-side apply. Creates the object when it is absent. */
export function applyObject(
  store: ObjectStore,
  target: Target,
  body: JsonValue,
  options: WriteOptions & { readonly force: boolean },
): Written | Refusal {
  const config = readConfig(target, body);
  if (isRefusal(config)) return config;
  const { type, version } = target;
  const stored = store.get(type, target.namespace, target.name);
  const writer = writerOf(target, options.manager, store.timestamp());
  if (stored === undefined) return applyNew(store, target, config, options, writer);
  const live = withLastApplied(atVersion(type, version, stored), config, options.manager);
  const recorded = readManagedFields(metadataOf(live)["managedFields"]);
  const entries = recorded.length > 0 ? recorded : [firstApplyEntry(live, writer)];
  const merged = mergedObject(live, config, entries, writer);
  const decoded = withMetadata(merged, {
    uid: metadataOf(config)["uid"] ?? metadataOf(live)["uid"],
    resourceVersion: metadataOf(config)["resourceVersion"],
  });
  const allowed =
    options.manager === "kubectl" ? clientSideFields(live, writer) : new Set<string>();
  const rule = { force: options.force, allowed };
  // Compared with `live`, not with what is stored: the annotation that the server itself brought up to date changes no owner.
  return updateObject(store, target, stored, decoded, [], options, (_entries, _before, after) =>
    trackApply(entries, live, after, config, writer, rule),
  );
}

function applyNew(
  store: ObjectStore,
  target: Target,
  config: JsonObject,
  options: WriteOptions,
  writer: FieldWriter,
): Written | Refusal {
  const uid = metadataText(config, "uid");
  if (uid !== "") {
    const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    return conflict(target.type, target.name, why);
  }
  const rule = { force: true, allowed: new Set<string>() };
  return insertObject(store, target, config, [], options, (before, after) =>
    trackApply([], before, after, config, writer, rule),
  );
}

function readConfig(target: Target, body: JsonValue): JsonObject | Refusal {
  const { type, version } = target;
  if (!isJsonObject(body)) return badRequest("error decoding YAML: the patch is not an object");
  if (metadataOf(body)["managedFields"] !== undefined) {
    return badRequest("metadata.managedFields must be nil");
  }
  const named =
    metadataText(body, "name") === "" ? withMetadata(body, { name: target.name }) : body;
  const misnamed = checkAddress(target, named);
  if (misnamed !== undefined) return misnamed;
  const errors = typedErrors(named, version.schema);
  const isSameType = named["kind"] === type.kind;
  if (isSameType && errors.length > 0) {
    const place = `${metadataText(body, "namespace")}/${metadataText(named, "name")}`;
    const gvk = `${groupVersion(type.group, version.name) || "v1"}, Kind=${type.kind}`;
    const shown = type.group === "" ? `/${gvk}` : gvk;
    const list = errors.length === 1 ? errors[0] : `errors:\n  ${errors.join("\n  ")}`;
    return refuse(500, "", `failed to create typed patch object (${place}; ${shown}): ${list}`);
  }
  const decoded = decodeObject(type, version, named, "Ignore");
  return isRefusal(decoded) ? decoded : decoded.object;
}

/** Live and configuration merged, without what the applier dropped from its configuration and nobody else owns. */
function mergedObject(
  live: JsonObject,
  config: JsonObject,
  entries: readonly ManagedEntry[],
  writer: FieldWriter,
): JsonObject {
  const merged = mergeApplied(live, ownedView(config, writer.part), writer.schema);
  const claimed = appliedFields(config, writer);
  const kept = withAncestors(union(claimed, othersFields(entries, writer)));
  const dropped = difference(withAncestors(lastApplied(entries, writer)), kept);
  const result = withoutFields(merged, writer.schema, dropped);
  if (!isJsonObject(result)) return live;
  return { ...result, metadata: { ...metadataOf(result), ...systemMetadata(live) } };
}

function systemMetadata(live: JsonObject): JsonObject {
  const { managedFields } = metadataOf(live);
  return managedFields === undefined ? {} : { managedFields };
}

/** kubectl's own annotation follows its server-side applies, as in the real server. */
function withLastApplied(live: JsonObject, config: JsonObject, manager: string): JsonObject {
  const annotations = metadataOf(live)["annotations"];
  if (manager !== "kubectl" || !isJsonObject(annotations)) return live;
  if (annotations[lastAppliedAnnotation] === undefined) return live;
  const text = `${JSON.stringify(config)}\n`;
  return withMetadata(live, { annotations: { ...annotations, [lastAppliedAnnotation]: text } });
}

/** What kubectl's client-side applies claimed: its server-side apply may take that over without force. */
function clientSideFields(live: JsonObject, writer: FieldWriter): Set<string> {
  const annotations = metadataOf(live)["annotations"];
  const text = isJsonObject(annotations) ? annotations[lastAppliedAnnotation] : undefined;
  if (typeof text !== "string") return new Set();
  const config = parseJson(text);
  const fields = isJsonObject(config) ? appliedFields(config, writer) : new Set<string>();
  const annotationsPath = childPath("f:metadata", "f:annotations");
  fields.add(childPath(annotationsPath, `f:${lastAppliedAnnotation}`));
  return fields;
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    // An annotation that somebody edited into nonsense claims nothing.
    return undefined;
  }
}
