/**
 * The same port with some calls replaced: for faults ("the second write fails", "crash after this call").
 * Everything that is not overridden goes to `target`.
 */
export function intercept<T extends object>(target: T, overrides: Partial<T>): T {
  return new Proxy(target, {
    get(object, name) {
      const override: unknown = Reflect.get(overrides, name);
      const value: unknown = override ?? Reflect.get(object, name, object);
      return typeof value === "function"
        ? value.bind(override === undefined ? object : overrides)
        : value;
    },
  });
}
