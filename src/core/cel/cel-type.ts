/** A type of the expression language. `param` stands for any one type within a signature. */
export type CelType =
  | { readonly k: Primitive }
  | { readonly k: "list"; readonly of: CelType }
  | { readonly k: "map"; readonly key: CelType; readonly of: CelType }
  | { readonly k: "optional"; readonly of: CelType }
  | { readonly k: "type"; readonly of: CelType }
  | { readonly k: "message"; readonly message: MessageType }
  | { readonly k: "param"; readonly name: string };

type Primitive =
  | "string"
  | "int"
  | "uint"
  | "double"
  | "bool"
  | "bytes"
  | "null"
  | "dyn"
  | "timestamp"
  | "duration";

/** One field of an object type. */
export type MessageField = {
  readonly type: CelType;
  /** Name in JSON; the language's name may be escaped. */
  readonly json: string;
  /** A field that is not optional in ASO's types: a zero value counts as absent. */
  readonly plain?: true;
};

/** An object with known fields. Fields are found lazily, because schemas refer to themselves. */
export type MessageType = {
  readonly name: string;
  readonly fields: () => ReadonlyMap<string, MessageField>;
};

const primitive = (k: Primitive): CelType => ({ k });

/** Text. */
export const string = primitive("string");

/** Signed 64-bit integers. */
export const int = primitive("int");

/** Unsigned 64-bit integers. */
export const uint = primitive("uint");

/** IEEE 754 doubles. */
export const double = primitive("double");

/** True and false. */
export const bool = primitive("bool");

/** Sequences of bytes. */
export const bytes = primitive("bytes");

/** The type whose only value is null. */
export const nullType = primitive("null");

/** Any type; what it really is shows when it is evaluated. */
export const dyn = primitive("dyn");

/** Moments in UTC. */
export const timestamp = primitive("timestamp");

/** Lengths of time. */
export const duration = primitive("duration");

/** The type of lists of one type. */
export function listOf(of: CelType): CelType {
  return { k: "list", of };
}

/** The type of maps from one type to another. */
export function mapOf(key: CelType, of: CelType): CelType {
  return { k: "map", key, of };
}

/** The type of values that may be absent. */
export function optionalOf(of: CelType): CelType {
  return { k: "optional", of };
}

/** A placeholder for any one type within a signature. */
export function param(name: string): CelType {
  return { k: "param", name };
}

const longNames: Readonly<Partial<Record<Primitive, string>>> = {
  null: "null_type",
  timestamp: "google.protobuf.Timestamp",
  duration: "google.protobuf.Duration",
};

/** The type as messages show it. */
export function typeName(type: CelType): string {
  switch (type.k) {
    case "list":
      return `list(${typeName(type.of)})`;
    case "map":
      return `map(${typeName(type.key)}, ${typeName(type.of)})`;
    case "optional":
      return `optional_type(${typeName(type.of)})`;
    case "type":
      return `type(${typeName(type.of)})`;
    case "message":
      return type.message.name;
    case "param":
      return "dyn";
    default:
      return longNames[type.k] ?? type.k;
  }
}

/** True for the very same type. */
export function isSameType(left: CelType, right: CelType): boolean {
  return left.k === right.k && typeName(left) === typeName(right);
}

/** The type of what may be either: the common one, else anything. */
export function joinTypes(types: readonly CelType[]): CelType {
  const [first] = types;
  if (first === undefined) return dyn;
  return types.every((one) => isSameType(one, first)) ? first : dyn;
}

/** What the placeholders of a signature stand for in one call. */
export type Bindings = Map<string, CelType>;

/** Whether a value of `actual` may stand where `wanted` is asked for. Binds the parameters of `wanted`. */
export function matchType(wanted: CelType, actual: CelType, bindings: Bindings): boolean {
  if (wanted.k === "param") return bind(wanted.name, actual, bindings);
  if (wanted.k === "dyn" || actual.k === "dyn" || actual.k === "param") return true;
  if (wanted.k === "message" && actual.k === "null") return true;
  if (wanted.k === "null" && actual.k === "message") return true;
  if (wanted.k !== actual.k) return false;
  if (wanted.k === "map" && actual.k === "map")
    return matchType(wanted.key, actual.key, bindings) && matchType(wanted.of, actual.of, bindings);
  if (wanted.k === "type") return true;
  if ("of" in wanted && "of" in actual) return matchType(wanted.of, actual.of, bindings);
  return typeName(wanted) === typeName(actual);
}

function bind(name: string, actual: CelType, bindings: Bindings): boolean {
  const bound = bindings.get(name);
  const isOpen = bound === undefined || bound.k === "param";
  if (isOpen || (bound.k === "null" && actual.k === "message")) {
    bindings.set(name, actual);
    return true;
  }
  return matchType(bound, actual, bindings);
}

/** The type with its parameters replaced by what they were bound to; an unbound one stays open. */
export function substitute(type: CelType, bindings: Bindings): CelType {
  switch (type.k) {
    case "param":
      return bindings.get(type.name) ?? type;
    case "list":
    case "optional":
    case "type":
      return { ...type, of: substitute(type.of, bindings) };
    case "map":
      return mapOf(substitute(type.key, bindings), substitute(type.of, bindings));
    default:
      return type;
  }
}
