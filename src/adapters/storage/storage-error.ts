import { errorMessage, OperatorError } from "../../core/errors.ts";

function field(error: unknown, name: string): unknown {
  return typeof error === "object" && error !== null && name in error
    ? (error as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** The HTTP status of a storage SDK error; undefined when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  const status = field(error, "statusCode");
  return typeof status === "number" ? status : undefined;
}

/** The service's own error code, such as `TableNotFound`; undefined when there is none. */
export function codeOf(error: unknown): string | undefined {
  const code = field(error, "code");
  return typeof code === "string" ? code : undefined;
}

/** The one door out of the folder for what a storage SDK throws. The message holds the service's own first line, never a key or a body. */
export function storageError(error: unknown, target: string): OperatorError {
  if (error instanceof OperatorError) return error;
  const status = statusOf(error);
  const line = errorMessage(error).split("\n", 1)[0]?.slice(0, 200) ?? "";
  return new OperatorError(
    "StorageAnswered",
    `${target}: ${status ?? "no answer"} ${line}`,
    { status, code: codeOf(error), target },
    error,
  );
}
