import { isJsonObject, type JsonObject } from "../../../core/json.ts";
import { strings } from "../schema/validate-metadata.ts";
import { definitionType, isDefinitionType, reconcileDefinition } from "./definitions.ts";
import {
  isDeleting,
  metadataOf,
  metadataText,
  nameOf,
  ownersOf,
  withMetadata,
} from "./metadata.ts";
import type { ObjectStore } from "./object-store.ts";
import type { ResourceType } from "./resource-type.ts";

/** What happens to the objects that an object owns. `undefined` leaves the finalizers as they are (background). */
export type Propagation = "Background" | "Foreground" | "Orphan" | undefined;

const orphan = "orphan";
const foreground = "foregroundDeletion";

/**
 * Deletes an object. While finalizers are left it only gets a deletionTimestamp and is returned; undefined means that it
 * is gone.
 */
export function deleteStored(
  store: ObjectStore,
  type: ResourceType,
  stored: JsonObject,
  propagation: Propagation,
): JsonObject | undefined {
  const finalizers = finalizersFor(stored, propagation);
  const { deletesInSteps } = type.strategy;
  if (finalizers.length === 0 && !deletesInSteps) {
    store.remove(type, stored);
    runControllers(store, type, undefined, stored);
    return undefined;
  }
  const isSame = finalizers.length === strings(metadataOf(stored)["finalizers"]).length;
  if (isDeleting(stored) && isSame) return stored;
  const { generation, deletionTimestamp } = metadataOf(stored);
  const bumps = typeof generation === "number" && !deletesInSteps && !isDeleting(stored);
  const marked = withMetadata(stored, {
    finalizers: finalizers.length > 0 ? finalizers : undefined,
    deletionTimestamp: deletionTimestamp ?? store.timestamp(),
    deletionGracePeriodSeconds: deletesInSteps ? undefined : 0,
    generation: bumps ? generation + 1 : generation,
  });
  const saved = store.put(type, type.strategy.prepareDelete?.(marked) ?? marked);
  runControllers(store, type, saved, stored);
  return saved;
}

function finalizersFor(stored: JsonObject, propagation: Propagation): string[] {
  const finalizers = strings(metadataOf(stored)["finalizers"]);
  if (propagation === undefined) return finalizers;
  const others = finalizers.filter((name) => name !== orphan && name !== foreground);
  if (propagation === "Orphan") return [...others, orphan];
  return propagation === "Foreground" ? [...others, foreground] : others;
}

/**
 * What follows from a change at once: CustomResourceDefinitions are served or withdrawn and, where controllers are
 * emulated, dependents of removed owners are deleted and terminating namespaces emptied. `saved` is undefined when
 * `before` was removed.
 */
export function runControllers(
  store: ObjectStore,
  type: ResourceType,
  saved: JsonObject | undefined,
  before: JsonObject | undefined,
): void {
  if (isDefinitionType(type) && saved !== undefined) {
    reconcileDefinition(store, type, saved);
    if (isDeleting(saved)) terminateDefinition(store, type, saved);
  }
  if (saved === undefined && before !== undefined) finishDefinition(store, type);
  if (!store.emulatesControllers) return;
  if (saved === undefined && before !== undefined) {
    collectDependents(store, before);
    finishOwners(store, before);
    finishNamespace(store, metadataText(before, "namespace"));
  } else if (saved !== undefined && isDeleting(saved)) {
    if (type.group === "" && type.plural === "namespaces") emptyNamespace(store, saved);
    else finishDependents(store, type, saved);
  }
}

/** Deletes the custom resources of a definition that is being deleted, and the definition when none is left. */
function terminateDefinition(store: ObjectStore, type: ResourceType, crd: JsonObject): void {
  const custom = definitionType(crd);
  const served = custom && store.types.get(custom.group, custom.plural);
  if (served !== undefined) {
    for (const object of store.list(served, "")) {
      if (!isDeleting(object)) deleteStored(store, served, object, undefined);
    }
    if (store.list(served, "").length > 0) return;
    store.types.unregister(served.group, served.plural);
  }
  const current = store.get(type, "", nameOf(crd));
  if (current !== undefined) store.remove(type, current);
}

/** Called after a custom resource went: a definition that waited for it goes too. */
function finishDefinition(store: ObjectStore, type: ResourceType): void {
  if (!type.isCustom) return;
  const definitions = store.types.get("apiextensions.k8s.io", "customresourcedefinitions");
  const crd = definitions && store.get(definitions, "", `${type.plural}.${type.group}`);
  if (definitions === undefined || crd === undefined || !isDeleting(crd)) return;
  if (store.list(type, "").length === 0) terminateDefinition(store, definitions, crd);
}

