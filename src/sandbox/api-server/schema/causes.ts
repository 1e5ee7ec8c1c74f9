import type { JsonValue } from "../../../core/json.ts";
import type { Cause } from "../refusal.ts";

/** `Invalid value: 5: <why>`; a value that is not shown is given as undefined. */
export function invalidValue(field: string, value: JsonValue, why: string): Cause {
  return {
    reason: "FieldValueInvalid",
    message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
    field,
  };
}

/** `Required value`, with a reason where Kubernetes gives one. */
export function requiredValue(field: string, why = ""): Cause {
  const message = why === "" ? "Required value" : `Required value: ${why}`;
  return { reason: "FieldValueRequired", message, field };
}

/** `Forbidden: <why>`: the field may not be set, or not like this. */
export function forbiddenValue(field: string, why: string): Cause {
  return { reason: "FieldValueForbidden", message: `Forbidden: ${why}`, field };
}

/** `Duplicate value: …`: a list that is a set holds it twice. */
export function duplicateValue(field: string, value: JsonValue): Cause {
  return {
    reason: "FieldValueDuplicate",
    message: `Duplicate value: ${JSON.stringify(value)}`,
    field,
  };
}

/** `Unsupported value: …`, with the values that are. */
export function notSupported(
  field: string,
  value: JsonValue,
  supported: readonly JsonValue[],
): Cause {
  const list = supported.map((item) => JSON.stringify(item)).join(", ");
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`;
  return { reason: "FieldValueNotSupported", message, field };
}

/** The error of a value of another type or format than declared. */
export function wrongType(field: string, shown: string, expected: string): Cause {
  const quoted = JSON.stringify(shown);
  const message = `Invalid value: ${quoted}: ${field} in body must be of type ${expected}: ${quoted}`;
  return { reason: "FieldValueTypeInvalid", message, field };
}

/** Errors that Kubernetes reports without a path. */
export function pathless(message: string): Cause {
  return { reason: "FieldValueInvalid", message: `Invalid value: "": ${message}`, field: "<nil>" };
}
