import {
  bool,
  bytes,
  type CelType,
  double,
  duration,
  dyn,
  int,
  listOf,
  mapOf,
  nullType,
  string,
  timestamp,
  uint,
} from "./cel-type.ts";
import {
  type CelValue,
  DurationValue,
  isList,
  isMap,
  MessageValue,
  OptionalValue,
  TimestampValue,
  TypeValue,
  UintValue,
} from "./cel-value.ts";

/** Types that an expression can name. */
export const namedTypes: Readonly<Record<string, CelType>> = {
  bool,
  bytes,
  double,
  int,
  string,
  uint,
  list: listOf(dyn),
  map: mapOf(dyn, dyn),
  null_type: nullType,
  type: { k: "type", of: dyn },
};

/** The type of a value, for `type(x)`. */
export function typeOfValue(value: CelValue): CelType {
  if (value === null) return nullType;
  switch (typeof value) {
    case "string":
      return string;
    case "bigint":
      return int;
    case "number":
      return double;
    case "boolean":
      return bool;
    default:
      return typeOfObject(value);
  }
}

function typeOfObject(value: CelValue): CelType {
  if (isList(value)) return listOf(dyn);
  if (isMap(value)) return mapOf(dyn, dyn);
  if (value instanceof MessageValue) return { k: "message", message: value.type };
  if (value instanceof OptionalValue) return { k: "optional", of: dyn };
  if (value instanceof TypeValue) return { k: "type", of: dyn };
  if (value instanceof UintValue) return uint;
  if (value instanceof TimestampValue) return timestamp;
  return value instanceof DurationValue ? duration : bytes;
}
