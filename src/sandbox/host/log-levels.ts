/** Levels in rising order, as the functions library names them. */
export const levels = [
  "trace",
  "debug",
  "information",
  "warning",
  "error",
  "critical",
  "none",
] as const;

/** A level as host.json names it. */
export type LogLevel = (typeof levels)[number];

/** The level of that name in any case; undefined for another word. */
export function parseLevel(name: string): LogLevel | undefined {
  return levels.find((level) => level === name.toLowerCase());
}

/**
 * Which entries host.json lets through: the longest configured prefix of the category decides (prefixes end at a dot),
 * else `default`, else `information`.
 */
export function createLevelFilter(
  configured: Readonly<Record<string, string>>,
): (category: string, level: LogLevel) => boolean {
  const thresholds = new Map<string, number>();
  for (const [category, name] of Object.entries(configured)) {
    const level = parseLevel(name);
    if (level !== undefined) thresholds.set(category.toLowerCase(), levels.indexOf(level));
  }
  const fallback = thresholds.get("default") ?? levels.indexOf("information");
  const known = new Map<string, number>();
  return (category, level) => {
    let threshold = known.get(category);
    if (threshold === undefined) {
      threshold = longestPrefix(category.toLowerCase(), thresholds) ?? fallback;
      known.set(category, threshold);
    }
    return level !== "none" && levels.indexOf(level) >= threshold;
  };
}

function longestPrefix(category: string, thresholds: ReadonlyMap<string, number>) {
  for (let end = category.length; end > 0; end = category.lastIndexOf(".", end - 1)) {
    const threshold = thresholds.get(category.slice(0, end));
    if (threshold !== undefined) return threshold;
  }
  return undefined;
}
