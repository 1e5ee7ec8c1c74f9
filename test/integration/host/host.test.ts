import { randomUUID } from "node:crypto";
import { TableClient } from "@azure/data-tables";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type Azurite, startAzurite } from "../../../src/sandbox/azurite.ts";
import { type HostOptions, startHost } from "../../../src/sandbox/host/start-host.ts";
import {
  buildSampleApp,
  put,
  queueLength,
  startWatchedHost,
  type WatchedHost,
} from "./sample-app.ts";

const hostJson = {
  version: "2.0",
  functionTimeout: "00:00:03",
  extensions: {
    queues: {
      maxPollingInterval: "00:00:00.200",
      visibilityTimeout: "00:00:01",
      maxDequeueCount: 3,
    },
  },
};

let azurite: Azurite;
let app: Awaited<ReturnType<typeof buildSampleApp>>;
let host: WatchedHost | undefined;
let workQueue = "";
let forwardQueue = "";

beforeAll(async () => {
  [azurite, app] = await Promise.all([startAzurite(), buildSampleApp(hostJson)]);
});
afterAll(async () => {
  await azurite?.stop();
  await app?.remove();
});
afterEach(async () => {
  await host?.kill();
  host = undefined;
});

async function start(options: Partial<HostOptions> = {}): Promise<WatchedHost> {
  workQueue = `work-${randomUUID()}`;
  forwardQueue = `forward-${randomUUID()}`;
  host = await startWatchedHost({
    root: app.root,
    ...options,
    settings: settings(options.settings),
  });
  return host;
}

function settings(more: HostOptions["settings"] = {}) {
  return {
    AzureWebJobsStorage: azurite.connectionString,
    WORK_QUEUE: workQueue,
    FORWARD_QUEUE: forwardQueue,
    ...more,
  };
}

const work = (body: object, visibleInSeconds = 0) =>
  put(azurite.connectionString, workQueue, body, visibleInSeconds);

const queues = ["work", "work-poison", "forwarded"];

describe("queue functions", () => {
  it("run once per message and the message is gone", async () => {
    const running = await start({ functions: queues });

    await work({ action: "ok" });
    await running.until(() => running.told("done").length > 0);
    await running.stop();

    expect(running.told("work")).toEqual([["ok", 1]]);
    expect(await queueLength(azurite.connectionString, workQueue)).toBe(0);
  });

  it("that fail get the message again, then the poison queue's function gets it", async () => {
    const running = await start({ functions: queues });

    await work({ action: "fail" });
    await running.until(() => running.told("poison").length > 0);

    expect(running.told("work")).toEqual([
      ["fail", 1],
      ["fail", 2],
      ["fail", 3],
    ]);
    expect(running.told("poison")).toEqual([[{ action: "fail" }]]);
    expect(running.told("failure")[0]).toEqual(["work", "Error: asked to fail"]);
    const failures = running.lines.filter(
      (line) => line.event === "ended" && line.error !== undefined,
    );
    expect(failures).toHaveLength(3);
  });

  it("get a delayed message when its time has come", async () => {
    const running = await start({ functions: queues });

    await work({ action: "ok", delayed: true }, 2);
    await work({ action: "forward" });
    await running.until(() => running.told("done").length === 2);

    expect(running.told("done")).toEqual([["forward"], ["ok"]]);
  });
});

describe("queue functions, further,", () => {
  it("write their outputs, one message per element, which wakes the next function", async () => {
    const running = await start({
      functions: queues,
      settings: { AzureFunctionsJobHost__extensions__queues__maxPollingInterval: "00:10:00" },
    });

    await work({ action: "forward" });
    await running.until(() => running.told("forwarded").length === 2);

    expect(running.told("forwarded")).toEqual([[{ a: 1 }], ["two"]]);
  });

  it("that exceed functionTimeout are given up and count as failed", async () => {
    const running = await start({
      functions: queues,
      settings: {
        AzureFunctionsJobHost__functionTimeout: "00:00:01",
        AzureFunctionsJobHost__extensions__queues__maxDequeueCount: "1",
      },
    });

    await work({ action: "hang" });
    await running.until(() => running.told("poison").length > 0);

    const ended = running.lines.find((line) => line.event === "ended");
    expect(ended).toMatchObject({ error: expect.stringContaining("Timeout value of 1000 ms") });
  });

  it("log by the levels of host.json, after the app's log hooks", async () => {
    const running = await start({ functions: queues });

    await work({ action: "ok" });
    await running.until(() => running.told("done").length > 0);

    const logs = running.lines.filter(
      (line) => line.event === "log" && line.category.endsWith(".User"),
    );
    expect(logs).toMatchObject([
      { category: "Function.work.User", level: "information", message: "the [redacted] is here" },
    ]);
  });
});

