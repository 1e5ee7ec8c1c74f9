/** Header names are lower case; several values are joined with a comma. */
export type HttpHead = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
};

/** A whole answer, as it came over the wire. */
export type CollectedResponse = HttpHead & { readonly kind: "response"; readonly body: Buffer };

/** Several values of one header as one string. */
export function joinHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) {
      joined[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
    }
  }
  return joined;
}
