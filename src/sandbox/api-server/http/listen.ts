import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createSecureServer } from "node:http2";
import type { Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { errorMessage } from "../../../core/errors.ts";
import { refuse } from "../refusal.ts";
import { type Answer, type ApiRequest, refusalAnswer } from "./exchange.ts";

/** Where to listen, and with which certificate. */
export type ListenOptions = {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
};

/** A listening server. */
export type Listener = {
  readonly port: number;
  /** Ends all watches and connections. */
  stop(): Promise<void>;
};

const largestBody = 3 * 1024 * 1024;
const keepAliveMs = 120_000;
const concurrentStreams = 250;

/** Serves `handle`: HTTP/2 and HTTP/1.1 where a certificate is given, else HTTP/1.1 without encryption. */
export async function listen(
  handle: (request: ApiRequest) => Answer,
  options: ListenOptions,
): Promise<Listener> {
  const serve = (message: IncomingMessage, response: ServerResponse): void => {
    void exchange(handle, message, response);
  };
  const server = options.tls === undefined ? plainServer(serve) : secureServer(options.tls, serve);
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : options.port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

type Serve = (message: IncomingMessage, response: ServerResponse) => void;

function plainServer(serve: Serve) {
  const server = createServer(serve);
  server.keepAliveTimeout = keepAliveMs;
  server.requestTimeout = 0;
  return server;
}

function secureServer(tls: { readonly cert: string; readonly key: string }, serve: Serve) {
  const settings = { maxConcurrentStreams: concurrentStreams };
  const server = createSecureServer({ ...tls, allowHTTP1: true, settings });
  // Requests of both protocols offer what `exchange` uses of node:http's classes.
  server.on("request", (message, response) =>
    serve(message as unknown as IncomingMessage, response as unknown as ServerResponse),
  );
  return server;
}

async function exchange(
  handle: (request: ApiRequest) => Answer,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const answer = await answerTo(handle, message);
    if (answer.kind === "watch") {
      stream(answer, response);
      return;
    }
    const { "content-type": _, ...headers } = answer.headers;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.writeHead(answer.code, {
      "content-type": answer.contentType,
      "content-length": Buffer.byteLength(answer.text),
    });
    response.end(message.method === "HEAD" ? undefined : answer.text);
  } catch (error) {
    fail(response, error);
  }
}

async function answerTo(
  handle: (request: ApiRequest) => Answer,
  message: IncomingMessage,
): Promise<Answer> {
  const body = await buffer(message);
  if (body.length > largestBody) {
    const reason = "RequestEntityTooLarge";
    return refusalAnswer(refuse(413, reason, `Request entity too large: limit is ${largestBody}`));
  }
  const url = new URL(message.url ?? "/", "http://server");
  const { headers } = message;
  return handle({
    method: message.method === "HEAD" ? "GET" : (message.method ?? "GET"),
    path: url.pathname,
    query: url.searchParams,
    accept: headers.accept ?? "",
    contentType: headers["content-type"] ?? "",
    ifNoneMatch: headers["if-none-match"] ?? "",
    userAgent: headers["user-agent"] ?? "",
    authorization: headers.authorization ?? "",
    body,
  });
}

function stream(answer: Answer & { kind: "watch" }, response: ServerResponse): void {
  response.writeHead(200, {
    "content-type": "application/json",
    "cache-control": "no-cache, private",
  });
  response.flushHeaders();
  const stop = answer.start(
    (line) => response.write(line),
    () => response.end(),
  );
  response.once("close", stop);
}

/** A bug of this server, or a client that went away while it was sending. */
function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const answer = refusalAnswer(refuse(500, "InternalError", errorMessage(error)));
  response.writeHead(answer.code, { "content-type": answer.contentType });
  response.end(answer.text);
}
