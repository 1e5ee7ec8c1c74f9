/**
 * Why a name cannot stand as one segment of an ARM path, e.g. `contains "/"`; undefined when it can.
 * Slashes split the segment, `?` and `#` end the path, `%` is read as an escape, dots climb.
 */
export function unusableName(name: string): string | undefined {
  if (name === "." || name === "..") return "is a path step";
  const character = [...name].find((one) => /[/?#%\\]/.test(one) || one < " " || one === "\u007f");
  return character === undefined ? undefined : `contains ${JSON.stringify(character)}`;
}
