import type { Log } from "../ports/log.ts";

/** One call of one function by the Functions host. */
export type Invocation = {
  readonly log: Log;
  /** The host's invocation id. */
  readonly id: string;
  readonly functionName: string;
};

/** The three queues that have a poison queue of their own. */
export type QueueRole = "scan" | "reconcile" | "operation";

/** An HTTP answer as the trigger passes it on. */
export type HttpAnswer = {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
};

/**
 * What the functions call: one method per trigger. Messages arrive as the host parsed them and are not trusted.
 * A method that rejects makes the host count the invocation as failed: the message comes back, a timer waits for its next tick.
 */
export interface Runtime {
  /** Starts a scan of every registered cluster whose chain of scans is not running. */
  watch(invocation: Invocation): Promise<void>;
  /** Compares one cluster with the ledger. */
  scan(message: unknown, invocation: Invocation): Promise<void>;
  /** Takes one custom resource a bounded step further. */
  reconcile(message: unknown, invocation: Invocation): Promise<void>;
  /** Looks after a running ARM operation of one custom resource. */
  operation(message: unknown, invocation: Invocation): Promise<void>;
  /** Turns rows that are due into messages. */
  sweep(invocation: Invocation): Promise<void>;
  /** Deals with a message that failed too often. Never rejects for an expected reason. */
  poison(queue: QueueRole, message: unknown, invocation: Invocation): Promise<void>;
  /** Sends what telemetry has buffered; the process is about to end. */
  close(): Promise<void>;
  /** State of the fleet; `accept` is the request's Accept header, empty when there is none. */
  fleet(accept: string, invocation: Invocation): Promise<HttpAnswer>;
  /** Carries out a command of an operator; 400 with `error` when it was refused. `body` is the request's text. */
  command(body: string, invocation: Invocation): Promise<HttpAnswer>;
}
