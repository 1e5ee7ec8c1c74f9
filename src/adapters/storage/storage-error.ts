import { errorMessage, OperatorError } from "../../core/errors.ts";

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && name in value
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The Table service's own words: the SDK leaves them in the details of all errors but those of transactions. */
function odata(error: unknown): unknown {
  return field(field(error, "details"), "odataError");
}

/** The HTTP status of a storage SDK error; undefined when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  const status = field(error, "statusCode");
  return typeof status === "number" ? status : undefined;
}

/** The service's own error code, such as `TableNotFound`; undefined when there is none. */
export function codeOf(error: unknown): string | undefined {
  return text(field(error, "code")) ?? text(field(odata(error), "code"));
}

/** The one door out of the folder for what a storage SDK throws. The message holds the service's own first line, never a key or a body. */
export function storageError(error: unknown, target: string): OperatorError {
  if (error instanceof OperatorError) return error;
  const status = statusOf(error);
  const words = text(field(field(odata(error), "message"), "value")) ?? errorMessage(error);
  const line = words.split("\n", 1)[0]?.slice(0, 200) ?? "";
  return new OperatorError(
    "StorageAnswered",
    `${target}: ${status ?? "no answer"} ${line}`,
    { status, code: codeOf(error), target },
    error,
  );
}
