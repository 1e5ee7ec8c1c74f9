import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { TableClient } from "@azure/data-tables";
import { describe, expect, it, vi } from "vitest";
import { startAzurite } from "../../../src/sandbox/azurite.ts";
import { buildSampleApp, put, queueLength } from "./sample-app.ts";

describe("child processes", () => {
  it("are gone soon after their parent was killed", async () => {
    const app = await buildSampleApp({ version: "2.0" });
    const entry = path.join(import.meta.dirname, "doomed-parent.ts");
    const parent = spawn(process.execPath, [entry, app.root], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [text] = (await once(parent.stdout, "data")) as [Buffer];
    const urls = JSON.parse(text.toString()) as string[];
    for (const url of urls) expect((await fetch(url)).status).toBeGreaterThanOrEqual(200);

    parent.kill("SIGKILL");

    for (const url of urls) {
      await vi.waitFor(() => expect(fetch(url)).rejects.toThrow(), {
        timeout: 8_000,
        interval: 100,
      });
    }
    await app.remove();
  });
});

describe("startAzurite", () => {
  it("keeps queues and tables in its directory", async () => {
    const directory = await mkdtemp(path.join(tmpdir(), "azurite-"));
    const tableOf = (connectionString: string) =>
      TableClient.fromConnectionString(connectionString, "kept", { allowInsecureConnection: true });

    const first = await startAzurite({ directory });
    await put(first.connectionString, "kept", { a: 1 });
    await tableOf(first.connectionString).createTable();
    await tableOf(first.connectionString).createEntity({ partitionKey: "p", rowKey: "r", a: 1 });
    await first.stop();
    const second = await startAzurite({ directory });

    expect(await queueLength(second.connectionString, "kept")).toBe(1);
    expect(await tableOf(second.connectionString).getEntity("p", "r")).toMatchObject({ a: 1 });
    await second.stop();
    await rm(directory, { recursive: true });
  });
});
