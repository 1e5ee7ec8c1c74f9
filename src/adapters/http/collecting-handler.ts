import type { Dispatcher } from "undici";
import { type HttpFailure, toHttpFailure } from "./failure.ts";
import { type CollectedResponse, joinHeaders } from "./http-head.ts";

type Outcome = CollectedResponse | ({ readonly kind: "failed" } & HttpFailure);

/**
 * Collects one answer up to a size. Unlike undici's own `request` it knows whether the request was begun to be written,
 * which decides if a write to ARM may have happened.
 */
export class CollectingHandler implements Dispatcher.DispatchHandler {
  readonly done: Promise<Outcome>;
  readonly #signal: AbortSignal;
  readonly #maxBytes: number;
  readonly #settle: (outcome: Outcome) => void;
  readonly #chunks: Buffer[] = [];
  readonly #onAbort: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #size = 0;
  #sent = false;
  #status = 0;
  #headers: Record<string, string> = {};

  constructor(signal: AbortSignal, maxBytes: number) {
    this.#signal = signal;
    this.#maxBytes = maxBytes;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.done = promise;
    this.#settle = resolve;
    this.#onAbort = () => this.#abort();
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** The request could not even be queued. */
  refuse(error: unknown): void {
    this.#finish({ kind: "failed", ...toHttpFailure(error, false) });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#signal.aborted) {
      controller.abort(abortError());
      return;
    }
    this.#sent = true;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status;
    this.#headers = joinHeaders(headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#maxBytes) {
      const error = new Error(`the answer is larger than ${this.#maxBytes} bytes`);
      controller.abort(Object.assign(error, { code: "UND_ERR_RES_EXCEEDED_MAX_SIZE" }));
      return;
    }
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#finish({
      kind: "response",
      status: this.#status,
      headers: this.#headers,
      body: Buffer.concat(this.#chunks),
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#finish({ kind: "failed", ...toHttpFailure(error, this.#sent) });
  }

  #abort(): void {
    // While it waits for a connection there is no controller: onRequestStart then gives up before a byte is written.
    this.#controller?.abort(abortError());
    this.#finish({ kind: "failed", ...toHttpFailure(abortError(), this.#sent) });
  }

  #finish(outcome: Outcome): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#settle(outcome);
  }
}

function abortError(): Error {
  return new DOMException("the request was aborted", "AbortError");
}
