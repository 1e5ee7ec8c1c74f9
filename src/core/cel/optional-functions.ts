import { bool, listOf, optionalOf, param } from "./cel-type.ts";
import { CelFailure, type CelValue, equals, isList, isMap, OptionalValue } from "./cel-value.ts";
import { fn, method, type Overload } from "./overload.ts";

const a = param("A");
const optional = optionalOf(a);

/** Functions of the namespace `optional` carry it in their name; see namespaced calls in the checker. */
export const optionalFunctions: readonly Overload[] = [
  fn("optional.of", [a], optional, (value: CelValue) => new OptionalValue(value)),
  fn("optional.none", [], optional, () => new OptionalValue(undefined)),
  fn(
    "optional.ofNonZeroValue",
    [a],
    optional,
    (value: CelValue) => new OptionalValue(isZero(value) ? undefined : value),
  ),
  method("hasValue", [optional], bool, (value: OptionalValue) => value.value !== undefined),
  method("value", [optional], a, (value: OptionalValue) =>
    value.value === undefined ? new CelFailure("optional.none() dereference") : value.value,
  ),
  method("or", [optional, optional], optional, (left: OptionalValue, right: OptionalValue) =>
    left.value === undefined ? right : left,
  ),
  method("orValue", [optional, a], a, (left: OptionalValue, right: CelValue) =>
    left.value === undefined ? right : left.value,
  ),
  fn("optional.unwrap", [listOf(optional)], listOf(a), presentOnes),
  method("unwrapOpt", [listOf(optional)], listOf(a), presentOnes),
];

function presentOnes(values: readonly OptionalValue[]): CelValue {
  return values.flatMap((one) => (one.value === undefined ? [] : [one.value]));
}

function isZero(value: CelValue): boolean {
  if (isList(value)) return value.length === 0;
  if (isMap(value)) return value.size === 0;
  return ["", 0n, 0, false, null].some((zero) => equals(value, zero));
}
