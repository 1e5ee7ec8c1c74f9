import { type Attributes, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";

/** What a span of an outgoing request says; never a query beyond `api-version`, never a body or a header. */
export type RequestSpan = {
  /** Low cardinality: method and resource type or route. */
  readonly name: string;
  readonly method: string;
  readonly url: string;
  readonly attributes?: Attributes;
};

/**
 * Runs one outgoing request inside a CLIENT span. `statusOf` reads the HTTP status of the result; undefined (no answer) and 5xx mark the span as failed.
 * A no-op unless telemetry was started.
 */
export async function withClientSpan<T>(
  request: RequestSpan,
  run: () => Promise<T>,
  statusOf: (result: T) => number | undefined,
): Promise<T> {
  const tracer = trace.getTracer("aso-functions");
  const attributes: Attributes = {
    "http.request.method": request.method,
    "url.full": withoutSecrets(request.url),
    ...request.attributes,
  };
  return tracer.startActiveSpan(
    request.name,
    { kind: SpanKind.CLIENT, attributes },
    async (span) => {
      try {
        const result = await run();
        mark(span, statusOf(result));
        return result;
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    },
  );
}

function mark(span: Span, status: number | undefined): void {
  if (status !== undefined) {
    span.setAttribute("http.response.status_code", status);
  }
  if (status === undefined || status >= 500) {
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
}

/** The URL without its query, except `api-version`: operation URLs carry tokens in the query. */
export function withoutSecrets(url: string): string {
  const [address = "", query = ""] = url.split("?", 2);
  const version = new URLSearchParams(query).get("api-version");
  return version === null ? address : `${address}?api-version=${version}`;
}
