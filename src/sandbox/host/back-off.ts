/** Pauses between polls of an empty queue. */
export type BackOff = {
  /** The next pause in milliseconds; `found` says whether messages came since the last pause. */
  next(found: boolean): number;
};

const shortestMs = 100;

/**
 * The queue listener's randomised exponential back-off: 100 ms after a poll that found messages, then doubling with a
 * spread of ±20 % up to `longestMs`, where it stays until messages come again.
 */
export function createBackOff(longestMs: number, random: () => number): BackOff {
  let exponent = 1;
  let current = shortestMs;
  return {
    next(found) {
      if (found) {
        exponent = 1;
        current = shortestMs;
      } else if (current < longestMs) {
        const spread = shortestMs * (0.8 + 0.4 * random());
        const grown = shortestMs + spread * (2 ** exponent - 1);
        exponent += 1;
        current = Math.min(grown, longestMs);
      }
      return Math.min(current, longestMs);
    },
  };
}
