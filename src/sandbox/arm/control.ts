import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { Answer, ArmHandle, Fault, IncomingRequest, SettingsPatch } from "./types.ts";

type Controls = Pick<
  ArmHandle,
  | "stats"
  | "journal"
  | "inject"
  | "clearFaults"
  | "mutate"
  | "put"
  | "remove"
  | "resource"
  | "settings"
  | "set"
  | "reset"
  | "snapshot"
  | "restore"
  | "token"
>;

type Handler = (controls: Controls, query: URLSearchParams, body: JsonObject) => JsonValue;

/** `METHOD name` of every control. Bodies and answers are JSON. */
const handlers: Readonly<Record<string, Handler>> = {
  "GET stats": (arm, query) => {
    const { putPerId, firstPut, lastPut, getPerId, deletePerId, ...counts } = arm.stats();
    return json(
      query.has("full")
        ? { ...counts, putPerId, firstPut, lastPut, getPerId, deletePerId }
        : counts,
    );
  },
  "POST reset": (arm) => nothing(() => arm.reset()),
  "GET journal": (arm, query) => json(arm.journal(Number(query.get("since") ?? 0))),
  "GET log": (arm, query) => json(arm.journal(Number(query.get("since") ?? 0))),
  "GET resource": (arm, query) => arm.resource(query.get("id") ?? "") ?? null,
  "POST mutate": (arm, query, body) => arm.mutate(query.get("id") ?? "", body) ?? null,
  "POST put": (arm, _query, body) => nothing(() => arm.put(String(body["id"] ?? ""), body)),
  "POST remove": (arm, query) => arm.remove(query.get("id") ?? ""),
  "POST inject": (arm, _query, body) => nothing(() => arm.inject(body as Fault)),
  "DELETE inject": (arm) => nothing(() => arm.clearFaults()),
  "GET settings": (arm) => json(arm.settings()),
  "POST settings": (arm, _query, body) => {
    arm.set(body as SettingsPatch);
    return json(arm.settings());
  },
  "GET snapshot": (arm) => arm.snapshot(),
  "POST restore": (arm, _query, body) => nothing(() => arm.restore(body)),
  "GET token": (arm, query) => ({ token: arm.token(query.get("client_id") ?? undefined) }),
};

/**
 * The control surface, for tests in other processes and for curl: `GET /_sim/stats?full=1`, `POST /_sim/mutate?id=…` and so on.
 * undefined: the path is none of its own. A body that cannot be used is answered 400 with the reason.
 */
export function answerControl(controls: Controls, request: IncomingRequest): Answer | undefined {
  const path = request.url.pathname.replace(/^\/_sim(?=\/|$)/, "");
  const name = path.replace(/^\//, "");
  if (name === "") return { status: 200, body: Object.keys(handlers) };
  const handler = handlers[`${request.method} ${name}`];
  if (handler === undefined) return undefined;
  try {
    const body: unknown = request.text === "" ? {} : JSON.parse(request.text);
    if (!isJsonObject(body))
      return { status: 400, body: { error: "The body must be a JSON object." } };
    return { status: 200, body: handler(controls, request.url.searchParams, body) };
  } catch (error) {
    return { status: 400, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}

function nothing(effect: () => void): JsonValue {
  effect();
  return {};
}

/** A typed value as the JSON that it is. */
function json(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}
