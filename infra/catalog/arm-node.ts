/** Shape of a value in an ARM body, as the bicep types tell them apart. */
export type ArmShape = "string" | "integer" | "boolean" | "any" | "object" | "array";

/** A property of an ARM object; `flags`: 1 required, 2 read-only, 4 write-only, 8 deploy-time constant. */
export type ArmProperty = { readonly node: ArmNode; readonly flags: number };

/** One type of an ARM body. The graph is cyclic, so everything below a node is a function. */
export type ArmNode = {
  readonly name: string;
  /** More than one for a union. */
  readonly shapes: readonly ArmShape[];
  /** The constants of a string. */
  readonly literals: readonly string[];
  /** Set on a discriminated object; its `properties` are then those of the base. */
  readonly discriminator?: string;
  readonly properties: () => ReadonlyMap<string, ArmProperty>;
  /** Discriminator value to the properties of that variant, the base's included. */
  readonly variants: () => ReadonlyMap<string, ArmNode>;
  readonly item: () => ArmNode | undefined;
  readonly additional: () => ArmNode | undefined;
};

const READ_ONLY = 2;

/** True when Azure accepts the property in a request. */
export function isWritable(property: ArmProperty): boolean {
  return (property.flags & READ_ONLY) === 0;
}

export function isObject(node: ArmNode | undefined): node is ArmNode {
  return node?.shapes.includes("object") ?? false;
}
