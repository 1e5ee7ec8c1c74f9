import type { JsonValue } from "../../../core/json.ts";
import type { Refusal } from "../refusal.ts";

/** A request as the handlers see it: no sockets. */
export type ApiRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly accept: string;
  readonly contentType: string;
  readonly ifNoneMatch: string;
  readonly userAgent: string;
  /** The value of the Authorization header. */
  readonly authorization: string;
  /** The body as it came; empty when there is none. */
  readonly body: Uint8Array;
};

/** The user of a request, from its token. */
export type User = { readonly user: string; readonly groups: readonly string[] };

/** A watch that has not begun. `start` sends whole events as text and calls `end` when it is over; it returns the way to stop it early. */
export type WatchAnswer = {
  readonly kind: "watch";
  start(send: (line: string) => void, end: () => void): () => void;
};

/** A whole answer; `code` is the HTTP status. */
export type BodyAnswer = {
  readonly kind: "body";
  readonly code: number;
  readonly contentType: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
};

/** What a handler answers. */
export type Answer = BodyAnswer | WatchAnswer;

/** A JSON answer. */
export function jsonAnswer(
  code: number,
  value: JsonValue,
  headers: BodyAnswer["headers"] = {},
): BodyAnswer {
  return {
    kind: "body",
    code,
    contentType: "application/json",
    text: JSON.stringify(value),
    headers: { "cache-control": "no-cache, private", ...headers },
  };
}

/** A refusal as the `Status` that clients expect, its warnings as headers. */
export function refusalAnswer(refusal: Refusal): BodyAnswer {
  return jsonAnswer(refusal.code, refusal.status, warningHeaders(refusal.warnings ?? []));
}

/** An answer in plain text, as the health endpoints give it. */
export function textAnswer(code: number, text: string): BodyAnswer {
  return { kind: "body", code, contentType: "text/plain; charset=utf-8", text, headers: {} };
}

/** `Warning` headers, as kubectl prints them. */
export function warningHeaders(warnings: readonly string[]): BodyAnswer["headers"] {
  if (warnings.length === 0) return {};
  return { warning: warnings.map((warning) => `299 - ${JSON.stringify(warning)}`) };
}
