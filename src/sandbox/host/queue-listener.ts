import { errorMessage } from "../../core/errors.ts";
import { createBackOff } from "./back-off.ts";
import type { LeasedMessage } from "./message-queue.ts";
import { leaseSeconds, type MessageHandling, processMessage } from "./process-message.ts";

/** What a queue trigger is started with; `random` gives numbers from 0 to 1. */
export type QueueListenerOptions = MessageHandling & { readonly random: () => number };

/** Feeds the messages of one queue to one function. */
export interface QueueListener {
  /** Ends the current pause: an output binding of this host has written to the queue. */
  wake(): void;
  /** Fetches no more messages. Those being processed go on; see {@link QueueListener.idle}. */
  stop(): Promise<void>;
  /** Resolves when no message is being processed. */
  idle(): Promise<void>;
}

/**
 * Polls a queue as the extension does: up to `batchSize` messages at a time, the next fetch when no more than `newBatchThreshold`
 * are in process, pauses with randomised exponential back-off while it is empty.
 */
export function startQueueListener(options: QueueListenerOptions): QueueListener {
  const { queue, settings, clock, log } = options;
  const backOff = createBackOff(settings.maxPollingIntervalMs, options.random);
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  let changed = Promise.withResolvers<void>();
  let pause = new AbortController();

  const signalChange = () => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const track = (message: LeasedMessage) => {
    const work = processMessage(message, options).finally(() => {
      running.delete(work);
      signalChange();
    });
    running.add(work);
  };

  const receive = async (): Promise<readonly LeasedMessage[]> => {
    try {
      return await queue.receive(settings.batchSize, leaseSeconds);
    } catch (error) {
      log("error", `The queue "${queue.name}" could not be read: ${errorMessage(error)}`);
      return [];
    }
  };

  const giveBack = async (batch: readonly LeasedMessage[]) => {
    for (const message of batch) await queue.hide(message.id, message.popReceipt, 0);
  };

  const untilThreshold = async () => {
    while (running.size > settings.newBatchThreshold && !stopping.signal.aborted) {
      await changed.promise;
    }
  };

  const loop = async () => {
    let found = false;
    while (!stopping.signal.aborted) {
      pause = new AbortController();
      const batch = await receive();
      if (stopping.signal.aborted) return await giveBack(batch);
      if (batch.length === 0) {
        await clock.wait(backOff.next(found), AbortSignal.any([pause.signal, stopping.signal]));
        found = false;
        continue;
      }
      found = true;
      for (const message of batch) track(message);
      await untilThreshold();
    }
  };
  const looping = loop();

  return {
    wake: () => pause.abort(),
    async stop() {
      stopping.abort();
      signalChange();
      await looping;
    },
    async idle() {
      while (running.size > 0) await changed.promise;
    },
  };
}
