import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";
import { environment } from "../config/environment.ts";
import { OperatorError } from "../core/errors.ts";

/** A running storage emulator. */
export interface Azurite {
  /** For `AzureWebJobsStorage` and every storage client. */
  readonly connectionString: string;
  readonly pid: number;
  /** Writes what is not yet in `directory` and ends the process. */
  stop(): Promise<void>;
}

const services = ["Blob", "Queue", "Table"] as const;
type Service = (typeof services)[number];

/** The emulator's one account; name and key are the same in every installation and protect nothing. */
const account = "devstoreaccount1";
const accountKey =
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

const startLimitMs = 30_000;
const stopLimitMs = 5_000;

/**
 * Runs in the emulator's process: Azurite itself does not notice that its parent is gone. Its own SIGTERM handler closes and saves;
 * what is still open three seconds later is cut off.
 */
const guard =
  "process.on('disconnect',()=>{process.emit('SIGTERM');setTimeout(()=>process.exit(0),3000).unref()})";

/**
 * Starts Azurite as a child process on free ports of 127.0.0.1. Without `directory` everything is in memory; with it blobs, queues and
 * tables are kept there. The process ends with this one, whatever way this one ends.
 */
export async function startAzurite(
  options: { readonly directory?: string } = {},
): Promise<Azurite> {
  const child = spawnAzurite(options.directory);
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  try {
    const urls = await untilListening(child, exited);
    const endpoints = services.map(
      (service) => `${service}Endpoint=${urls.get(service)}/${account}`,
    );
    return {
      connectionString: [
        "DefaultEndpointsProtocol=http",
        `AccountName=${account}`,
        `AccountKey=${accountKey}`,
        ...endpoints,
      ].join(";"),
      pid: child.pid ?? 0,
      stop: () => stop(child, exited, options.directory !== undefined),
    };
  } catch (error) {
    await stop(child, exited, false);
    throw error;
  }
}

function spawnAzurite(directory: string | undefined): ChildProcess {
  const manifest = createRequire(import.meta.url).resolve("azurite/package.json");
  const entry = path.join(path.dirname(manifest), "dist", "src", "azurite.js");
  const addresses = services.flatMap((service) => {
    const name = service.toLowerCase();
    return [`--${name}Host`, "127.0.0.1", `--${name}Port`, "0"];
  });
  const storage = directory === undefined ? ["--inMemoryPersistence"] : ["--location", directory];
  const flags = ["--silent", "--disableTelemetry", "--skipApiVersionCheck"];
  return spawn(
    process.execPath,
    ["--import", `data:text/javascript,${guard}`, entry, ...flags, ...addresses, ...storage],
    {
      env: environment(),
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // A process group of its own: Ctrl-C must not end it before the host has drained.
      detached: true,
    },
  );
}

async function untilListening(
  child: ChildProcess,
  exited: Promise<void>,
): Promise<ReadonlyMap<Service, string>> {
  const { promise, resolve, reject } = Promise.withResolvers<ReadonlyMap<Service, string>>();
  const urls = new Map<Service, string>();
  const output: string[] = [];
  const fail = (reason: string) =>
    reject(new OperatorError("StorageAnswered", `Azurite ${reason}: ${output.join("\n")}`));
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      const match = /Azurite (\w+) service is successfully listening at (\S+)/.exec(line);
      const service = services.find((name) => name === match?.[1]);
      if (service !== undefined && match?.[2] !== undefined) urls.set(service, match[2]);
      else if (output.length < 20) output.push(line);
      if (urls.size === services.length) resolve(urls);
    });
  }
  const timer = setTimeout(() => fail(`did not listen within ${startLimitMs} ms`), startLimitMs);
  void exited.then(() => fail("ended"));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

async function stop(child: ChildProcess, exited: Promise<void>, graceful: boolean): Promise<void> {
  if (graceful && child.connected) child.disconnect();
  else child.kill("SIGKILL");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopLimitMs);
  await exited;
  clearTimeout(timer);
}
