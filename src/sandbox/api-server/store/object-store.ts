import { isJsonObject, type JsonObject } from "../../../core/json.ts";
import type { Clock, Random } from "../../../ports/clock.ts";
import { metadataOf, metadataText, ownersOf } from "./metadata.ts";
import type { ResourceType } from "./resource-type.ts";
import type { TypeRegistry } from "./type-registry.ts";

/** One change of an object. `object` is the stored form; of a deleted one the last state with the deletion's version. */
export type StoredEvent = {
  readonly revision: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: JsonObject;
  readonly previous: JsonObject | undefined;
};

/** What the store is constructed with. */
export type StoreOptions = {
  readonly clock: Clock;
  readonly random: Random;
  readonly types: TypeRegistry;
  /** Events kept per type; a watch that starts before them is answered with 410. */
  readonly historyLimit: number;
  /** Garbage collection and namespace deletion, which kube-controller-manager does in a real cluster. */
  readonly emulatesControllers: boolean;
};

type Collection = {
  readonly objects: Map<string, JsonObject>;
  readonly history: StoredEvent[];
  readonly listeners: Set<(event: StoredEvent) => void>;
  /** The version of the newest event that history no longer holds. */
  forgotten: number;
  sortedKeys: string[] | undefined;
};

/**
 * All objects of a cluster in memory, with one resourceVersion that grows with every change, and a bounded history for
 * watches. Stored objects are never changed in place. It knows no rules: those are in the functions beside it.
 */
export class ObjectStore {
  readonly clock: Clock;
  readonly random: Random;
  readonly types: TypeRegistry;
  readonly emulatesControllers: boolean;
  readonly #historyLimit: number;
  readonly #collections = new Map<string, Collection>();
  readonly #dependents = new Map<string, Set<JsonObject>>();
  readonly #perNamespace = new Map<string, number>();
  #revision = 0;
  #floor = 0;

  constructor(options: StoreOptions) {
    this.clock = options.clock;
    this.random = options.random;
    this.types = options.types;
    this.emulatesControllers = options.emulatesControllers;
    this.#historyLimit = options.historyLimit;
  }

  /** The version of the latest change. */
  get revision(): number {
    return this.#revision;
  }

  /** Now, as Kubernetes writes times. */
  timestamp(): string {
    return new Date(this.clock.now()).toISOString().replace(/\.\d+Z$/, "Z");
  }

  get(type: ResourceType, namespace: string, name: string): JsonObject | undefined {
    return this.#collection(type.storageKey).objects.get(`${namespace}/${name}`);
  }

  /** The objects of a type in the order of namespace and name. An empty namespace means all. */
  list(type: ResourceType, namespace: string): JsonObject[] {
    const collection = this.#collection(type.storageKey);
    collection.sortedKeys ??= [...collection.objects.keys()].sort();
    const prefix = `${namespace}/`;
    const result: JsonObject[] = [];
    for (const key of collection.sortedKeys) {
      if (namespace !== "" && !key.startsWith(prefix)) continue;
      const object = collection.objects.get(key);
      if (object !== undefined) result.push(object);
    }
    return result;
  }

  /** Stores an object under a new resourceVersion and tells the watches. Returns what was stored. */
  put(type: ResourceType, object: JsonObject): JsonObject {
    const collection = this.#collection(type.storageKey);
    const stored = this.#withRevision(object);
    const key = keyOf(stored);
    const previous = collection.objects.get(key);
    collection.objects.set(key, stored);
    if (previous === undefined) collection.sortedKeys = undefined;
    this.#index(previous, stored);
    const kind = previous === undefined ? "ADDED" : "MODIFIED";
    this.#emit(collection, { revision: this.#revision, type: kind, object: stored, previous });
    return stored;
  }

  /** Removes an object; the watches see its last state with the version of the removal. */
  remove(type: ResourceType, object: JsonObject): void {
    const collection = this.#collection(type.storageKey);
    const key = keyOf(object);
    const previous = collection.objects.get(key);
    if (previous === undefined) return;
    const last = this.#withRevision(object);
    collection.objects.delete(key);
    collection.sortedKeys = undefined;
    this.#index(previous, undefined);
    this.#emit(collection, { revision: this.#revision, type: "DELETED", object: last, previous });
  }

