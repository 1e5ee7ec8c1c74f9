import {
  type Bindings,
  type CelType,
  dyn,
  isSameType,
  joinTypes,
  matchType,
  substitute,
} from "./cel-type.ts";
import {
  CelFailure,
  type CelResult,
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

/** One signature of a function, method or operator. Of a method the receiver is the first parameter. */
export type Overload = {
  readonly name: string;
  readonly method: boolean;
  readonly params: readonly CelType[];
  readonly result: CelType;
  /** Called with values of the parameters' sorts, which {@link runCall} sees to. */
  readonly run: (...args: never[]) => CelResult;
};

/** A signature called as `name(args)`. */
export function fn(
  name: string,
  params: readonly CelType[],
  result: CelType,
  run: Overload["run"],
): Overload {
  return { name, method: false, params, result, run };
}

/** A signature called as `receiver.name(args)`. */
export function method(
  name: string,
  params: readonly CelType[],
  result: CelType,
  run: Overload["run"],
): Overload {
  return { name, method: true, params, result, run };
}

type OverloadTable = ReadonlyMap<string, readonly Overload[]>;

/** Overloads by name and way of calling. */
export function overloadTable(overloads: readonly Overload[]): OverloadTable {
  return Map.groupBy(overloads, (one) => keyOf(one.name, one.method));
}

function keyOf(name: string, isMethod: boolean): string {
  return isMethod ? `.${name}` : name;
}

/** The type of a call, or that no signature fits. */
export function resolveCall(
  table: OverloadTable,
  name: string,
  isMethod: boolean,
  args: readonly CelType[],
): CelType | CelFailure {
  const candidates = table.get(keyOf(name, isMethod));
  if (candidates === undefined) return new CelFailure(`undeclared reference to '${name}'`);
  const results = candidates.flatMap((one) => fit(one, args) ?? []);
  const [first] = results;
  if (first === undefined) return noOverload(name);
  return results.every((one) => isSameType(one, first)) ? joinTypes([first]) : dyn;
}

function fit(overload: Overload, args: readonly CelType[]): CelType | undefined {
  const bindings: Bindings = new Map();
  const fits =
    overload.params.length === args.length &&
    overload.params.every((wanted, at) => matchType(wanted, args[at] ?? dyn, bindings));
  return fits ? substitute(overload.result, bindings) : undefined;
}

function noOverload(name: string): CelFailure {
  return new CelFailure(`found no matching overload for '${name}'`);
}

/** Calls the first signature that takes these values. */
export function runCall(
  table: OverloadTable,
  name: string,
  isMethod: boolean,
  args: readonly CelValue[],
): CelResult {
  const found = table
    .get(keyOf(name, isMethod))
    ?.find(
      (one) =>
        one.params.length === args.length &&
        one.params.every((wanted, at) => takes(wanted, args[at] ?? null)),
    );
  if (found === undefined) return new CelFailure(`no such overload: ${name}`);
  return (found.run as (...values: readonly CelValue[]) => CelResult)(...args);
}

/** Whether a value is of the sort of a type; what lists and maps hold was checked before. */
function takes(type: CelType, value: CelValue): boolean {
  switch (type.k) {
    case "dyn":
    case "param":
      return true;
    case "null":
      return value === null;
    case "string":
      return typeof value === "string";
    case "int":
      return typeof value === "bigint";
    case "double":
      return typeof value === "number";
    case "bool":
      return typeof value === "boolean";
    case "list":
      return isList(value) && value.every((one) => takes(type.of, one));
    case "map":
      return isMap(value);
    default:
      return value instanceof classOf(type.k);
  }
}

type ObjectKind = "uint" | "bytes" | "timestamp" | "duration" | "optional" | "type" | "message";

function classOf(kind: ObjectKind) {
  const classes = {
    uint: UintValue,
    bytes: Uint8Array,
    timestamp: TimestampValue,
    duration: DurationValue,
    optional: OptionalValue,
    type: TypeValue,
    message: MessageValue,
  };
  return classes[kind];
}
