import type { RpcData } from "./core-types.ts";
import type { QueueSettings } from "./host-json.ts";
import type { LeasedMessage } from "./message-queue.ts";

type Encoding = QueueSettings["messageEncoding"];

/** The text to store for a message. */
export function encodeMessage(body: string, encoding: Encoding): string {
  return encoding === "base64" ? Buffer.from(body, "utf8").toString("base64") : body;
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** What was stored as text again; undefined when it is not Base64 although host.json says so. */
export function decodeMessage(text: string, encoding: Encoding): string | undefined {
  if (encoding === "none") return text;
  if (text.length % 4 !== 0 || !base64.test(text)) return undefined;
  return Buffer.from(text, "base64").toString("utf8");
}

/**
 * Trigger metadata of a queue message. As in the host, top-level properties of a JSON body that are no lists hide the message's
 * own (compared without regard to case), which is why payload fields must not be named `id` or `dequeueCount`.
 */
export function queueMetadata(
  message: Omit<LeasedMessage, "text">,
  body: string,
): Readonly<Record<string, RpcData>> {
  const metadata = new Map<string, [string, RpcData]>();
  const put = (name: string, value: RpcData) => metadata.set(name.toLowerCase(), [name, value]);
  put("QueueTrigger", { string: body });
  put("DequeueCount", { json: String(message.dequeueCount) });
  put("ExpirationTime", { json: JSON.stringify(message.expires) });
  put("Id", { string: message.id });
  put("InsertionTime", { json: JSON.stringify(message.inserted) });
  put("NextVisibleTime", { json: JSON.stringify(message.nextVisible) });
  put("PopReceipt", { string: message.popReceipt });
  for (const [name, value] of Object.entries(jsonFields(body))) {
    if (Array.isArray(value)) continue;
    put(name, typeof value === "string" ? { string: value } : { json: JSON.stringify(value) });
  }
  return Object.fromEntries(metadata.values());
}

function jsonFields(body: string): object {
  if (!body.trimStart().startsWith("{")) return {};
  try {
    return JSON.parse(body) as object;
  } catch {
    return {}; // Not JSON after all: then it has no properties to bind.
  }
}

/**
 * The messages that a value of a queue output stands for: one per element of a list (also of a text that is a JSON list), else
 * one; objects as indented JSON. None for an absent value.
 */
export function outputMessages(data: RpcData | null | undefined): readonly string[] {
  if (data === null || data === undefined) return [];
  if (typeof data.json === "string") return elements(JSON.parse(data.json));
  if (typeof data.string === "string") {
    const text = data.string;
    return text.trimStart().startsWith("[") ? listOrText(text) : [text];
  }
  if (data.bytes) return [Buffer.from(data.bytes).toString("utf8")];
  const number = data.int ?? data.double;
  return typeof number === "number" ? [String(number)] : [];
}

function listOrText(text: string): readonly string[] {
  try {
    return elements(JSON.parse(text));
  } catch {
    return [text]; // A text that only begins like a list.
  }
}

function elements(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item) => (typeof item === "string" ? item : JSON.stringify(item, null, 2)));
}
