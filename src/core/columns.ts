/** Rows of texts as lines with aligned columns; each ends with a line break. The last column is not padded. */
export function inColumns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [at, text] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, text.length);
  const line = (row: readonly string[]): string =>
    row.map((text, at) => (at === row.length - 1 ? text : text.padEnd(widths[at] ?? 0))).join("  ");
  return rows.map((row) => `${line(row)}\n`).join("");
}
