import { z } from "zod";
import type { JsonObject } from "../core/json.ts";

const rule = z.object({ pattern: z.string(), replacement: z.string() });
const schema = z.object({
  list: z.array(rule),
  "custom-keys": z
    .object({ outer: z.string(), inner: z.string(), replacement: z.string() })
    .optional(),
});

/** Replaces in a request body what the recorder of ASO's tests replaced. */
export type Redact = (body: JsonObject) => JsonObject;

/** Reads the recorder's rules: regular expressions over the body's JSON text, applied in order. */
export function redactionsFrom(rules: unknown): Redact {
  const { list, "custom-keys": custom } = schema.parse(rules);
  const steps = list.map(({ pattern, replacement }) => {
    const expression = new RegExp(pattern, "g");
    return (text: string): string => text.replace(expression, replacement);
  });
  if (custom !== undefined) {
    const [outer, inner] = [new RegExp(custom.outer, "g"), new RegExp(custom.inner, "g")];
    steps.push((text) => text.replace(outer, (found) => found.replace(inner, custom.replacement)));
  }
  return (body) => {
    const text = steps.reduce((current, step) => step(current), JSON.stringify(body));
    return JSON.parse(text) as JsonObject;
  };
}
