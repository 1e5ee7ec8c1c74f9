import { createHash } from "node:crypto";

/**
 * One part of a partition or row key. Only letters, digits, `.`, `_` and `-` stand for themselves: the characters that the
 * Table service forbids in keys (`/ \ # ?` and controls) and our own separator become `~` and four hex digits.
 */
export function encodePart(text: string): string {
  return text.replace(
    /[^A-Za-z0-9._-]/g,
    (character) => `~${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The inverse of {@link encodePart}. */
export function decodePart(part: string): string {
  return part.replace(/~([0-9a-f]{4})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Epoch milliseconds as text whose ordinal order is the order of time. */
export function padTime(epochMs: number): string {
  return String(Math.min(Math.max(Math.floor(epochMs), 0), 9_999_999_999_999)).padStart(13, "0");
}

/** SHA-256 in hex: keeps long names within the 512 characters of a row key. */
export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
