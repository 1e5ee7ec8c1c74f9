import { type Command, Option } from "commander";
import { environment } from "../config/environment.ts";
import { errorMessage, OperatorError } from "../core/errors.ts";
import { type JsonObject, parseJsonObject } from "../core/json.ts";

/** The options of every command that talks to a function app. */
export type AppOptions = { readonly app: string };

/** Longest that an app may take: a first call wakes it up. */
const patienceMs = 120_000;

/** Adds the address of the app to a command. Its key comes from the environment: a command line is everybody's to read. */
export function withApp(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--app <url>",
        "address of the function app, such as https://NAME.azurewebsites.net",
      )
        .env("ASO_FUNCTIONS_APP")
        .makeOptionMandatory(),
    )
    .addHelpText(
      "after",
      "\nThe key of the function `command` is read from the environment: ASO_FUNCTIONS_APP_KEY.",
    );
}

/**
 * Has the app carry out one command, and gives its result, whose shape is the one that the command's handler gives. Throws OperatorError
 * `CommandRefused` with the app's own reason.
 */
export async function sendCommand<T>(
  { app }: AppOptions,
  command: string,
  args: JsonObject,
  timeoutMs = patienceMs,
): Promise<T> {
  const key = environment()["ASO_FUNCTIONS_APP_KEY"];
  const answer = await post(app, key, JSON.stringify({ command, args }), timeoutMs);
  const body = parseJsonObject(await answer.text());
  const result = body?.["result"];
  if (answer.status === 200 && result !== undefined) return result as T;
  const reason = body?.["error"];
  throw refusal(
    typeof reason === "string"
      ? reason
      : `${app} answered ${answer.status}. ${hint(answer.status)}`,
  );
}

async function post(
  app: string,
  key: string | undefined,
  body: string,
  timeoutMs: number,
): Promise<Response> {
  const headers = {
    "content-type": "application/json",
    ...(key === undefined ? {} : { "x-functions-key": key }),
  };
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await fetch(new URL("/api/command", app), { method: "POST", headers, body, signal });
  } catch (error) {
    // Every command may be given twice: what is done already stays as it is.
    if (signal.aborted)
      throw refusal(
        `${app} did not answer within ${timeoutMs / 1000} s. It may still be at it: give the same command again.`,
      );
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw refusal(
      `${app} could not be reached: ${errorMessage(cause)}. Check --app, or ASO_FUNCTIONS_APP.`,
    );
  }
}

function hint(status: number): string {
  if (status === 401 || status === 403)
    return "Set ASO_FUNCTIONS_APP_KEY to the key of its function `command`.";
  // Also a page that some other server answers with 200: it did nothing.
  if (status === 404 || status === 200) return "Is this the address of an app of this release?";
  return "The log of the app tells more.";
}

function refusal(message: string): OperatorError {
  return new OperatorError("CommandRefused", message);
}
