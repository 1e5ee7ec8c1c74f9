import { afterEach, describe, expect, it } from "vitest";
import type { QueueSettings } from "../../../src/sandbox/host/host-json.ts";
import { encodeMessage } from "../../../src/sandbox/host/message-text.ts";
import {
  type QueueListener,
  startQueueListener,
} from "../../../src/sandbox/host/queue-listener.ts";
import { manualClock } from "./manual-clock.ts";
import { memoryQueue } from "./memory-queue.ts";

const defaults: QueueSettings = {
  batchSize: 4,
  newBatchThreshold: 2,
  maxPollingIntervalMs: 1_000,
  visibilityTimeoutMs: 30_000,
  maxDequeueCount: 3,
  messageEncoding: "base64",
};

let stop: (() => Promise<void>) | undefined;
afterEach(async () => {
  await stop?.();
  stop = undefined;
});

type Handler = (body: string) => Promise<boolean>;

function start(
  handler: Handler,
  options: { settings?: Partial<QueueSettings>; poison?: boolean } = {},
) {
  const clock = manualClock();
  const queue = memoryQueue("work", clock.now);
  const poison = memoryQueue("work-poison", clock.now);
  const logs: string[] = [];
  const seen: string[] = [];
  let listener: QueueListener | undefined;
  const begin = () => {
    listener = startQueueListener({
      queue,
      poison: options.poison === false ? undefined : poison,
      settings: { ...defaults, ...options.settings },
      clock,
      random: () => 0.5,
      log: (level, message) => logs.push(`${level}: ${message}`),
      execute: async (_message, body) => {
        seen.push(body);
        return await handler(body);
      },
    });
    stop = () => listener?.stop() ?? Promise.resolve();
    return listener;
  };
  const put = (body: string, count = 0) => queue.put(encodeMessage(body, "base64"), count);
  return { clock, queue, poison, logs, seen, begin, put };
}

describe("the fate of a message", () => {
  it("deletes a message whose function succeeded", async () => {
    const { clock, queue, seen, begin, put } = start(async () => true);
    put("a");

    begin();
    await clock.advance(0);

    expect(seen).toEqual(["a"]);
    expect(queue.contents()).toEqual([]);
  });

  it("delivers a failing message again after the visibility time-out and poisons it after the last delivery", async () => {
    const { clock, queue, poison, seen, begin, put } = start(async () => false);
    put("bad");

    begin();
    await clock.advance(0);
    expect(queue.contents()).toMatchObject([{ visibleAt: 30_000, count: 1 }]);
    await clock.advance(29_000);
    expect(seen).toHaveLength(1);
    await clock.advance(40_000);

    expect(seen).toEqual(["bad", "bad", "bad"]);
    expect(queue.contents()).toEqual([]);
    expect(poison.contents()).toMatchObject([{ text: encodeMessage("bad", "base64") }]);
  });

  it("poisons a message that was delivered too often without running it", async () => {
    const { clock, poison, seen, begin, put } = start(async () => true);
    put("crashes the process", 3);

    begin();
    await clock.advance(0);

    expect(seen).toEqual([]);
    expect(poison.contents()).toHaveLength(1);
  });

  it("poisons what is not Base64 without running it", async () => {
    const { clock, queue, poison, seen, begin } = start(async () => true);
    queue.put("{not base64}");

    begin();
    await clock.advance(0);

    expect(seen).toEqual([]);
    expect(poison.contents()).toMatchObject([{ text: "{not base64}" }]);
  });

  it("leaves a message that fails in a poison queue to its lease", async () => {
    const { clock, queue, begin, put } = start(async () => false, { poison: false });
    put("bad");

    begin();
    await clock.advance(0);

    expect(queue.contents()).toMatchObject([{ visibleAt: 600_000 }]);
  });
});

describe("a queue listener at work", () => {
  it("renews the ten-minute lease at half time while the function runs", async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const { clock, queue, seen, begin, put } = start(() => promise);
    put("slow");

    begin();
    await clock.advance(0);
    expect(queue.contents()).toMatchObject([{ visibleAt: 600_000 }]);
    await clock.advance(1_500_000);
    expect(queue.contents()).toMatchObject([{ visibleAt: 2_100_000 }]);
    expect(seen).toEqual(["slow"]);

    resolve(true);
    await clock.advance(0);
    expect(queue.contents()).toEqual([]);
  });

  it("runs at most batchSize + newBatchThreshold at a time and fetches when the threshold is reached", async () => {
    const open: (() => void)[] = [];
    const { clock, seen, begin, put } = start(
      () => new Promise((resolve) => open.push(() => resolve(true))),
    );
    for (let index = 0; index < 12; index += 1) put(String(index));

    begin();
    await clock.advance(0);
    expect(seen).toHaveLength(4);
    open.shift()?.();
    await clock.advance(0);
    expect(seen).toHaveLength(4);
    open.shift()?.();
    await clock.advance(0);

    expect(seen).toHaveLength(8);
    expect(open).toHaveLength(6);
  });

  it("polls an empty queue with growing pauses up to the longest", async () => {
    const { clock, queue, begin } = start(async () => true);

    begin();
    const pauses: number[] = [];
    for (let count = 0; count < 5; count += 1) {
      await clock.advance(0);
      const [pause = 0] = clock.waits();
      pauses.push(pause);
      await clock.advance(pause);
    }

    expect(pauses).toEqual([200, 400, 800, 1_000, 1_000]);
    expect(queue.receives()).toBe(6);
  });
});

describe("a queue listener that is disturbed", () => {
  it("looks at once when it is woken", async () => {
    const { clock, seen, begin, put } = start(async () => true);
    const listener = begin();
    await clock.advance(5_500);
    put("new");
    await clock.advance(0);
    expect(seen).toEqual([]);

    listener.wake();
    await clock.advance(0);

    expect(seen).toEqual(["new"]);
  });

  it("goes on polling after the storage failed", async () => {
    const { clock, queue, logs, seen, begin, put } = start(async () => true);
    const receive = queue.receive;
    queue.receive = async () => {
      throw new Error("connection refused");
    };
    begin();
    await clock.advance(0);
    queue.receive = receive;
    put("a");
    await clock.advance(1_000);

    expect(seen).toEqual(["a"]);
    expect(logs[0]).toContain("connection refused");
  });

  it("takes no new message after a stop and lets the running one end", async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const { clock, queue, seen, begin, put } = start(() => promise);
    put("running");
    const listener = begin();
    await clock.advance(0);

    await listener.stop();
    put("later");
    await clock.advance(5_000);
    resolve(true);
    await listener.idle();

    expect(seen).toEqual(["running"]);
    expect(queue.contents()).toMatchObject([{ count: 0 }]);
  });
});
