import { createHash } from "node:crypto";
import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { ArmStats, JournalEntry } from "./types.ts";

type Counts = Map<string, number>;

const journalLength = 20_000;

/** Names of leaves whose text is a secret. */
const secretName = /password|secret|connectionstring|(^|[a-z_])keys?$|token|certificate/i;

/** Counts of everything that was asked, and the journal of requests. */
export class Statistics {
  #since: number;
  #total = 0;
  #inFlight = 0;
  #maxInFlight = 0;
  readonly #counts = {
    byMethod: new Map<string, number>(),
    byStatus: new Map<string, number>(),
    byType: new Map<string, number>(),
    putPerId: new Map<string, number>(),
    getPerId: new Map<string, number>(),
    deletePerId: new Map<string, number>(),
    events: new Map<string, number>(),
  };
  readonly #firstPut: Counts = new Map();
  readonly #lastPut: Counts = new Map();
  #journal: JournalEntry[] = [];
  #journalled = 0;

  constructor(now: number) {
    this.#since = now;
  }

  /** A request arrived. */
  enter(): void {
    this.#inFlight += 1;
    this.#maxInFlight = Math.max(this.#maxInFlight, this.#inFlight);
  }

  /** A request was answered or dropped. */
  leave(): void {
    this.#inFlight -= 1;
  }

  /** Counts a finished request. `status` 0: dropped. */
  request(kind: string, type: string | undefined, status: number): void {
    this.#total += 1;
    add(this.#counts.byMethod, kind);
    add(this.#counts.byStatus, status === 0 ? "dropped" : String(status));
    if (type !== undefined) add(this.#counts.byType, `${kind} ${type}`);
  }

  put(id: string, now: number): void {
    const key = id.toLowerCase();
    add(this.#counts.putPerId, key);
    if (!this.#firstPut.has(key)) this.#firstPut.set(key, now);
    this.#lastPut.set(key, now);
  }

  get(id: string): void {
    add(this.#counts.getPerId, id.toLowerCase());
  }

  delete(id: string): void {
    add(this.#counts.deletePerId, id.toLowerCase());
  }

  event(
    name: "polls" | "earlyPolls" | "childrenLost" | "unexpectedDeletes" | "throttled" | "faults",
    by = 1,
  ): void {
    add(this.#counts.events, name, by);
  }

  /** Appends to the journal. */
  record(entry: Omit<JournalEntry, "n">): void {
    const body = entry.body === undefined ? {} : { body: redacted(entry.body) };
    this.#journal.push({ ...entry, ...body, n: this.#journalled });
    this.#journalled += 1;
    if (this.#journal.length > journalLength * 1.2)
      this.#journal = this.#journal.slice(-journalLength);
  }

  journal(since: number): readonly JournalEntry[] {
    return this.#journal.filter((e) => e.n >= since);
  }

  reset(now: number): void {
    this.#since = now;
    this.#total = 0;
    this.#maxInFlight = this.#inFlight;
    for (const counts of Object.values(this.#counts)) counts.clear();
    this.#firstPut.clear();
    this.#lastPut.clear();
    this.#journal = [];
    this.#journalled = 0;
  }

  stats(state: { stored: number; running: number; maxPolls: number }): ArmStats {
    const { events, ...tables } = this.#counts;
    const puts = [...tables.putPerId.values()];
    const event = (name: string): number => events.get(name) ?? 0;
    return {
      since: this.#since,
      total: this.#total,
      byMethod: Object.fromEntries(tables.byMethod),
      byStatus: Object.fromEntries(tables.byStatus),
      byType: Object.fromEntries(tables.byType),
      putPerId: Object.fromEntries(tables.putPerId),
      firstPut: Object.fromEntries(this.#firstPut),
      lastPut: Object.fromEntries(this.#lastPut),
      getPerId: Object.fromEntries(tables.getPerId),
      deletePerId: Object.fromEntries(tables.deletePerId),
      distinctPut: puts.length,
      maxPutsPerId: puts.reduce((most, n) => Math.max(most, n), 0),
      polls: event("polls"),
      earlyPolls: event("earlyPolls"),
      maxPollsPerOperation: state.maxPolls,
      maxInFlight: this.#maxInFlight,
      childrenLost: event("childrenLost"),
      unexpectedDeletes: event("unexpectedDeletes"),
      throttled: event("throttled"),
      faults: event("faults"),
      stored: state.stored,
      running: state.running,
    };
  }
}

function add(counts: Counts, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

/** The body with secret texts replaced by a digest: equal secrets stay recognisable, their text is gone. */
function redacted(body: JsonObject): JsonObject {
  const shown: JsonObject = {};
  for (const [key, value] of Object.entries(body)) {
    shown[key] =
      secretName.test(key) && typeof value === "string" ? digest(value) : redactedValue(value);
  }
  return shown;
}

function redactedValue(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(redactedValue);
  return isJsonObject(value) ? redacted(value) : value;
}

/** How the journal shows a secret text. */
function digest(secret: string): string {
  return `[sha256 ${createHash("sha256").update(secret).digest("hex").slice(0, 12)}]`;
}
