/**
 * Parameters of a path that matches a route template (`clusters/{name}`, `{name?}`, `{*rest}`, constraints like `{id:int}` are not
 * checked); undefined when it does not match. Literal segments compare without regard to case.
 */
export function matchRoute(
  template: string,
  path: string,
): Readonly<Record<string, string>> | undefined {
  const wanted = template.split("/").filter((part) => part !== "");
  const given = path.split("/").filter((part) => part !== "");
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const parameter = /^\{(\*?)([^:?}]+)[^?}]*(\??)\}$/.exec(part);
    const value = given[index];
    if (parameter === null) {
      if (value?.toLowerCase() !== part.toLowerCase()) return undefined;
      continue;
    }
    const [, rest, name = "", optional] = parameter;
    if (rest === "*") {
      params[name] = given.slice(index).map(decodeURIComponent).join("/");
      return params;
    }
    if (value !== undefined) params[name] = decodeURIComponent(value);
    else if (optional !== "?") return undefined;
  }
  return given.length > wanted.length ? undefined : params;
}
