/** The time. Rules never read it themselves; tests pass a clock that stands still. */
export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number;
}

/** Randomness for jitter and ids; tests pass a fixed one. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A random UUID (v4). */
  uuid(): string;
}

/** Waiting, for the few places that may: lease renewal and a scan between two looks. Tests pass one that follows their clock. */
export interface Timer {
  /** Runs an action again and again; the returned function stops it. The action's failures are its own to handle. */
  every(milliseconds: number, action: () => void): () => void;
  /** Resolves after the time, or as soon as the signal aborts. Never rejects. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}
