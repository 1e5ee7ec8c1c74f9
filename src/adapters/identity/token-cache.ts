import type { Secret } from "../../core/secret.ts";
import type { Clock } from "../../ports/clock.ts";

/** A token with its end (epoch ms). */
export type TimedToken = { readonly token: Secret<string>; readonly expiresAt: number };

type Entry = { current?: TimedToken; loading?: Promise<TimedToken> };

/** A token is renewed this long before it expires: longer than any single request takes. */
const renewBeforeMs = 5 * 60_000;

/**
 * Tokens by key, at most `capacity` of them (least recently used go first). However many callers ask at once, one load runs per key.
 * A failed renewal does not hurt while the old token is still good; a failed first load fails all who wait for it.
 */
export class TokenCache {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock, capacity: number) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  async get(key: string, load: () => Promise<TimedToken>): Promise<Secret<string>> {
    const entry = this.#touch(key);
    const { current } = entry;
    if (current !== undefined && current.expiresAt - renewBeforeMs > this.#clock.now()) {
      return current.token;
    }
    try {
      return (await this.#load(entry, load)).token;
    } catch (error) {
      if (current !== undefined && current.expiresAt > this.#clock.now()) {
        return current.token;
      }
      throw error;
    }
  }

  #load(entry: Entry, load: () => Promise<TimedToken>): Promise<TimedToken> {
    entry.loading ??= load().then(
      (token) => {
        entry.current = token;
        delete entry.loading;
        return token;
      },
      (error: unknown) => {
        delete entry.loading;
        throw error;
      },
    );
    return entry.loading;
  }

  /** The entry, moved to the end of the map: its beginning is what was not used for longest. */
  #touch(key: string): Entry {
    const entry = this.#entries.get(key) ?? {};
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#capacity) {
        break;
      }
      this.#entries.delete(oldest);
    }
    return entry;
  }
}
