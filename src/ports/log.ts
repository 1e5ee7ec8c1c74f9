/** Safe values only: names, counts, codes. Never a body, a token or a secret. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Structured log of one invocation. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
