import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { type Dispatcher, Pool } from "undici";
import { CollectingHandler } from "./collecting-handler.ts";
import { type HttpFailure, toHttpFailure } from "./failure.ts";
import { type CollectedResponse, type HttpHead, joinHeaders } from "./http-head.ts";

const inflate = promisify(gunzip);

/** What `tls.connect` needs for one server. Absent `ca`: Node's roots and NODE_EXTRA_CA_CERTS. */
export type TlsOptions = {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
};

/** How the connections to one server are made and how long it may be silent. */
export type ConnectionOptions = {
  readonly tls?: TlsOptions;
  /** Most sockets to the server. With HTTP/2 one or two are opened. */
  readonly maxConnections: number;
  readonly allowH2: boolean;
  /** How long the server may take to begin its answer, ms. */
  readonly headersTimeoutMs: number;
  /** Longest pause within an answer, ms; 0 for streams that may be silent. */
  readonly bodyTimeoutMs: number;
};

/** One request to the server of the pool. The `signal` ends it at any point, the reading of the body included. */
export type HttpRequest = {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "PATCH" | "DELETE";
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
};

/** A whole response, whatever its status, or why there is none. */
export type HttpResult =
  | ({ readonly kind: "response"; readonly text: string } & HttpHead)
  | ({ readonly kind: "failed" } & HttpFailure);

/** A response whose body is read as it arrives, or why there is none. The body throws when the connection breaks. */
export type HttpStream =
  | ({ readonly kind: "response"; readonly body: AsyncIterable<Buffer> } & HttpHead)
  | ({ readonly kind: "failed" } & HttpFailure);

/**
 * The pooled, kept-alive connections to one server. Never retries, never follows a redirect, never throws for what the network does:
 * a failure is a value that says whether the request had left.
 */
export class HttpConnections {
  readonly #pool: Pool;
  #opened = 0;

  constructor(origin: string, options: ConnectionOptions) {
    this.#pool = new Pool(origin, {
      connections: options.maxConnections,
      allowH2: options.allowH2,
      headersTimeout: options.headersTimeoutMs,
      bodyTimeout: options.bodyTimeoutMs,
      keepAliveTimeout: 60_000,
      // 30 s of TCP keep-alive is below the idle time-out of the usual load balancers.
      connect: { ...options.tls, timeout: 10_000, keepAlive: true, keepAliveInitialDelay: 30_000 },
    });
    this.#pool.on("connect", () => {
      this.#opened += 1;
    });
  }

  /** How many connections were opened so far: a measure for tests and load runs. */
  get opened(): number {
    return this.#opened;
  }

  /** One request, the whole answer as text, at most `maxBytes` before and after decompression. */
  async send(request: HttpRequest, maxBytes: number): Promise<HttpResult> {
    const handler = new CollectingHandler(request.signal, maxBytes);
    if (request.signal.aborted) {
      return {
        kind: "failed",
        sent: false,
        cause: "aborted",
        code: "ABORT_ERR",
        message: "aborted before it was sent",
      };
    }
    try {
      this.#pool.dispatch(dispatchOptions(request), handler);
    } catch (error) {
      handler.refuse(error);
    }
    const result = await handler.done;
    if (result.kind === "failed") {
      return result;
    }
    return decode(result, maxBytes);
  }

  /** Begins a request whose answer is read piece by piece; the caller ends it by `signal` or by leaving the loop. */
  async stream(request: HttpRequest): Promise<HttpStream> {
    try {
      const answer = await this.#pool.request({
        ...dispatchOptions(request),
        signal: request.signal,
      });
      return {
        kind: "response",
        status: answer.statusCode,
        headers: joinHeaders(answer.headers),
        body: answer.body,
      };
    } catch (error) {
      return { kind: "failed", ...toHttpFailure(error, true) };
    }
  }

  /** Takes no new requests, and closes when the running ones have ended. */
  async drain(): Promise<void> {
    await this.#pool.close();
  }

  /** Closes idle connections and breaks running requests. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

function dispatchOptions(request: HttpRequest): Dispatcher.DispatchOptions {
  return {
    method: request.method,
    path: request.path,
    headers: { ...request.headers },
    body: request.body ?? null,
  };
}

async function decode(response: CollectedResponse, maxBytes: number): Promise<HttpResult> {
  const { status, headers } = response;
  if (headers["content-encoding"] !== "gzip" || response.body.length === 0) {
    return { kind: "response", status, headers, text: response.body.toString("utf8") };
  }
  try {
    const plain = await inflate(response.body, { maxOutputLength: maxBytes });
    return { kind: "response", status, headers, text: plain.toString("utf8") };
  } catch (error) {
    return { kind: "failed", ...toHttpFailure(error, true) };
  }
}
