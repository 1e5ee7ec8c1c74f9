import { Agent, type RequestOptions, request } from "node:https";
import { text } from "node:stream/consumers";

/** An answer of the API server. */
export type ApiAnswer = {
  readonly status: number;
  /** Parsed JSON, or the text when it is none. */
  readonly body: unknown;
};

export type ApiRequest = {
  readonly body?: unknown;
  /** Bearer token; the administrator's when left out, none when empty. */
  readonly token?: string;
  /** @default application/json, or application/merge-patch+json for PATCH */
  readonly contentType?: string;
  readonly accept?: string;
};

/** Plain requests to the API server, for arranging and checking in tests. */
export interface ApiClient {
  send(method: string, path: string, options?: ApiRequest): Promise<ApiAnswer>;
  /** As `send`, but throws for any status of 400 and above. */
  must(method: string, path: string, options?: ApiRequest): Promise<unknown>;
  close(): void;
}

/** A client that trusts `ca` (PEM) alone and keeps its connections. */
export function createApiClient(server: {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
}): ApiClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 16, ca: server.ca });
  const send = async (method: string, path: string, options: ApiRequest = {}) => {
    const content = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const token = options.token ?? server.token;
    return await exchange(
      new URL(path, server.url),
      {
        method,
        agent,
        headers: {
          accept: options.accept ?? "application/json",
          "content-type": options.contentType ?? content,
          ...(token !== "" && { authorization: `Bearer ${token}` }),
        },
      },
      options.body,
    );
  };
  return {
    send,
    async must(method, path, options) {
      const { status, body } = await send(method, path, options);
      if (status < 400) return body;
      throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`);
    },
    close: () => agent.destroy(),
  };
}

async function exchange(url: URL, options: RequestOptions, body: unknown): Promise<ApiAnswer> {
  const payload = Buffer.from(body === undefined ? "" : JSON.stringify(body));
  // Node itself tells no length for DELETE, and the server takes the body for the next request.
  const headers = { ...options.headers, "content-length": payload.length };
  const outgoing = request(url, { ...options, headers });
  const answer = new Promise<ApiAnswer>((resolve, reject) => {
    outgoing.once("error", reject);
    outgoing.once("response", (incoming) => {
      text(incoming).then(
        (content) => resolve({ status: incoming.statusCode ?? 0, body: parse(content) }),
        reject,
      );
    });
  });
  outgoing.end(payload);
  return await answer;
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return content; // Health checks answer in plain text.
  }
}
