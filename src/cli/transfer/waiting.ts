import { OperatorError } from "../../core/errors.ts";
import { type Move, nameOf } from "../../transfer/transfer-types.ts";

/** What a run waits with and tells its progress to. */
export type Waiting = {
  /** Resolves after so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** Longest wait without any progress, in milliseconds. */
  readonly patienceMs: number;
  readonly say: (line: string) => void;
};

/** How often a write is repeated on an object that changes all the time. */
export const mostConflicts = 5;

/** Between two looks at what is waited for, in milliseconds. */
const pauseMs = 1000;

/** Waits for others, as long as something moves now and then. */
export class Patience {
  readonly #waiting: Waiting;
  #before = "";
  #waitedMs = 0;

  constructor(waiting: Waiting) {
    this.#waiting = waiting;
  }

  /** One pause. Throws OperatorError `TransferStopped`, which names what is left, when `reasons` stayed the same for too long. */
  async wait(reasons: readonly string[]): Promise<void> {
    const { pause, patienceMs } = this.#waiting;
    const now = reasons.join("\n");
    this.#waitedMs = now === this.#before ? this.#waitedMs + pauseMs : 0;
    this.#before = now;
    if (this.#waitedMs >= patienceMs)
      throw new OperatorError(
        "TransferStopped",
        `${reasons.length} did not go on for ${Math.round(patienceMs / 1000)} s:\n${now}\nNothing is lost, and nobody but its operator manages any of them: run the same command again when that is solved.`,
      );
    await pause(pauseMs);
  }
}

/** Repeats a read with its write until no other write came between. */
export async function whileConflict<T>(
  move: Move,
  attempt: () => Promise<T | "conflict">,
): Promise<T> {
  for (let count = 0; count < mostConflicts; count++) {
    const outcome = await attempt();
    if (outcome !== "conflict") return outcome;
  }
  throw new OperatorError(
    "TransferStopped",
    `${nameOf(move)} was changed again and again while it was written; run the same command again`,
  );
}
