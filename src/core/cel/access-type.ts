import { type CelType, dyn, int, matchType, optionalOf, typeName } from "./cel-type.ts";
import { CelFailure } from "./cel-value.ts";

/** Variables that an expression sees. */
export type TypeScope = ReadonlyMap<string, CelType>;

/** Type of a field, of a message, a map or something unknown; optional below an optional. */
export function selectType(type: CelType | CelFailure, field: string): CelType | CelFailure {
  if (type instanceof CelFailure) return type;
  switch (type.k) {
    case "dyn":
      return dyn;
    case "map":
      return type.of;
    case "optional":
      return optional(selectType(type.of, field));
    case "message":
      return type.message.fields().get(field)?.type ?? new CelFailure(`undefined field '${field}'`);
    default:
      return new CelFailure(`type '${typeName(type)}' does not support field selection`);
  }
}

/** Optional of that type; an optional stays what it is. */
export function optional(type: CelType | CelFailure): CelType | CelFailure {
  return type instanceof CelFailure || type.k === "optional" ? type : optionalOf(type);
}

/** Type of an element of a list or map. */
export function indexType(
  type: CelType | CelFailure,
  index: CelType | CelFailure,
): CelType | CelFailure {
  if (type instanceof CelFailure) return type;
  if (index instanceof CelFailure) return index;
  if (type.k === "dyn") return dyn;
  if (type.k === "optional") return optional(indexType(type.of, index));
  if (type.k === "list" && matchType(int, index, new Map())) return type.of;
  if (type.k === "map" && matchType(type.key, index, new Map())) return type.of;
  return new CelFailure(
    `found no matching overload for '_[_]' applied to '(${typeName(type)}, ${typeName(index)})'`,
  );
}
