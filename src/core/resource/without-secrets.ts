/** Shorter values stand in ordinary words and numbers: to replace them would spoil the text and hide nothing. */
const shortest = 4;

/**
 * The text with `[redacted]` for every occurrence of a secret value of at least four characters, also as JSON and as URLs write it.
 * Longer values go first: one that holds another leaves no rest. For messages of others, which may quote what they were sent.
 */
export function withoutSecrets(text: string, values: readonly string[]): string {
  const spellings = new Set(
    values.filter((value) => value.length >= shortest).flatMap(spellingsOf),
  );
  const longestFirst = [...spellings].toSorted((a, b) => b.length - a.length);
  return longestFirst.reduce((shown, value) => shown.replaceAll(value, "[redacted]"), text);
}

function spellingsOf(value: string): readonly string[] {
  return [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value.toWellFormed())];
}
