import { errorMessage } from "../../core/errors.ts";
import type { HostClock } from "./host-clock.ts";
import type { QueueSettings } from "./host-json.ts";
import type { LogLevel } from "./log-levels.ts";
import type { LeasedMessage, MessageQueue } from "./message-queue.ts";
import { decodeMessage } from "./message-text.ts";

/** What happens to the messages of one queue. */
export type MessageHandling = {
  readonly queue: MessageQueue;
  /** Absent for a queue that is a poison queue itself. */
  readonly poison: MessageQueue | undefined;
  readonly settings: QueueSettings;
  readonly clock: HostClock;
  /** Runs the function; true when it succeeded. Never rejects. */
  readonly execute: (message: LeasedMessage, body: string) => Promise<boolean>;
  readonly log: (level: LogLevel, message: string) => void;
};

/** Length of the lease on a message in process: fixed in the queue extension, whatever host.json says. */
export const leaseSeconds = 600;

/**
 * One message from lease to end: renews the lease at half time while the function runs; deletes the message when it succeeded;
 * else hides it for `visibilityTimeout`, or moves it to the poison queue when it was delivered `maxDequeueCount` times. A message
 * delivered more often than that is moved without running. A failure in a poison queue leaves the message to its lease.
 * Never rejects: what storage refuses is logged, and the message comes back after its lease.
 */
export async function processMessage(
  message: LeasedMessage,
  options: MessageHandling,
): Promise<void> {
  try {
    await handle(message, options);
  } catch (error) {
    options.log(
      "error",
      `A message of "${options.queue.name}" could not be completed and returns after its lease: ${errorMessage(error)}`,
    );
  }
}

async function handle(message: LeasedMessage, options: MessageHandling): Promise<void> {
  const { poison, settings } = options;
  const body = decodeMessage(message.text, settings.messageEncoding);
  if (
    poison !== undefined &&
    (body === undefined || message.dequeueCount > settings.maxDequeueCount)
  ) {
    return await moveToPoison(message, message.popReceipt, options);
  }
  if (body === undefined) {
    options.log("error", `A message of "${options.queue.name}" is not Base64; it is left alone.`);
    return;
  }
  const lease = keepLease(message, options);
  const succeeded = await options.execute(message, body);
  const popReceipt = await lease.end();
  if (succeeded) return await complete(message, popReceipt, options);
  if (poison === undefined) return;
  if (message.dequeueCount >= settings.maxDequeueCount) {
    return await moveToPoison(message, popReceipt, options);
  }
  await options.queue.hide(message.id, popReceipt, Math.ceil(settings.visibilityTimeoutMs / 1000));
}

async function complete(
  message: LeasedMessage,
  popReceipt: string,
  { queue, log }: MessageHandling,
): Promise<void> {
  const outcome = await queue.remove(message.id, popReceipt);
  if (outcome === "gone") {
    log(
      "debug",
      `The message ${message.id} of "${queue.name}" was changed by the function itself.`,
    );
  }
}

async function moveToPoison(
  message: LeasedMessage,
  popReceipt: string,
  { queue, poison, log, settings }: MessageHandling,
): Promise<void> {
  if (poison === undefined) return;
  log(
    "warning",
    `Message has reached MaxDequeueCount of ${settings.maxDequeueCount}. Moving message to queue '${poison.name}'.`,
  );
  await poison.send(message.text);
  await queue.remove(message.id, popReceipt);
}

/** Renews the lease until `end`, which gives the pop receipt that is valid then. */
function keepLease(message: LeasedMessage, { queue, clock, log }: MessageHandling) {
  const ended = new AbortController();
  let popReceipt = message.popReceipt;
  const renew = async () => {
    for (;;) {
      await clock.wait((leaseSeconds * 1000) / 2, ended.signal);
      if (ended.signal.aborted) return;
      try {
        popReceipt = await queue.hide(message.id, popReceipt, leaseSeconds);
      } catch (error) {
        log(
          "warning",
          `The lease of message ${message.id} was not renewed: ${errorMessage(error)}`,
        );
      }
    }
  };
  const renewing = renew();
  return {
    async end(): Promise<string> {
      ended.abort();
      await renewing;
      return popReceipt;
    },
  };
}
