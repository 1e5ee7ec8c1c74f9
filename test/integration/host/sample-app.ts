import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { QueueClient } from "@azure/storage-queue";
import { build } from "esbuild";
import type { HostLine } from "../../../src/sandbox/host/host-line.ts";
import {
  type HostHandle,
  type HostOptions,
  startHost,
} from "../../../src/sandbox/host/start-host.ts";

/** The sample app, built into a folder of its own as an app is deployed. */
export async function buildSampleApp(
  hostJson: object,
): Promise<{ readonly root: string; remove(): Promise<void> }> {
  const root = await mkdtemp(path.join(tmpdir(), "sample-app-"));
  await build({
    entryPoints: [path.join(import.meta.dirname, "sample", "index.ts")],
    outfile: path.join(root, "dist", "index.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["@azure/functions-core"],
    banner: {
      js: "import { createRequire as __sampleCreateRequire } from 'node:module'; const require = __sampleCreateRequire(import.meta.url);",
    },
  });
  await mkdir(path.join(root, "dist"), { recursive: true });
  await writeFile(path.join(root, "package.json"), JSON.stringify({ main: "dist/*.mjs" }));
  await writeFile(path.join(root, "host.json"), JSON.stringify(hostJson));
  return { root, remove: () => rm(root, { recursive: true, force: true }) };
}

/** A host and everything it has said so far. */
export type WatchedHost = HostHandle & {
  readonly lines: readonly HostLine[];
  /** What the sample told under this name: the details of each time. */
  told(what: string): readonly unknown[][];
  /** Resolves when `check` gives something; it is asked after every line. Fails after 15 s with what the host said. */
  until<T>(check: (host: WatchedHost) => T | undefined | false): Promise<T>;
};

export async function startWatchedHost(options: HostOptions): Promise<WatchedHost> {
  const lines: HostLine[] = [];
  const handle = await startHost({ ...options, onLine: (line) => lines.push(line) });
  const host: WatchedHost = {
    ...handle,
    lines,
    told(what) {
      const prefix = `told ${what} `;
      return lines.flatMap((line) =>
        line.event === "output" && line.text.startsWith(prefix)
          ? [JSON.parse(line.text.slice(prefix.length)) as unknown[]]
          : [],
      );
    },
    until(check) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const found = check(host);
          if (found === undefined || found === false) return;
          clearTimeout(timer);
          remove();
          resolve(found);
        };
        const remove = handle.onLine(look);
        const timer = setTimeout(() => {
          remove();
          reject(
            new Error(
              `Waited in vain; the host said:\n${lines.map((l) => JSON.stringify(l)).join("\n")}`,
            ),
          );
        }, 15_000);
        look();
      });
    },
  };
  return host;
}

/** Puts a message into a queue, which is made when there is none. */
export async function put(
  connectionString: string,
  queue: string,
  body: unknown,
  visibleInSeconds = 0,
): Promise<void> {
  const client = new QueueClient(connectionString, queue);
  await client.createIfNotExists();
  const text = Buffer.from(JSON.stringify(body)).toString("base64");
  await client.sendMessage(text, { visibilityTimeout: visibleInSeconds });
}

/** How many messages a queue holds, hidden ones included; 0 when there is no such queue. */
export async function queueLength(connectionString: string, queue: string): Promise<number> {
  const client = new QueueClient(connectionString, queue);
  if (!(await client.exists())) return 0;
  return (await client.getProperties()).approximateMessagesCount ?? 0;
}
