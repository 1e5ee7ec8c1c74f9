import type { ObjectType, PropertyDetail } from "../../catalog/types.ts";
import { armPath, propertiesOf } from "./spec-type.ts";

/** A property of the status schema under its name in the custom resource. */
export type StatusField = { readonly name: string; readonly property: PropertyDetail };

/** What one member of an ARM object means: values of the status, and objects below it whose members do. */
export type StatusMember = {
  readonly fields: readonly StatusField[];
  readonly below: StatusNode | undefined;
};

/** One ARM object. Members are looked up by their exact name, then without regard to case, as ARM treats names. */
export type StatusNode = {
  readonly exact: ReadonlyMap<string, StatusMember>;
  readonly folded: ReadonlyMap<string, StatusMember>;
};

/** A branch of a union: read from the object at `containers` when its discriminator has this value. */
export type StatusVariant = StatusField & { readonly containers: readonly string[] };

/** An object type of the catalog, turned around: from ARM members to status fields. */
export type StatusType = {
  readonly root: StatusNode;
  readonly variants: readonly StatusVariant[];
  readonly discriminator: string | undefined;
};

type Draft = { readonly fields: StatusField[]; below?: Map<string, Draft> };

const cache = new WeakMap<readonly ObjectType[], (StatusType | undefined)[]>();

/** Prepared form of an object type; computed once. An unknown index gives a type without fields. */
export function statusType(types: readonly ObjectType[], index: number): StatusType {
  const known = cache.get(types) ?? [];
  if (!cache.has(types)) cache.set(types, known);
  const type = known[index] ?? compile(types[index] ?? {});
  known[index] = type;
  return type;
}

/** The member of that name: exact first, then without regard to case. */
export function findMember(node: StatusNode, name: string): StatusMember | undefined {
  return node.exact.get(name) ?? node.folded.get(name.toLowerCase());
}

function compile(type: ObjectType): StatusType {
  const root = new Map<string, Draft>();
  const variants: StatusVariant[] = [];
  for (const [name, property] of propertiesOf(type)) {
    if (property.u === 1) continue;
    const path = armPath(name, property);
    if (property.v !== undefined) variants.push({ name, property, containers: path });
    else place(root, path, { name, property });
  }
  return { root: freeze(root), variants, discriminator: type["?"] };
}

function place(root: Map<string, Draft>, path: readonly string[], field: StatusField): void {
  let members = root;
  path.forEach((part, index) => {
    const draft: Draft = members.get(part) ?? { fields: [] };
    members.set(part, draft);
    if (index === path.length - 1) {
      draft.fields.push(field);
      return;
    }
    draft.below ??= new Map();
    members = draft.below;
  });
}

function freeze(members: ReadonlyMap<string, Draft>): StatusNode {
  const exact = new Map<string, StatusMember>();
  const folded = new Map<string, StatusMember>();
  for (const [name, draft] of members) {
    const below = draft.below === undefined ? undefined : freeze(draft.below);
    const member = { fields: draft.fields, below };
    exact.set(name, member);
    if (!folded.has(name.toLowerCase())) folded.set(name.toLowerCase(), member);
  }
  return { exact, folded };
}
