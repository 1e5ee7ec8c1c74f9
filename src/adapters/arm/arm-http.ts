import {
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
  type Pipeline,
} from "@azure/core-rest-pipeline";
import { OperatorError } from "../../core/errors.ts";
import type { ArmCredential } from "../../core/resource/credential.ts";
import type { Arm, ArmAnswer, ArmRequest } from "../../ports/arm.ts";
import type { Tokens } from "../../ports/tokens.ts";
import { withClientSpan } from "../http/client-span.ts";
import { HttpConnections, type HttpResult } from "../http/connections.ts";
import type { FailureCause } from "../http/failure.ts";
import { ArmMetrics } from "./arm-metrics.ts";
import { armPipeline } from "./arm-pipeline.ts";
import { type ArmHosts, resolveTarget, resourceTypeOf } from "./arm-target.ts";

const maxConnections = 64;
/** ARM ends its own requests after about a minute. */
const headersTimeoutMs = 90_000;
/** A page of a list may be several MB; nothing legitimate is larger than this. */
const maxBytes = 64 * 1024 * 1024;

/** What the ARM adapter is constructed with. */
export type ArmHttpOptions = {
  readonly tokens: Tokens;
  /** The configured cloud's ARM endpoint; without it credentials may only name Microsoft's clouds and `allowedHosts`. */
  readonly cloudEndpoint?: string;
  /** Hosts (`host` or `host:port`) beside each credential's own endpoint that may receive its token. */
  readonly allowedHosts: readonly string[];
  /** Version of the controller, for the User-Agent. */
  readonly version: string;
  /** PEM of further certificate authorities; by default Node's roots and NODE_EXTRA_CA_CERTS. */
  readonly ca?: string;
};

const problems: Readonly<Record<FailureCause, string>> = {
  dns: "its name could not be resolved",
  refused: "the connection was refused",
  timeout: "it did not answer in time",
  certificate: "its certificate was not accepted",
  reset: "the connection broke",
  tooLarge: "its answer is too large",
  aborted: "the time for this call was over",
  other: "the request failed",
};

/** Azure Resource Manager over HTTPS: one request per call, over kept connections, HTTP/1.1 only as ASO does. */
export class ArmHttp implements Arm {
  readonly #options: ArmHttpOptions;
  readonly #metrics = new ArmMetrics();
  readonly #pipelines = new Map<string, Pipeline>();
  readonly #connections = new Map<string, HttpConnections>();

  readonly #hosts: ArmHosts;

  constructor(options: ArmHttpOptions) {
    this.#options = options;
    const { cloudEndpoint = "", allowedHosts } = options;
    this.#hosts = { cloudEndpoint, allowedHosts };
  }

  async send(
    request: ArmRequest,
    credential: ArmCredential,
    signal: AbortSignal,
  ): Promise<ArmAnswer> {
    const target = resolveTarget(request.url, credential, this.#hosts);
    if (target.kind === "refused") {
      return unsent(`The ${request.method} was not sent: ${target.problem}.`);
    }
    if (signal.aborted) {
      return unsent(`The ${request.method} was not sent: ${problems.aborted}.`);
    }
    const headers = await this.#authorize(credential, signal);
    if (typeof headers === "string") {
      return unsent(headers);
    }
    const type = resourceTypeOf(target.url.pathname);
    const started = performance.now();
    const answer = await withClientSpan(
      {
        name: `${request.method} ${type ?? "azure"}`,
        method: request.method,
        url: target.url.href,
        attributes: { "server.address": target.url.hostname },
      },
      () => this.#exchange(request, target.url, credential.cloud.endpoint, headers, signal),
      (result) => (result.kind === "response" ? result.status : undefined),
    );
    this.#metrics.record(type, request.method, answer, performance.now() - started);
    return answer;
  }

  /** How many connections were opened since the start: a measure for tests and load runs. */
  get connectionsOpened(): number {
    return [...this.#connections.values()].reduce((sum, pool) => sum + pool.opened, 0);
  }

  /** Breaks all connections. */
  async close(): Promise<void> {
    const open = [...this.#connections.values()];
    this.#connections.clear();
    await Promise.all(open.map((pool) => pool.close()));
  }

  /** Authenticating headers, or the text of why there is no token. */
  async #authorize(
    credential: ArmCredential,
    signal: AbortSignal,
  ): Promise<Record<string, string> | string> {
    try {
      const { token, auxiliary } = await this.#options.tokens.armTokens(credential, signal);
      const others = auxiliary.map((other) => `Bearer ${other.reveal()}`).join(", ");
      return {
        authorization: `Bearer ${token.reveal()}`,
        ...(others === "" ? {} : { "x-ms-authorization-auxiliary": others }),
      };
    } catch (error) {
      if (error instanceof OperatorError) {
        return error.message;
      }
      throw error;
    }
  }

  async #exchange(
    request: ArmRequest,
    url: URL,
    endpoint: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<ArmAnswer> {
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const pipelineRequest = createPipelineRequest({
      url: url.href,
      method: request.method,
      headers: createHttpHeaders({
        accept: "application/json",
        "accept-encoding": "gzip",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      }),
      ...(body === undefined ? {} : { body }),
    });
    const transport = this.#transport(url, body, signal);
    await this.#pipeline(endpoint).sendRequest(transport.client, pipelineRequest);
    return toAnswer(transport.result(), url.host);
  }

  /** A pipeline transport for one request, which keeps the result beside the response: a failure is no exception here. */
  #transport(
    url: URL,
    body: string | undefined,
    signal: AbortSignal,
  ): { readonly client: HttpClient; result(): HttpResult } {
    let result: HttpResult | undefined;
    const connections = this.#connectionsTo(url.origin);
    return {
      client: {
        async sendRequest(request) {
          result = await connections.send(
            {
              method: request.method as ArmRequest["method"],
              path: `${url.pathname}${url.search}`,
              headers: request.headers.toJSON(),
              ...(body === undefined ? {} : { body }),
              signal,
            },
            maxBytes,
          );
          const status = result.kind === "response" ? result.status : 0;
          return { request, status, headers: createHttpHeaders() };
        },
      },
      result() {
        if (result === undefined) {
          throw new OperatorError("Bug", "The ARM pipeline answered without a request.");
        }
        return result;
      },
    };
  }

  #pipeline(endpoint: string): Pipeline {
    const known = this.#pipelines.get(endpoint);
    const pipeline = known ?? armPipeline(endpoint, `aso-functions/${this.#options.version}`);
    this.#pipelines.set(endpoint, pipeline);
    return pipeline;
  }

  #connectionsTo(origin: string): HttpConnections {
    const { ca } = this.#options;
    const connections =
      this.#connections.get(origin) ??
      new HttpConnections(origin, {
        ...(ca === undefined ? {} : { tls: { ca } }),
        maxConnections,
        allowH2: false,
        headersTimeoutMs,
        bodyTimeoutMs: headersTimeoutMs,
      });
    this.#connections.set(origin, connections);
    return connections;
  }
}

function toAnswer(result: HttpResult, host: string): ArmAnswer {
  if (result.kind === "response") {
    const { status, headers, text } = result;
    return { kind: "response", status, headers, text };
  }
  const detail = result.cause === "aborted" ? "" : ` (${result.message})`;
  return {
    kind: "unanswered",
    sent: result.sent,
    message: `No answer from ${host}: ${problems[result.cause]}${detail}.`,
  };
}

function unsent(message: string): ArmAnswer {
  return { kind: "unanswered", sent: false, message };
}
