import { randomUUID } from "node:crypto";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { answerControl } from "./control.ts";
import { createHandle } from "./create-handle.ts";
import { answerManagedIdentity } from "./entra.ts";
import { handleRequest } from "./handle-request.ts";
import { restoreSnapshot } from "./snapshot.ts";
import type { Answer, ArmHandle, ArmOptions, IncomingRequest } from "./types.ts";
import { createWorld, type World } from "./world.ts";

const identityPath = "/msi/token";

/**
 * Starts the embedded ARM: ARM, token endpoint and control surface over HTTPS on `port`; control surface and managed identity
 * also over plain HTTP on `controlPort`. Both listen on this machine only. Rejects when a port is taken.
 */
export async function startArm(options: ArmOptions): Promise<ArmHandle> {
  const { port, controlPort, tls, clock, random, restore, ...settings } = options;
  const world = createWorld(clock, random, settings);
  if (restore !== undefined) restoreSnapshot(world, restore);
  const header = random.uuid();
  const secure = https.createServer({ ...tls, keepAlive: true });
  const plain = http.createServer();
  const handle = createHandle(world, {
    header,
    identityPath,
    urls: () => ({ secure: portOf(secure), plain: portOf(plain) }),
    stop: async () => {
      await Promise.all([close(secure), close(plain)]);
    },
  });
  const side = (request: IncomingRequest): Answer | undefined =>
    request.url.pathname === identityPath
      ? answerManagedIdentity(world, request, header)
      : answerControl(handle, request);
  secure.on(
    "request",
    serve((incoming, response) => answerSecure(world, side, incoming, response)),
  );
  plain.on(
    "request",
    serve(async (incoming, response) => {
      const request = await readRequest(incoming, "http");
      send(response, side(request) ?? { status: 404, body: { error: "No such control." } });
    }),
  );
  for (const server of [secure, plain]) server.keepAliveTimeout = 120_000;
  try {
    await listen(secure, port ?? 0);
    await listen(plain, controlPort ?? 0);
  } catch (error) {
    await handle.stop();
    throw error;
  }
  return handle;
}

type Serve = (request: http.IncomingMessage, response: http.ServerResponse) => Promise<void>;

/** A request that cannot be served to its end closes its own connection and nothing else. */
function serve(
  handler: Serve,
): (request: http.IncomingMessage, response: http.ServerResponse) => void {
  return (request, response) => {
    handler(request, response).catch((error: unknown) => {
      request.socket.destroy(error instanceof Error ? error : undefined);
    });
  };
}

async function answerSecure(
  world: World,
  side: (request: IncomingRequest) => Answer | undefined,
  incoming: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const request = await readRequest(incoming, "https");
  const { pathname } = request.url;
  if (pathname === identityPath || pathname.startsWith("/_sim")) {
    send(response, side(request) ?? { status: 404, body: { error: "No such control." } });
    return;
  }
  world.statistics.enter();
  try {
    const { latencyMs } = world.settings;
    if (latencyMs > 0) await sleep(latencyMs * (0.5 + world.random.next()));
    const reply = handleRequest(world, request, request.url.origin);
    if (reply.delayMs > 0) await sleep(reply.delayMs);
    if (reply.kind === "dropped") incoming.socket.destroy();
    else send(response, reply.answer);
  } finally {
    world.statistics.leave();
  }
}

async function readRequest(
  incoming: http.IncomingMessage,
  scheme: string,
): Promise<IncomingRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return {
    method: incoming.method ?? "GET",
    url: requestUrl(incoming.url ?? "/", `${scheme}://${headers["host"] ?? "localhost"}`),
    headers,
    text: Buffer.concat(chunks).toString("utf8"),
  };
}

/** The request target as URL; `//` at its start is part of the path, not a host. */
function requestUrl(target: string, origin: string): URL {
  return new URL(`${origin}${target.startsWith("/") ? target : `/${target}`}`);
}

function send(response: http.ServerResponse, answer: Answer): void {
  const text = answer.body === undefined ? "" : JSON.stringify(answer.body);
  const length = answer.status === 204 ? {} : { "Content-Length": String(Buffer.byteLength(text)) };
  response.writeHead(answer.status, {
    "Cache-Control": "no-cache",
    "x-ms-request-id": randomUUID(),
    "x-ms-correlation-request-id": randomUUID(),
    ...(text === "" ? {} : { "Content-Type": "application/json; charset=utf-8" }),
    ...length,
    ...answer.headers,
  });
  response.end(answer.status === 204 ? undefined : text);
}

function portOf(server: http.Server | https.Server): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function listen(server: http.Server | https.Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function close(server: http.Server | https.Server): Promise<void> {
  await new Promise<void>((resolve) => {
    // Closing a server that never listened reports an error that means: it is closed.
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
