import { OperatorError } from "../errors.ts";

/** One segment of an ARM path, percent-encoded; see armUrl. */
export function encodeSegment(segment: string): string {
  if (/^(\.|%2e){1,2}$/i.test(segment))
    throw new OperatorError("Bug", "A dot segment cannot be part of an ARM request.");
  return segment
    .split(/(%[0-9A-Fa-f]{2})/)
    .map((part, index) => (index % 2 === 1 ? part : encodeLiteral(part)))
    .join("");
}

/** RFC 3986 allows these in a path segment; ARM ids are compared as text in stored poll URLs, so they stay readable. */
const allowedInPath: Readonly<Record<string, string>> = {
  "%24": "$",
  "%26": "&",
  "%2B": "+",
  "%2C": ",",
  "%3A": ":",
  "%3B": ";",
  "%3D": "=",
  "%40": "@",
};

function encodeLiteral(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /%(24|26|2B|2C|3A|3B|3D|40)/g,
    (encoded) => allowedInPath[encoded] ?? encoded,
  );
}
