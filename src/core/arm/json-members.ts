/** One member of a JSON object as it stands in the text. */
type JsonMember = { readonly key: string; readonly text: string };

/**
 * The members of the object at the top of a JSON text, in their order and with duplicates, each value as its own JSON text.
 * Undefined when the text is no valid JSON or no object. JSON.parse alone forgets order and duplicates, on which the
 * meaning of odd ARM error bodies depends (errata 8).
 */
export function jsonMembers(text: string): readonly JsonMember[] | undefined {
  const body = text.trim();
  if (!body.startsWith("{") || !isJson(body)) return undefined;
  const parts = splitTopLevel(body.slice(1, -1));
  return parts.map((part) => {
    const colon = endOfString(part, part.indexOf('"')) + 1;
    const key: unknown = JSON.parse(part.slice(0, colon));
    return { key: String(key), text: part.slice(part.indexOf(":", colon) + 1).trim() };
  });
}

/** The elements of the list at the top of a JSON text, each as its own JSON text. Undefined when it is no list. */
export function jsonElements(text: string): readonly string[] | undefined {
  const body = text.trim();
  if (!body.startsWith("[") || !isJson(body)) return undefined;
  return splitTopLevel(body.slice(1, -1)).map((part) => part.trim());
}

/** True for a valid JSON text of any kind. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Cuts the inside of a valid JSON list or object at its commas. */
function splitTopLevel(inside: string): readonly string[] {
  if (inside.trim() === "") return [];
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < inside.length; at++) {
    const one = inside[at];
    if (one === '"') at = endOfString(inside, at);
    else if (one === "{" || one === "[") depth++;
    else if (one === "}" || one === "]") depth--;
    else if (one === "," && depth === 0) {
      parts.push(inside.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, inside.slice(start)];
}

/** Index of the quote that ends the string which starts at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}
