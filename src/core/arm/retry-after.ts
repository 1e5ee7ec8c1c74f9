const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Values above this number of seconds overflow ASO's clock and count as absent (errata 10). */
const mostSeconds = 9_223_372_036;

/**
 * Milliseconds to wait from `now` (epoch ms) by a Retry-After header: whole seconds, or a date in one of the three forms of
 * RFC 9110 5.6.7. A past date is 0. Undefined when absent, malformed, negative or absurdly large.
 */
export function retryAfterMs(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^[+-]?\d+$/.test(value)) return fromSeconds(Number(value));
  const date = parseHttpDate(value);
  return date === undefined ? undefined : Math.max(0, date - now);
}

function fromSeconds(seconds: number): number | undefined {
  return seconds < 0 || seconds > mostSeconds ? undefined : seconds * 1000;
}

const imfDate =
  /^[A-Za-z]{3}, (\d{2}) ([A-Za-z]{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) (?:GMT|UTC|\+0000)$/;
const rfc850Date =
  /^[A-Za-z]+day, (\d{2})-([A-Za-z]{3})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) (?:GMT|UTC)$/;
const asctimeDate = /^[A-Za-z]{3} ([A-Za-z]{3}) ([ \d]?\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/;

function parseHttpDate(text: string): number | undefined {
  const imf = imfDate.exec(text);
  if (imf !== null) return epoch(imf[3], imf[2], imf[1], imf.slice(4));
  const old = rfc850Date.exec(text);
  if (old !== null) return epoch(twoDigitYear(old[3]), old[2], old[1], old.slice(4));
  const unix = asctimeDate.exec(text);
  return unix === null ? undefined : epoch(unix[6], unix[1], unix[2], unix.slice(3, 6));
}

function twoDigitYear(year: string | undefined): string {
  const short = Number(year);
  return String(short >= 69 ? 1900 + short : 2000 + short);
}

function epoch(
  year: string | undefined,
  month: string | undefined,
  day: string | undefined,
  time: readonly string[],
): number | undefined {
  const index = months.indexOf((month ?? "").toLowerCase());
  const [hour = 0, minute = 0, second = 0] = time.map(Number);
  if (index < 0 || Number(day) > 31 || hour > 23 || minute > 59 || second > 59) return undefined;
  return Date.UTC(Number(year), index, Number(day), hour, minute, second);
}
