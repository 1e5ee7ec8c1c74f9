import { conversions } from "./conversions.ts";
import { operators } from "./operators.ts";
import { optionalFunctions } from "./optional-functions.ts";
import { overloadTable } from "./overload.ts";
import { resourceIdFunctions } from "./resource-id.ts";
import { stringFunctions } from "./string-functions.ts";
import { timeFunctions } from "./time-functions.ts";

/** Every function and operator of ASO's environment (aso-semantics.md 8.5, libraries.md 2.3). */
export const functions = overloadTable([
  ...operators,
  ...conversions,
  ...stringFunctions,
  ...timeFunctions,
  ...optionalFunctions,
  ...resourceIdFunctions,
]);

/** Names that stand before a function's name without being a value. */
export const namespaces: ReadonlySet<string> = new Set(["aso", "optional", "strings"]);
