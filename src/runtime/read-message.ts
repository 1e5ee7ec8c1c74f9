import * as z from "zod";
import { OperatorError } from "../core/errors.ts";
import type { ScanMessage, WakeMessage } from "../ports/work-queue.ts";

const name = z.string().min(1).max(253);

const wakeMessage = z.strictObject({
  v: z.literal(1),
  cluster: name,
  group: name,
  kind: name,
  namespace: name,
  name,
  uid: z.string(),
  wake: z.number().int().nonnegative(),
  traceparent: z.string(),
});

const scanMessage = z.strictObject({ v: z.literal(1), cluster: name, traceparent: z.string() });

/** A queue message as one of ours. Throws OperatorError `MessageForeign`: it goes to the poison queue and disturbs nothing. */
export function readWakeMessage(message: unknown): WakeMessage {
  return parse(wakeMessage, message, "a wake-up of a resource");
}

/** See {@link readWakeMessage}. */
export function readScanMessage(message: unknown): ScanMessage {
  return parse(scanMessage, message, "a scan of a cluster");
}

function parse<T>(schema: z.ZodType<T>, message: unknown, what: string): T {
  const parsed = schema.safeParse(message);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => issue.path.join(".") || issue.code).join(", ");
  throw new OperatorError(
    "MessageForeign",
    `A queue message is not ${what} (${where}). Nobody but this app may write to its queues.`,
  );
}
