import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { parseResourceId } from "./parse-target.ts";

/** A resource as it is kept: without the children that its parent's body shows. */
export type StoredResource = {
  /** As the first PUT wrote it. */
  readonly id: string;
  readonly type: string;
  readonly body: JsonObject;
  readonly etag: string;
  /** Came with its parent (`blobServices/default`), nobody asked for it yet. */
  readonly implicit: boolean;
  /** Being deleted: its operation will remove it. */
  readonly deleting: boolean;
};

/** Collections of children that a parent's body shows and its PUT decides, by lower-case parent type. */
export const embeddedChildren: Readonly<Record<string, string>> = {
  "microsoft.network/virtualnetworks": "subnets",
  "microsoft.network/networksecuritygroups": "securityRules",
  "microsoft.network/routetables": "routes",
};

/**
 * All resources, found by id without regard to case.
 * Holds rules of containment only (children, cascades, embedded children); no requests, no time.
 */
export class ResourceStore {
  readonly #byKey = new Map<string, StoredResource>();
  readonly #children = new Map<string, Set<string>>();
  readonly #byType = new Map<string, Set<string>>();

  get(id: string): StoredResource | undefined {
    return this.#byKey.get(id.toLowerCase());
  }

  /** Inserts or replaces; a replaced resource keeps its place in lists. */
  set(resource: StoredResource): void {
    const key = resource.id.toLowerCase();
    if (!this.#byKey.has(key)) {
      const parsed = parseResourceId(resource.id);
      indexed(this.#children, (parsed?.parent ?? "").toLowerCase()).add(key);
      indexed(this.#byType, resource.type.toLowerCase()).add(key);
    }
    this.#byKey.set(key, resource);
  }

  /** Deletes a resource and everything below it; returns the ids that are gone. */
  remove(id: string): string[] {
    const key = id.toLowerCase();
    const gone: string[] = [];
    for (const child of [...(this.#children.get(key) ?? [])]) gone.push(...this.remove(child));
    const resource = this.#byKey.get(key);
    if (resource === undefined) return gone;
    this.#byKey.delete(key);
    this.#children.delete(key);
    this.#children.get((parseResourceId(resource.id)?.parent ?? "").toLowerCase())?.delete(key);
    this.#byType.get(resource.type.toLowerCase())?.delete(key);
    gone.push(resource.id);
    return gone;
  }

  /** Direct children of one type, oldest first. */
  children(id: string, type: string): StoredResource[] {
    const keys = this.#children.get(id.toLowerCase()) ?? [];
    return this.#present(keys).filter((r) => r.type.toLowerCase() === type.toLowerCase());
  }

  /** Every resource of a type whose id lies below a scope (empty: everywhere), oldest first. */
  ofType(type: string, scope: string): StoredResource[] {
    const prefix = `${scope.toLowerCase()}/`;
    const keys = this.#byType.get(type.toLowerCase()) ?? [];
    return this.#present([...keys].filter((k) => k.startsWith(prefix)));
  }

  all(): StoredResource[] {
    return [...this.#byKey.values()];
  }

  clear(): void {
    this.#byKey.clear();
    this.#children.clear();
    this.#byType.clear();
  }

  /** The body as readers see it: with the etag and the children that the parent shows. */
  view(resource: StoredResource): JsonObject {
    const field = embeddedChildren[resource.type.toLowerCase()];
    if (field === undefined) return resource.body;
    const kids = this.children(resource.id, `${resource.type}/${field}`).map(
      (c): JsonValue => this.view(c),
    );
    const properties = resource.body["properties"];
    const shown = isJsonObject(properties) ? properties : {};
    return { ...resource.body, properties: { ...shown, [field]: kids } };
  }

  #present(keys: Iterable<string>): StoredResource[] {
    const found: StoredResource[] = [];
    for (const key of keys) {
      const resource = this.#byKey.get(key);
      if (resource !== undefined) found.push(resource);
    }
    return found;
  }
}

function indexed(index: Map<string, Set<string>>, key: string): Set<string> {
  const known = index.get(key);
  if (known !== undefined) return known;
  const fresh = new Set<string>();
  index.set(key, fresh);
  return fresh;
}
