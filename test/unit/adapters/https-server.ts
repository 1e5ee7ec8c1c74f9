import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createSelfSigned } from "../../../src/sandbox/tls/self-signed.ts";

export type SeenRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
};

export type ScriptedAnswer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: unknown;
};

export type HttpsServer = {
  readonly url: string;
  readonly ca: string;
  readonly requests: readonly SeenRequest[];
  /** Connections accepted so far. */
  connections(): number;
  stop(): Promise<void>;
};

/** A server on this machine that answers by `answer`; undefined closes the connection without a word. */
export async function startHttps(
  answer: (request: SeenRequest, count: number) => ScriptedAnswer | undefined,
): Promise<HttpsServer> {
  const { cert, key } = createSelfSigned();
  const requests: SeenRequest[] = [];
  let connections = 0;
  const server = createServer({ cert, key }, (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const { method = "", url = "", headers } = incoming;
      const request = { method, url, headers, body: Buffer.concat(chunks).toString("utf8") };
      requests.push(request);
      reply(incoming, response, answer(request, requests.length));
    });
  });
  server.on("secureConnection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://localhost:${port}`,
    ca: cert,
    requests,
    connections: () => connections,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function reply(
  incoming: IncomingMessage,
  response: ServerResponse,
  answer: ScriptedAnswer | undefined,
): void {
  if (answer === undefined) {
    incoming.socket.destroy();
    return;
  }
  const { status, headers = {}, body } = answer;
  response.writeHead(status, headers);
  response.end(body === undefined || typeof body === "string" ? body : JSON.stringify(body));
}
