import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { RpcHttp } from "./core-types.ts";
import { matchRoute } from "./route.ts";

/** A function with an http trigger. */
export type HttpFunction = {
  readonly route: string;
  readonly methods: readonly string[];
  /** Runs the function; undefined when it failed or returned nothing usable. */
  readonly call: (request: RpcHttp) => Promise<RpcHttp | undefined>;
};

/** What the http side of the host serves. */
export type HttpServerOptions = {
  /** 0: any free port. */
  readonly port: number;
  readonly routePrefix: string;
  readonly functions: readonly HttpFunction[];
  /** Starts a function that has no http trigger; false when there is none of that name. */
  readonly runManually: (name: string, input: string) => boolean;
};

/**
 * Serves http functions below `/<routePrefix>/` on the loopback interface, and `POST /admin/functions/<name>` with `{"input": "…"}`, which
 * starts any other function as it does in Azure. As in local runs of the real host, function keys are not asked for.
 */
export async function startHttpServer(
  options: HttpServerOptions,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    answer(request, response, options).catch((error: unknown) => response.destroy(error as Error));
  });
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpServerOptions,
): Promise<void> {
  const url = new URL(request.url ?? "/", `http://${request.headers.host ?? "localhost"}`);
  const method = request.method ?? "GET";
  const body = await readBody(request);

  if (method === "POST" && url.pathname.startsWith("/admin/functions/")) {
    const name = decodeURIComponent(url.pathname.slice("/admin/functions/".length));
    const known = options.runManually(name, manualInput(body));
    response.writeHead(known ? 202 : 404).end();
    return;
  }
  const match = findFunction(method, url.pathname, options);
  if (match === undefined) {
    response.writeHead(404).end();
    return;
  }
  const result = await match.target.call({
    method,
    url: url.href,
    headers: headersOf(request),
    query: Object.fromEntries(url.searchParams),
    params: match.params,
    body: body.length === 0 ? undefined : { bytes: body },
  });
  send(response, result);
}

function findFunction(method: string, pathname: string, options: HttpServerOptions) {
  const prefix = options.routePrefix === "" ? "/" : `/${options.routePrefix}/`;
  if (!pathname.startsWith(prefix)) return undefined;
  for (const target of options.functions) {
    const params = matchRoute(target.route, pathname.slice(prefix.length));
    if (params !== undefined && target.methods.includes(method)) return { target, params };
  }
  return undefined;
}

function send(response: ServerResponse, result: RpcHttp | undefined): void {
  if (result === undefined) {
    response.writeHead(500).end();
    return;
  }
  const bytes = result.body?.bytes ?? Buffer.from(result.body?.string ?? "");
  response.writeHead(Number(result.statusCode ?? "200"), result.headers).end(bytes);
}

function manualInput(body: Buffer): string {
  if (body.length === 0) return "";
  try {
    const { input } = JSON.parse(body.toString("utf8")) as { input?: unknown };
    return typeof input === "string" ? input : JSON.stringify(input ?? "");
  } catch {
    return ""; // The real host ignores a body that it cannot read, too.
  }
}

function headersOf(request: IncomingMessage): Readonly<Record<string, string>> {
  const entries = Object.entries(request.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(", ") : (value ?? ""),
  ]);
  return Object.fromEntries(entries);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
