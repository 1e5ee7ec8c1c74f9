import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type JsonObject, type JsonValue } from "../../src/core/json.ts";

/** A stored Kubernetes object; `metadata` holds at least name, uid and resourceVersion. */
export type StoredObject = JsonObject & { metadata: JsonObject };

export type Change = {
  readonly version: number;
  readonly collection: string;
  readonly type: "added" | "modified" | "deleted";
  readonly object: StoredObject;
};

export type StoreOutcome =
  | { readonly kind: "stored"; readonly object: StoredObject }
  | { readonly kind: "conflict" }
  | { readonly kind: "invalid"; readonly message: string };

/**
 * What an API server does with any object: resourceVersion, uid, generation, finalizers, deletionTimestamp, a change log for watches.
 * Collections are named freely by the caller.
 */
export class InMemoryObjectStore {
  readonly #now: () => number;
  readonly #objects = new Map<string, { collection: string; object: StoredObject }>();
  readonly #changes: Change[] = [];
  readonly #listeners = new Set<() => void>();
  #version = 100;
  #uids = 0;
  #compacted = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  get version(): number {
    return this.#version;
  }

  /** Versions up to this one are answered with 410. */
  get compactedVersion(): number {
    return this.#compacted;
  }

  /** Forgets the change log: every watch from an older version is told that it expired. */
  compact(): void {
    this.#version += 1;
    this.#compacted = this.#version;
    this.#notify();
  }

  changesAfter(collection: string, version: number): readonly Change[] {
    return this.#changes.filter(
      (change) => change.collection === collection && change.version > version,
    );
  }

  /** Calls `listener` after every change until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  list(collection: string): readonly StoredObject[] {
    const all = [...this.#objects.values()].filter((entry) => entry.collection === collection);
    return all.map((entry) => structuredClone(entry.object));
  }

  get(collection: string, namespace: string, name: string): StoredObject | undefined {
    const entry = this.#objects.get(keyOf(collection, namespace, name));
    return entry === undefined ? undefined : structuredClone(entry.object);
  }

  create(collection: string, object: StoredObject): StoredObject {
    this.#uids += 1;
    const created: StoredObject = {
      ...structuredClone(object),
      metadata: {
        ...structuredClone(object.metadata),
        uid: `00000000-0000-4000-8000-${String(this.#uids).padStart(12, "0")}`,
        creationTimestamp: this.#time(),
        generation: 1,
      },
    };
    return this.#store(collection, "added", created);
  }

  /** Replaces an object as a PUT or PATCH does; `next` comes from {@link InMemoryObjectStore.get}. */
  update(collection: string, next: StoredObject): StoreOutcome {
    const namespace = String(next.metadata["namespace"] ?? "");
    const current = this.get(collection, namespace, String(next.metadata["name"]));
    if (current === undefined) {
      return { kind: "conflict" };
    }
    const deleting = current.metadata["deletionTimestamp"] !== undefined;
    const finalizers = listOf(next.metadata["finalizers"]);
    const before = listOf(current.metadata["finalizers"]);
    if (deleting && finalizers.some((finalizer) => !before.includes(finalizer))) {
      const message = "metadata.finalizers: Forbidden: no new finalizers can be added";
      return { kind: "invalid", message };
    }
    if (isDeepStrictEqual(current, next)) {
      return { kind: "stored", object: current };
    }
    if (!isDeepStrictEqual(current["spec"], next["spec"])) {
      next.metadata["generation"] = Number(current.metadata["generation"] ?? 1) + 1;
    }
    if (deleting && finalizers.length === 0) {
      return { kind: "stored", object: this.#drop(collection, next) };
    }
    return { kind: "stored", object: this.#store(collection, "modified", next) };
  }

  /** A DELETE: removes the object, or marks it while it has finalizers. */
  delete(collection: string, namespace: string, name: string): void {
    const current = this.get(collection, namespace, name);
    if (current === undefined || current.metadata["deletionTimestamp"] !== undefined) {
      return;
    }
    if (listOf(current.metadata["finalizers"]).length === 0) {
      this.#drop(collection, current);
      return;
    }
    current.metadata["deletionTimestamp"] = this.#time();
    current.metadata["generation"] = Number(current.metadata["generation"] ?? 1) + 1;
    this.#store(collection, "modified", current);
  }

  #store(collection: string, type: "added" | "modified", object: StoredObject): StoredObject {
    this.#version += 1;
    object.metadata["resourceVersion"] = String(this.#version);
    const stored = structuredClone(object);
    this.#objects.set(keyOfObject(collection, object), { collection, object: stored });
    this.#changes.push({ version: this.#version, collection, type, object: stored });
    this.#notify();
    return structuredClone(stored);
  }

  #drop(collection: string, object: StoredObject): StoredObject {
    this.#version += 1;
    object.metadata["resourceVersion"] = String(this.#version);
    this.#objects.delete(keyOfObject(collection, object));
    this.#changes.push({ version: this.#version, collection, type: "deleted", object });
    this.#notify();
    return structuredClone(object);
  }

  #notify(): void {
    for (const listener of this.#listeners) {
      listener();
    }
  }

  #time(): string {
    return new Date(this.#now()).toISOString().replace(/\.\d+Z$/, "Z");
  }
}

/** RFC 7386: null removes, objects merge, everything else replaces. */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) {
    return patch;
  }
  const merged: JsonObject = isJsonObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      delete merged[key];
    } else {
      merged[key] = mergePatch(merged[key], value);
    }
  }
  return merged;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function keyOfObject(collection: string, object: StoredObject): string {
  const { namespace, name } = object.metadata;
  return keyOf(collection, String(namespace ?? ""), String(name));
}

function keyOf(collection: string, namespace: string, name: string): string {
  return `${collection} ${namespace}/${name}`;
}
