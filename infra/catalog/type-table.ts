import type { ObjectType } from "../../src/catalog/types.ts";

/** Object types of one group, each stored once and known by its position. */
export class TypeTable {
  private readonly positions = new Map<string, number>();
  private readonly stored: ObjectType[] = [];

  /** The position of a type with this very content; adds it when there is none. */
  intern(type: Readonly<Record<string, ObjectType[string]>>): number {
    const key = JSON.stringify(type);
    const known = this.positions.get(key);
    if (known !== undefined) return known;
    this.stored.push(type as ObjectType);
    this.positions.set(key, this.stored.length - 1);
    return this.stored.length - 1;
  }

  types(): readonly ObjectType[] {
    return this.stored;
  }
}
