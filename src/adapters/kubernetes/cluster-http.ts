import type { JsonObject } from "../../core/json.ts";
import type { Clock } from "../../ports/clock.ts";
import { withClientSpan } from "../http/client-span.ts";
import {
  HttpConnections,
  type HttpRequest,
  type HttpResult,
  type HttpStream,
} from "../http/connections.ts";
import type { ClusterConnection, ConnectionSource } from "./cluster-connection.ts";
import {
  answered,
  isRbacRefusal,
  type Purpose,
  parseJson,
  readStatus,
  retryAfterMs,
  unauthorized,
  unreachable,
} from "./cluster-errors.ts";

/** Watches that may be open at once (design.md section 2). */
const maxWatches = 60;
/** An etcd object is at most 1.5 MB; a page of 500 metadata objects stays below this. */
const maxBytes = 64 * 1024 * 1024;
/** A credential that was just read again is not read once more for every request that fails. */
const rebuildPauseMs = 10_000;

/** One request to an API server. `path` holds the query too. */
export type ClusterRequest = {
  readonly method: HttpRequest["method"];
  readonly path: string;
  /** What is done to what, for messages and span names: `GET resourcegroups`. */
  readonly action: string;
  readonly accept?: string;
  readonly body?: JsonObject;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly gzip?: boolean;
  readonly signal: AbortSignal;
};

/** What an API server answered, whatever the status. Names of headers are lower-case. */
export type ClusterResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
};

type Session = {
  readonly connection: ClusterConnection;
  readonly host: string;
  readonly prefix: string;
  readonly requests: HttpConnections;
  readonly watches: HttpConnections;
};

/** What the transport of one cluster is constructed with. */
export type ClusterHttpOptions = {
  readonly cluster: string;
  readonly connect: ConnectionSource;
  readonly clock: Clock;
  readonly userAgent: string;
};

/**
 * Requests to one API server over one pooled connection set (watches on their own, so that they cannot starve requests).
 * After a 401 or a certificate that was not accepted, the credential and the certificate authority are read again and the request repeated
 * once, at most every ten seconds. A request that met a broken kept-alive connection is repeated once,
 * unless it is a POST. No answer and RBAC refusals throw OperatorError; every other status is returned.
 */
export class ClusterHttp {
  readonly #options: ClusterHttpOptions;
  #session: Promise<Session> | undefined;
  #rebuiltAt = Number.NEGATIVE_INFINITY;
  #opened = 0;

  constructor(options: ClusterHttpOptions) {
    this.#options = options;
  }

