import type { ArmHandle, JournalEntry } from "../../sandbox/arm/types.ts";

/** One resource as the terminal shows it. */
export type ShownResource = {
  readonly name: string;
  readonly state: string;
  readonly message: string;
};

const methods = {
  PUT: "PUT   ",
  DELETE: "DELETE",
  GET: "GET   ",
  POST: "POST  ",
  HEAD: "HEAD  ",
} as const;

/** Prints what changes: one line per resource and state, one line per ARM request. Plain lines, so that they survive a pipe. */
export class Progress {
  readonly #print: (line: string) => void;
  readonly #started: number;
  readonly #now: () => number;
  readonly #states = new Map<string, string>();
  #journal = 0;
  #announced = false;

  constructor(print: (line: string) => void, now: () => number) {
    this.#print = print;
    this.#now = now;
    this.#started = now();
  }

  resources(shown: readonly ShownResource[]): void {
    for (const { name, state, message } of shown) {
      const line = message === "" ? state : `${state}: ${message}`;
      if (this.#states.get(name) === line) continue;
      this.#states.set(name, line);
      this.line(`      ${mark(state)} ${name} ${line}`);
    }
  }

  /** Says once that all samples are Ready. */
  ready(count: number, once: boolean): void {
    if (this.#announced) return;
    this.#announced = true;
    this.line(`all ${count} samples are Ready${once ? "" : "; Ctrl-C stops everything"}`);
  }

  arm(arm: ArmHandle | undefined): void {
    if (arm === undefined) return;
    for (const entry of arm.journal(this.#journal)) {
      this.#journal = Math.max(this.#journal, entry.n + 1);
      if (entry.kind !== "auth") this.line(`  ARM ${requestLine(entry)}`, entry.t);
    }
  }

  /** Prints a line with the seconds since the start; `at` (epoch ms) when it tells of something earlier. */
  line(text: string, at: number = this.#now()): void {
    const seconds = ((at - this.#started) / 1000).toFixed(1).padStart(6);
    this.#print(`${seconds}s ${text}`);
  }
}

function requestLine(entry: JournalEntry): string {
  const method = methods[entry.method as keyof typeof methods] ?? entry.method;
  const path = entry.url
    .replace(/^https:\/\/[^/]+/, "")
    .replace(/\?.*$/, "")
    .replace(/^\/subscriptions\/[^/]+/, "…");
  return `${method} ${entry.status || "dropped"} ${path}${entry.kind === "poll" ? " (poll)" : ""}`;
}

function mark(state: string): string {
  if (state === "Ready") return "✔";
  return state === "Reconciling" || state === "pending" ? "…" : "!";
}