  /** Lets the history of a type begin now: a watch from an earlier version is answered with 410. */
  beginHistory(type: ResourceType): void {
    const collection = this.#collection(type.storageKey);
    collection.forgotten = Math.max(collection.forgotten, this.#revision);
  }

  /** Events after a version, oldest first; "expired" when some of them are forgotten. */
  eventsSince(type: ResourceType, revision: number): readonly StoredEvent[] | "expired" {
    const collection = this.#collection(type.storageKey);
    if (revision < Math.max(collection.forgotten, this.#floor)) return "expired";
    return collection.history.filter((event) => event.revision > revision);
  }

  /** The oldest version a watch of this type can start from. */
  oldestRevision(type: ResourceType): number {
    return Math.max(this.#collection(type.storageKey).forgotten, this.#floor);
  }

  /** Calls the listener for every later change of the type, until the returned function is called. */
  subscribe(type: ResourceType, listener: (event: StoredEvent) => void): () => void {
    const { listeners } = this.#collection(type.storageKey);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Objects with an ownerReference to the uid. */
  dependentsOf(uid: string): JsonObject[] {
    return [...(this.#dependents.get(uid) ?? [])];
  }

  /** How many objects of all types live in a namespace. */
  countIn(namespace: string): number {
    return this.#perNamespace.get(namespace) ?? 0;
  }

  /** Every object and the current version, as JSON. */
  snapshot(): JsonObject {
    const objects: JsonObject = {};
    for (const [key, collection] of this.#collections) {
      objects[key] = [...collection.objects.values()];
    }
    return { revision: this.#revision, objects };
  }

  /** Takes over a snapshot. Watches from before it are answered with 410. */
  restore(snapshot: JsonObject): void {
    this.#revision = Number(snapshot["revision"] ?? 0);
    this.#floor = this.#revision;
    const objects = snapshot["objects"];
    for (const [key, list] of Object.entries(isJsonObject(objects) ? objects : {})) {
      const collection = this.#collection(key);
      for (const object of Array.isArray(list) ? list : []) {
        if (!isJsonObject(object)) continue;
        collection.objects.set(keyOf(object), object);
        this.#index(undefined, object);
      }
      collection.sortedKeys = undefined;
    }
  }

  #collection(key: string): Collection {
    let collection = this.#collections.get(key);
    if (collection === undefined) {
      collection = {
        objects: new Map(),
        history: [],
        listeners: new Set(),
        forgotten: 0,
        sortedKeys: undefined,
      };
      this.#collections.set(key, collection);
    }
    return collection;
  }

  #withRevision(object: JsonObject): JsonObject {
    this.#revision++;
    const metadata = { ...metadataOf(object), resourceVersion: String(this.#revision) };
    return { ...object, metadata };
  }

  #emit(collection: Collection, event: StoredEvent): void {
    collection.history.push(event);
    // Trimmed in blocks: shifting an array of this size on every write would dominate it.
    if (collection.history.length > this.#historyLimit * 1.25) {
      const dropped = collection.history.splice(0, collection.history.length - this.#historyLimit);
      collection.forgotten = dropped.at(-1)?.revision ?? collection.forgotten;
    }
    for (const listener of [...collection.listeners]) listener(event);
  }

  #index(previous: JsonObject | undefined, next: JsonObject | undefined): void {
    if (previous !== undefined) {
      for (const uid of ownerUids(previous)) this.#dependents.get(uid)?.delete(previous);
      this.#count(previous, -1);
    }
    if (next === undefined) return;
    for (const uid of ownerUids(next)) {
      const dependents = this.#dependents.get(uid) ?? new Set();
      this.#dependents.set(uid, dependents.add(next));
    }
    this.#count(next, 1);
  }

  #count(object: JsonObject, by: number): void {
    const { namespace } = metadataOf(object);
    if (typeof namespace !== "string") return;
    this.#perNamespace.set(namespace, this.countIn(namespace) + by);
  }
}

function ownerUids(object: JsonObject): string[] {
  return ownersOf(object).map((owner) => String(owner["uid"] ?? ""));
}

function keyOf(object: JsonObject): string {
  return `${metadataText(object, "namespace")}/${metadataText(object, "name")}`;
}