describe("timer functions", () => {
  it("fire by their schedule and are told of no status below a minute", async () => {
    const running = await start({ functions: ["tick", "forwarded"] });

    await running.until(
      () => running.told("tick").length >= 2 && running.told("forwarded").length > 0,
    );

    expect(running.told("tick")[0]).toEqual([false, null]);
    expect(running.told("forwarded")[0]).toEqual(["from the timer"]);
  });

  it("run once at start, past due, when a tick was missed while no host ran", async () => {
    const table = TableClient.fromConnectionString(azurite.connectionString, "LocalHostTimers", {
      allowInsecureConnection: true,
    });
    const first = await start({ functions: ["minute"] });
    const row = await vi.waitFor(async () => (await table.listEntities().next()).value, 5_000);
    await first.kill();
    await table.updateEntity(
      {
        partitionKey: String(row?.partitionKey),
        rowKey: "minute",
        next: new Date(Date.now() - 90_000).toISOString(),
      },
      "Merge",
    );

    const second = await start({ functions: ["minute"] });
    await second.until(() => second.told("minute").length > 0);

    expect(second.told("minute")[0]).toEqual([true]);
  });

  it("run now when they are asked to", async () => {
    const running = await start({ functions: ["minute"] });

    await running.trigger("minute");
    await running.until(() => running.told("minute").length > 0);

    await expect(running.trigger("work")).rejects.toThrow('no function "work"');
  });
});

describe("http functions", () => {
  it("get route, query and body and answer with status, headers and body", async () => {
    const running = await start({ functions: ["hello", "broken"] });

    const answer = await fetch(`${running.url}/api/hello/world?q=1`, { method: "POST", body: "!" });

    expect(answer.status).toBe(201);
    expect(answer.headers.get("x-query")).toBe("1");
    expect(await answer.text()).toBe("world !");
    expect((await fetch(`${running.url}/api/broken`)).status).toBe(500);
    expect((await fetch(`${running.url}/api/hello/x`, { method: "DELETE" })).status).toBe(404);
    expect((await fetch(`${running.url}/hello/x`)).status).toBe(404);
  });
});

describe("the host process", () => {
  it("refuses to start without a setting and names it", async () => {
    await expect(
      startHost({ root: app.root, settings: settings({ WORK_QUEUE: undefined }) }),
    ).rejects.toThrow(/WORK_QUEUE.*"work"/);
  });

  it("refuses to run a function that there is not", async () => {
    await expect(start({ functions: ["nothing"] })).rejects.toThrow(
      'no function "nothing"; known: tick',
    );
  });

  it("lets running calls end when it is stopped, and runs the appTerminate hooks", async () => {
    const running = await start({ functions: queues });
    await work({ action: "slow" });
    await running.until(() => running.told("work").length > 0);

    const exit = await running.stop();

    expect(exit).toEqual({ code: 0, signal: null });
    expect(running.told("done")).toEqual([["slow"]]);
    expect(running.told("appTerminate")).toHaveLength(1);
    expect(running.lines.at(-1)).toEqual({ event: "stopped", abandoned: 0 });
    expect(await queueLength(azurite.connectionString, workQueue)).toBe(0);
  });

  it("gives up calls that outlast the drain", async () => {
    const running = await start({ functions: queues, drainSeconds: 1 });
    await work({ action: "hang" });
    await running.until(() => running.told("work").length > 0);

    await running.stop();

    expect(running.lines.at(-1)).toEqual({ event: "stopped", abandoned: 1 });
  });

  it("dies at once when it is killed and leaves the message to its lease", async () => {
    const running = await start({ functions: queues });
    await work({ action: "hang" });
    await running.until(() => running.told("work").length > 0);

    expect(await running.kill()).toEqual({ code: null, signal: "SIGKILL" });
    expect(await queueLength(azurite.connectionString, workQueue)).toBe(1);
  });
});
