import type { JsonObject } from "../../../core/json.ts";
import { compareVersions, type ResourceType, servedVersion } from "./resource-type.ts";

/** The types that the server serves now: the built-in ones and those of established CustomResourceDefinitions. */
export class TypeRegistry {
  readonly #types = new Map<string, ResourceType>();
  #generation = 0;

  constructor(builtIns: readonly ResourceType[]) {
    for (const type of builtIns) this.register(type);
  }

  /** Changes whenever a type comes, goes or changes. */
  get generation(): number {
    return this.#generation;
  }

  register(type: ResourceType): void {
    this.#types.set(`${type.group}/${type.plural}`, type);
    this.#generation++;
  }

  unregister(group: string, plural: string): void {
    if (this.#types.delete(`${group}/${plural}`)) this.#generation++;
  }

  get(group: string, plural: string): ResourceType | undefined {
    return this.#types.get(`${group}/${plural}`);
  }

  all(): ResourceType[] {
    return [...this.#types.values()];
  }

  /** The type of an object by its apiVersion and kind. */
  ofObject(object: JsonObject): ResourceType | undefined {
    const apiVersion = String(object["apiVersion"] ?? "");
    const slash = apiVersion.indexOf("/");
    const group = slash < 0 ? "" : apiVersion.slice(0, slash);
    return this.all().find((type) => type.group === group && type.kind === object["kind"]);
  }

  /** The names of all API groups but the core one, built-in ones first. */
  groups(): string[] {
    const builtIn = new Set<string>();
    const custom = new Set<string>();
    for (const type of this.all()) {
      if (type.group !== "") (type.isCustom ? custom : builtIn).add(type.group);
    }
    return [...builtIn, ...[...custom].filter((group) => !builtIn.has(group)).sort()];
  }

  /** The served versions of a group, preferred first. */
  versionsOf(group: string): string[] {
    const names = new Set<string>();
    for (const type of this.all()) {
      if (type.group !== group) continue;
      for (const version of type.versions) if (version.served) names.add(version.name);
    }
    return [...names].sort(compareVersions);
  }

  /** The types that a group serves at a version, by name. */
  servedAt(group: string, version: string): ResourceType[] {
    return this.all()
      .filter((type) => type.group === group && servedVersion(type, version) !== undefined)
      .sort((left, right) => (left.plural < right.plural ? -1 : 1));
  }
}
