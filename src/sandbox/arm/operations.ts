import type { JsonObject } from "../../core/json.ts";
import type { LroRule, LroShape } from "./types.ts";

type OperationState = "InProgress" | "Succeeded" | "Failed" | "Canceled";

/** A long-running operation; plain data, so that it survives a snapshot. */
export type Operation = {
  readonly id: string;
  readonly method: "PUT" | "DELETE";
  readonly resource: string;
  readonly type: string;
  readonly location: string;
  readonly shape: LroShape;
  readonly startedAt: number;
  readonly until: number;
  readonly retryAfter: number | undefined;
  readonly moving: LroRule["moving"] | undefined;
  readonly finalStatus: 200 | 204;
  /** How it will end. */
  readonly outcome: Exclude<OperationState, "InProgress">;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  readonly state: OperationState;
  readonly polls: number;
  /** Before this time no poll is allowed. */
  readonly notBefore: number;
  /** Number of the newest poll URL. */
  readonly move: number;
};

/** How many finished operations are still answered. */
const remembered = 5_000;

/**
 * Operations by id and by the resource they run on.
 * They end when {@link due} is asked at or after their time: there are no timers, so a test's clock decides.
 */
export class Operations {
  readonly #byId = new Map<string, Operation>();
  readonly #running = new Set<string>();
  readonly #byResource = new Map<string, string>();
  readonly #finished: string[] = [];
  #nextDue = Number.POSITIVE_INFINITY;

  get(id: string): Operation | undefined {
    return this.#byId.get(id);
  }

  /** The operation that runs on a resource now. */
  runningOn(resource: string): Operation | undefined {
    const id = this.#byResource.get(resource.toLowerCase());
    const operation = id === undefined ? undefined : this.#byId.get(id);
    return operation?.state === "InProgress" ? operation : undefined;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Starts an operation; an older one on the same resource ends with it, as superseded. */
  start(operation: Operation): void {
    const older = this.runningOn(operation.resource);
    if (older !== undefined) this.#close(older, "Succeeded");
    this.#add(operation);
  }

  update(operation: Operation): void {
    this.#byId.set(operation.id, operation);
  }

  /** Ends every operation whose time has come and returns them in the order of their ends. */
  due(now: number): Operation[] {
    if (now < this.#nextDue) return [];
    const ended = this.#all().filter((o) => o.until <= now);
    ended.sort((a, b) => a.until - b.until);
    const closed = ended.map((o) => this.#close(o, o.outcome));
    this.#nextDue = Math.min(Number.POSITIVE_INFINITY, ...this.#all().map((o) => o.until));
    return closed;
  }

  /** Stops what runs on a resource that is gone. */
  forget(resource: string): void {
    const running = this.runningOn(resource);
    if (running !== undefined) this.#close(running, "Canceled");
  }

  /** Highest number of polls that one operation has seen. */
  maxPolls(): number {
    let most = 0;
    for (const operation of this.#byId.values()) most = Math.max(most, operation.polls);
    return most;
  }

  snapshot(): JsonObject[] {
    return this.#all().map((o) => JSON.parse(JSON.stringify(o)) as JsonObject);
  }

  restore(operations: readonly Operation[]): void {
    this.#byId.clear();
    this.#running.clear();
    this.#byResource.clear();
    this.#finished.length = 0;
    this.#nextDue = Number.POSITIVE_INFINITY;
    for (const operation of operations) this.#add(operation);
  }

  #add(operation: Operation): void {
    this.#byId.set(operation.id, operation);
    this.#running.add(operation.id);
    this.#byResource.set(operation.resource.toLowerCase(), operation.id);
    this.#nextDue = Math.min(this.#nextDue, operation.until);
  }

  #close(operation: Operation, state: OperationState): Operation {
    const closed = { ...operation, state };
    this.#byId.set(operation.id, closed);
    this.#running.delete(operation.id);
    const key = operation.resource.toLowerCase();
    if (this.#byResource.get(key) === operation.id) this.#byResource.delete(key);
    this.#finished.push(operation.id);
    const oldest = this.#finished.length > remembered ? this.#finished.shift() : undefined;
    if (oldest !== undefined) this.#byId.delete(oldest);
    return closed;
  }

  #all(): Operation[] {
    const all: Operation[] = [];
    for (const id of this.#running) {
      const operation = this.#byId.get(id);
      if (operation !== undefined) all.push(operation);
    }
    return all;
  }
}
