import { OperatorError } from "../../core/errors.ts";

/** App settings: the environment of the host process. */
export type AppSettings = Readonly<Record<string, string | undefined>>;

/**
 * Replaces every `%NAME%` in a binding's text by the app setting NAME.
 * Throws OperatorError `ConfigInvalid` naming the setting and the function when it does not exist or is empty.
 */
export function resolveSettings(text: string, settings: AppSettings, functionName: string): string {
  return text.replaceAll(/%([^%]+)%/g, (_whole, name: string) => {
    const value = settings[name];
    if (value !== undefined && value !== "") return value;
    throw new OperatorError(
      "ConfigInvalid",
      `The app setting ${name} does not exist; the function "${functionName}" needs it for "${text}".`,
    );
  });
}
