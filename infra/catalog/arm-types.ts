import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { ArmNode, ArmProperty } from "./arm-node.ts";

/** The body type of one ARM type at one api-version. */
export type ArmBody = {
  readonly node: ArmNode;
  /** `exact`: the types of this very api-version; otherwise where they were taken from. */
  readonly from: string;
  /** Bit set: 1 tenant, 2 management group, 4 subscription, 8 resource group, 16 extension. */
  readonly writableScopes?: number;
};

type Reference = { readonly $ref: string };
type RawProperty = { readonly type: Reference; readonly flags?: number };
type RawType = {
  readonly $type: string;
  readonly name?: string;
  readonly value?: string;
  readonly properties?: Readonly<Record<string, RawProperty>>;
  readonly baseProperties?: Readonly<Record<string, RawProperty>>;
  readonly additionalProperties?: Reference;
  readonly elements?: readonly Reference[] | Readonly<Record<string, Reference>>;
  readonly discriminator?: string;
  readonly itemType?: Reference;
  readonly body?: Reference;
  readonly bodyFrom?: string;
  readonly writableScopes?: number;
};

const index = z.object({
  resources: z.record(z.string(), z.union([z.string(), z.object({ $ref: z.string() })])),
});

/** Reads ARM body types in the bicep-types format: `index.json` and the `types.json` files it points to. */
export class ArmTypes {
  private readonly directory: string;
  private readonly files = new Map<string, TypeFile>();
  private readonly resources = new Map<string, string>();

  constructor(directory: string) {
    this.directory = directory;
    const parsed = index.parse(
      JSON.parse(readFileSync(path.join(directory, "index.json"), "utf8")),
    );
    for (const [key, target] of Object.entries(parsed.resources)) {
      this.resources.set(key.toLowerCase(), typeof target === "string" ? target : target.$ref);
    }
  }

  /** The body of `armType` at `apiVersion`, or undefined when the types have none. */
  body(armType: string, apiVersion: string): ArmBody | undefined {
    const target = this.resources.get(`${armType}@${apiVersion}`.toLowerCase());
    if (target === undefined) return undefined;
    const [file, position] = target.split("#/");
    if (file === undefined || position === undefined) throw new Error(`bad reference ${target}`);
    const types = this.file(file);
    const resource = types.raw(Number(position));
    if (resource.body === undefined) throw new Error(`${target} is not a resource type`);
    return {
      node: types.node(resource.body),
      from: resource.bodyFrom ?? "exact",
      ...(resource.writableScopes === undefined ? {} : { writableScopes: resource.writableScopes }),
    };
  }

  private file(name: string): TypeFile {
    const known = this.files.get(name);
    if (known !== undefined) return known;
    const raw = JSON.parse(readFileSync(path.join(this.directory, name), "utf8")) as RawType[];
    const file = new TypeFile(name, raw);
    this.files.set(name, file);
    return file;
  }
}

class TypeFile {
  private readonly name: string;
  private readonly types: readonly RawType[];
  private readonly nodes = new Map<number, ArmNode>();

  constructor(name: string, types: readonly RawType[]) {
    this.name = name;
    this.types = types;
  }

  raw(position: number): RawType {
    const raw = this.types[position];
    if (raw === undefined) throw new Error(`${this.name} has no type ${position}`);
    return raw;
  }

  node(reference: Reference): ArmNode {
    const position = Number(reference.$ref.replace("#/", ""));
    const known = this.nodes.get(position);
    if (known !== undefined) return known;
    const node = this.build(this.raw(position));
    this.nodes.set(position, node);
    return node;
  }

  private build(raw: RawType): ArmNode {
    switch (raw.$type) {
      case "ObjectType":
      case "DiscriminatedObjectType":
        return this.object(raw);
      case "ArrayType":
        return {
          ...leaf("array"),
          item: () => (raw.itemType ? this.node(raw.itemType) : undefined),
        };
      case "UnionType":
        return this.union(raw);
      case "StringLiteralType":
        return { ...leaf("string"), literals: raw.value === undefined ? [] : [raw.value] };
      case "StringType":
        return leaf("string");
      case "IntegerType":
        return leaf("integer");
      case "BooleanType":
        return leaf("boolean");
      case "AnyType":
        return leaf("any");
      default:
        throw new Error(`${this.name}: unknown type ${raw.$type}`);
    }
  }

  private object(raw: RawType): ArmNode {
    const additional = raw.additionalProperties;
    return {
      ...leaf("object"),
      name: raw.name ?? "",
      properties: lazy(() => this.properties(raw.properties ?? raw.baseProperties ?? {})),
      additional: () => (additional === undefined ? undefined : this.node(additional)),
      variants: lazy(() => this.variants(raw)),
      ...(raw.discriminator === undefined ? {} : { discriminator: raw.discriminator }),
    };
  }

  private properties(raw: Readonly<Record<string, RawProperty>>): Map<string, ArmProperty> {
    return new Map(
      Object.entries(raw).map(([name, property]) => [
        name,
        { node: this.node(property.type), flags: property.flags ?? 0 },
      ]),
    );
  }

  /** A variant has its own properties and those of the base. */
  private variants(raw: RawType): Map<string, ArmNode> {
    const elements = raw.discriminator === undefined ? {} : (raw.elements ?? {});
    return new Map(
      Object.entries(elements).map(([value, reference]) => {
        const own = this.node(reference as Reference);
        const base = this.properties(raw.baseProperties ?? {});
        return [value, { ...own, properties: () => new Map([...base, ...own.properties()]) }];
      }),
    );
  }

  private union(raw: RawType): ArmNode {
    const elements = Object.values(raw.elements ?? {}).map((e) => this.node(e as Reference));
    return {
      ...leaf(...new Set(elements.flatMap((element) => [...element.shapes]))),
      literals: elements.flatMap((element) => [...element.literals]),
    };
  }
}

function leaf(...shapes: ArmNode["shapes"]): ArmNode {
  return {
    name: "",
    shapes,
    literals: [],
    properties: () => new Map(),
    variants: () => new Map(),
    item: () => undefined,
    additional: () => undefined,
  };
}

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
