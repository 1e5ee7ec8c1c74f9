/**
 * Whether a text fits a pattern in which `*` stands for any characters, also none. Letters A to Z count without regard to case, as in ARM
 * ids; no other letters do, so that none that only look alike are taken for each other. Time grows with the lengths, not with the stars.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const [first = "", ...rest] = asciiLower(pattern).split("*");
  const subject = asciiLower(text);
  const last = rest.pop();
  if (last === undefined) return subject === first;
  if (!subject.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = subject.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return subject.length - last.length >= at && subject.endsWith(last);
}

/** The text with A to Z in lower case. */
function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