  get cluster(): string {
    return this.#options.cluster;
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  /** Sends a request. Throws OperatorError `ClusterUnreachable` or `ClusterUnauthorized`. */
  async request(request: ClusterRequest): Promise<ClusterResponse> {
    let session = await this.#current();
    let response = await this.#sendOnce(session, request);
    if (isOutdated(response) && this.#mayRebuild()) {
      session = await this.#rebuild(session);
      response = await this.#sendOnce(session, request);
    }
    if (response.kind === "failed") {
      throw unreachable(this.#purpose(session, request.action), response);
    }
    this.#refuseUnauthorized(session, request.action, response);
    return response;
  }

  /** Sends a request that must succeed, and returns its object. Throws `ClusterAnswered` for any other status than 2xx. */
  async requireObject(request: ClusterRequest): Promise<JsonObject> {
    const response = await this.request(request);
    return this.objectOf(response, request.action);
  }

  /** The object in a 2xx answer; throws `ClusterAnswered` for everything else. */
  objectOf(response: ClusterResponse, action: string): JsonObject {
    if (response.status >= 200 && response.status < 300) {
      const object = parseJson(response.text);
      if (object !== undefined) {
        return object;
      }
    }
    throw this.answered(response, action);
  }

  /** The error for a status there is no rule for. */
  answered(response: ClusterResponse, action: string, told?: string): Error {
    const message = told ?? readStatus(response.text).message;
    const pause = retryAfterMs(response.headers["retry-after"], this.#options.clock.now());
    return answered(this.#purpose(undefined, action), response.status, message, pause);
  }

  /** Opens a stream (a watch), with the same second try as a request. An aborted one is returned as failed. Throws `ClusterUnreachable`. */
  async stream(request: ClusterRequest): Promise<HttpStream> {
    let session = await this.#current();
    let stream = await session.watches.stream(await this.#toHttp(session, request));
    if (isOutdated(stream) && this.#mayRebuild()) {
      session = await this.#rebuild(session);
      stream = await session.watches.stream(await this.#toHttp(session, request));
    }
    if (stream.kind === "failed" && stream.cause !== "aborted") {
      throw unreachable(this.#purpose(session, request.action), stream);
    }
    return stream;
  }

  /** Drops the connection set, so that the next request asks where and how to connect. What is under way ends by itself. */
  async reconnect(): Promise<void> {
    const session = this.#session;
    // One that could not be opened is not kept anyway.
    const open = await session?.catch(() => undefined);
    if (open !== undefined && this.#session === session) this.#retire(open);
  }

  /** How many connections were opened since the start: a measure for tests and load runs. */
  async connectionsOpened(): Promise<number> {
    const session = await this.#current();
    return this.#opened + session.requests.opened + session.watches.opened;
  }

  /** Breaks all connections. The next request opens new ones. */
  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) {
      const { requests, watches } = await session;
      await Promise.all([requests.close(), watches.close()]);
    }
  }

  /** Throws when a status says that the credential or its rights were refused. */
  refuseUnauthorized(action: string, response: ClusterResponse): void {
    this.#refuseUnauthorized(undefined, action, response);
  }

  #refuseUnauthorized(
    session: Session | undefined,
    action: string,
    response: ClusterResponse,
  ): void {
    if (response.status !== 401 && response.status !== 403) {
      return;
    }
    const status = readStatus(response.text);
    if (response.status === 401 || isRbacRefusal(status)) {
      throw unauthorized(this.#purpose(session, action), response.status, status.message);
    }
  }

  async #sendOnce(session: Session, request: ClusterRequest): Promise<HttpResult> {
    const http = await this.#toHttp(session, request);
    const span = { name: request.action, method: request.method, url: http.path };
    return await withClientSpan(
      { ...span, attributes: { "aso_functions.cluster": this.#options.cluster } },
      async () => {
        const first = await session.requests.send(http, maxBytes);
        const again = first.kind === "failed" && first.cause === "reset";
        return again && request.method !== "POST"
          ? await session.requests.send(http, maxBytes)
          : first;
      },
      statusOf,
    );
  }

  async #toHttp(session: Session, request: ClusterRequest): Promise<HttpRequest> {
    const headers: Record<string, string> = {
      accept: request.accept ?? "application/json",
      "user-agent": this.#options.userAgent,
      ...(request.gzip === true ? { "accept-encoding": "gzip" } : {}),
      ...request.headers,
      ...(await session.connection.authorize(request.signal)),
    };
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    if (body !== undefined) {
      headers["content-type"] = request.contentType ?? "application/json";
    }
    return {
      method: request.method,
      path: `${session.prefix}${request.path}`,
      headers,
      ...(body === undefined ? {} : { body }),
      signal: request.signal,
    };
  }

  #current(): Promise<Session> {
    this.#session ??= this.#open();
    return this.#session;
  }

  async #open(): Promise<Session> {
    try {
      const connection = await this.#options.connect();
      const { protocol, host, pathname } = new URL(connection.server);
      const origin = `${protocol}//${host}`;
      const shared = { tls: connection.tls, allowH2: true, headersTimeoutMs: 30_000 };
      return {
        connection,
        host,
        prefix: pathname.replace(/\/+$/, ""),
        requests: new HttpConnections(origin, {
          ...shared,
          maxConnections: 8,
          bodyTimeoutMs: 60_000,
        }),
        watches: new HttpConnections(origin, {
          ...shared,
          maxConnections: maxWatches,
          bodyTimeoutMs: 0,
        }),
      };
    } catch (error) {
      // The next call tries again: a setting may be mended while the process lives.
      this.#session = undefined;
      throw error;
    }
  }

  #mayRebuild(): boolean {
    return this.#options.clock.now() - this.#rebuiltAt >= rebuildPauseMs;
  }

  async #rebuild(refused: Session): Promise<Session> {
    if ((await this.#current()) === refused) {
      this.#rebuiltAt = this.#options.clock.now();
      this.#retire(refused);
    }
    return this.#current();
  }

  #retire(session: Session): void {
    this.#opened += session.requests.opened + session.watches.opened;
    this.#session = undefined;
    // Requests that still run on the old connections may end by themselves.
    void session.requests.drain();
    void session.watches.drain();
  }

  #purpose(session: Session | undefined, action: string): Purpose {
    return { cluster: this.#options.cluster, host: session?.host ?? "its API server", action };
  }
}

/** The server does not know our credential any more, or we do not know its certificate: both are renewed where they come from. */
function isOutdated(result: HttpResult | HttpStream): boolean {
  return result.kind === "failed" ? result.cause === "certificate" : result.status === 401;
}

function statusOf(result: HttpResult): number | undefined {
  return result.kind === "response" ? result.status : undefined;
}
