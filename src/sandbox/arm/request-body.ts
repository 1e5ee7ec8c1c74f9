import { isJsonObject, type JsonObject } from "../../core/json.ts";
import { armError } from "./arm-error.ts";
import type { Answer } from "./types.ts";

/** Largest body that ARM takes. */
const largestBody = 4 * 1024 * 1024;

/** A request's body, or why it cannot be used. */
type Body =
  | { readonly kind: "object"; readonly value: JsonObject }
  | { readonly kind: "refused"; readonly answer: Answer };

/** Reads the body of a PUT or POST: a JSON object of at most 4 MiB. */
export function parseBody(text: string): Body {
  if (text.length > largestBody) {
    return refusedBody(
      413,
      "RequestContentTooLarge",
      "The request content size exceeds the maximum size of 4 MB.",
    );
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return { kind: "object", value };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return refusedBody(
    400,
    "InvalidRequestContent",
    "The request content was invalid and could not be deserialized: a JSON object was expected.",
  );
}

function refusedBody(status: number, code: string, message: string): Body {
  return { kind: "refused", answer: armError(status, code, message) };
}
