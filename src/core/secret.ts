/**
 * A value that must never reach a log, message, trace or table.
 * Printing, serialising or inspecting it shows `[redacted]`; only {@link Secret.reveal} gives the value.
 */
export class Secret<T> {
  readonly #value: T;
  constructor(value: T) {
    this.#value = value;
  }
  /** The value itself. Call it only where the value leaves for its destination (ARM, the cluster, an identity provider). */
  reveal(): T {
    return this.#value;
  }
  toString(): string {
    return "[redacted]";
  }
  toJSON(): string {
    return "[redacted]";
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[redacted]";
  }
}