function collectDependents(store: ObjectStore, owner: JsonObject): void {
  const uid = metadataText(owner, "uid");
  for (const dependent of store.dependentsOf(uid)) {
    const type = store.types.ofObject(dependent);
    if (type === undefined) continue;
    const others = ownersOf(dependent).filter((reference) => reference["uid"] !== uid);
    if (others.length === 0) deleteStored(store, type, dependent, undefined);
    else store.put(type, withMetadata(dependent, { ownerReferences: others }));
  }
}

/** Lets owners go that are deleted in the foreground and waited for this object. */
function finishOwners(store: ObjectStore, removed: JsonObject): void {
  for (const reference of ownersOf(removed)) {
    const type = store.types.ofObject(reference);
    if (type === undefined) continue;
    const namespace = type.namespaced ? metadataText(removed, "namespace") : "";
    const owner = store.get(type, namespace, String(reference["name"] ?? ""));
    if (owner === undefined || metadataOf(owner)["uid"] !== reference["uid"]) continue;
    if (isDeleting(owner)) finishDependents(store, type, owner);
  }
}

/** The two garbage collection finalizers: orphans are released, foreground dependents deleted first. */
function finishDependents(store: ObjectStore, type: ResourceType, owner: JsonObject): void {
  const finalizers = strings(metadataOf(owner)["finalizers"]);
  const uid = metadataText(owner, "uid");
  if (finalizers.includes(orphan)) {
    for (const dependent of store.dependentsOf(uid)) release(store, dependent, uid);
    dropFinalizer(store, type, owner, orphan);
  } else if (finalizers.includes(foreground)) {
    for (const dependent of store.dependentsOf(uid)) {
      const dependentType = store.types.ofObject(dependent);
      if (dependentType === undefined || isDeleting(dependent)) continue;
      deleteStored(store, dependentType, dependent, undefined);
    }
    const blocks = (dependent: JsonObject) =>
      ownersOf(dependent).some((ref) => ref["uid"] === uid && ref["blockOwnerDeletion"] === true);
    if (!store.dependentsOf(uid).some(blocks)) dropFinalizer(store, type, owner, foreground);
  }
}

function release(store: ObjectStore, dependent: JsonObject, uid: string): void {
  const type = store.types.ofObject(dependent);
  if (type === undefined) return;
  const others = ownersOf(dependent).filter((reference) => reference["uid"] !== uid);
  store.put(
    type,
    withMetadata(dependent, { ownerReferences: others.length > 0 ? others : undefined }),
  );
}

function dropFinalizer(
  store: ObjectStore,
  type: ResourceType,
  object: JsonObject,
  finalizer: string,
): void {
  const current = store.get(type, metadataText(object, "namespace"), nameOf(object));
  if (current === undefined) return;
  const left = strings(metadataOf(current)["finalizers"]).filter((name) => name !== finalizer);
  if (left.length === 0) {
    const last = withMetadata(current, { finalizers: undefined });
    store.remove(type, last);
    runControllers(store, type, undefined, last);
  } else {
    store.put(type, withMetadata(current, { finalizers: left }));
  }
}

function emptyNamespace(store: ObjectStore, namespace: JsonObject): void {
  const name = nameOf(namespace);
  for (const type of store.types.all()) {
    if (!type.namespaced) continue;
    for (const object of store.list(type, name)) {
      if (!isDeleting(object)) deleteStored(store, type, object, undefined);
    }
  }
  finishNamespace(store, name);
}

/** Removes a terminating namespace once nothing is left in it. */
function finishNamespace(store: ObjectStore, name: string): void {
  const namespaces = store.types.get("", "namespaces");
  const namespace = namespaces && store.get(namespaces, "", name);
  if (namespaces === undefined || namespace === undefined) return;
  if (!isDeleting(namespace) || store.countIn(name) > 0) return;
  const spec = isJsonObject(namespace["spec"]) ? namespace["spec"] : {};
  const finalized = { ...namespace, spec: { ...spec, finalizers: [] } };
  if (strings(metadataOf(namespace)["finalizers"]).length > 0) {
    if (strings(spec["finalizers"]).length > 0) store.put(namespaces, finalized);
    return;
  }
  store.remove(namespaces, finalized);
}
