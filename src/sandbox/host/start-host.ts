import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { environment } from "../../config/environment.ts";
import { OperatorError } from "../../core/errors.ts";
import { type HostLine, parseHostLine } from "./host-line.ts";

/** How a host process is started. */
export type HostOptions = {
  /** Folder of package.json and host.json. */
  readonly root: string;
  /** App settings, added to this process's environment (which NODE_EXTRA_CA_CERTS passes through). undefined removes one. */
  readonly settings?: Readonly<Record<string, string | undefined>>;
  /** Functions to run in this process; all when left out. */
  readonly functions?: readonly string[];
  /** Port of the http functions on 127.0.0.1. @default 0, any free one */
  readonly port?: number;
  /** Seconds that running calls may take after `stop`. @default 30 */
  readonly drainSeconds?: number;
  /** Arguments for Node itself, `--cpu-prof` for example. */
  readonly nodeArguments?: readonly string[];
  /** Called for every line from the start on; see {@link HostHandle.onLine}. */
  readonly onLine?: (line: HostLine) => void;
  /** Milliseconds until the app must listen. @default 30000, the limit of Flex Consumption */
  readonly readyTimeoutMs?: number;
};

/** How a host process ended; one of the two is null. */
export type HostExit = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
};

/** A running host process. */
export interface HostHandle {
  readonly pid: number;
  /** `http://127.0.0.1:<port>`; functions are below `/api/`. */
  readonly url: string;
  readonly functions: readonly string[];
  /** Milliseconds that importing the bundle took. */
  readonly importMs: number;
  /** Settles when the process has ended, however. */
  readonly exited: Promise<HostExit>;
  /** Adds a listener for the host's lines; returns what removes it. */
  onLine(listener: (line: HostLine) => void): () => void;
  /** Runs a function now, beside its trigger; a queue function gets `input` as its message. Resolves when it was started. */
  trigger(functionName: string, input?: string): Promise<void>;
  /** Sends a signal and waits for the end. @default SIGKILL */
  kill(signal?: NodeJS.Signals): Promise<HostExit>;
  /** Drains and ends the host. */
  stop(): Promise<HostExit>;
}

/**
 * Runs the built app of `root` in a process of its own, with the same Node as this one. The process leaves when this one ends, whatever
 * way. Rejects with OperatorError `ConfigInvalid` and the host's own words when the app does not start.
 */
export async function startHost(options: HostOptions): Promise<HostHandle> {
  const child = spawnHost(options);
  const listeners = new Set<(line: HostLine) => void>();
  if (options.onLine) listeners.add(options.onLine);
  const exited = new Promise<HostExit>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
    child.once("error", () => resolve({ code: null, signal: null }));
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (text) => {
      const line = parseHostLine(text);
      for (const listener of listeners) listener(line);
    });
  }
  const kill = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    return await exited;
  };
  const ready = await untilReady(listeners, exited, options.readyTimeoutMs ?? 30_000).catch(
    async (error: unknown) => {
      await kill("SIGKILL");
      throw error;
    },
  );
  return {
    pid: ready.pid,
    url: ready.url,
    functions: ready.functions,
    importMs: ready.importMs,
    exited,
    onLine(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    trigger: (name, input) => callAdmin(ready.url, name, input),
    kill: (signal = "SIGKILL") => kill(signal),
    stop: () => kill("SIGTERM"),
  };
}

function spawnHost(options: HostOptions): ChildProcess {
  const flags = ["--root", options.root, "--port", String(options.port ?? 0)];
  if (options.functions) flags.push("--functions", options.functions.join(","));
  if (options.drainSeconds !== undefined) flags.push("--drain", String(options.drainSeconds));
  return spawn(process.execPath, [...(options.nodeArguments ?? []), hostEntry(), ...flags], {
    env: { ...environment(), ...options.settings },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // A process group of its own: Ctrl-C reaches only the parent, which then drains the host.
    detached: true,
  });
}

/** From the sources the host runs from the sources; in a bundle (dist/<program>/) it is dist/sandbox/host.mjs. */
function hostEntry(): string {
  const fromSources = import.meta.url.endsWith(".ts");
  return fileURLToPath(new URL(fromSources ? "./main.ts" : "../sandbox/host.mjs", import.meta.url));
}

type Ready = Extract<HostLine, { readonly event: "ready" }>;

async function untilReady(
  listeners: Set<(line: HostLine) => void>,
  exited: Promise<HostExit>,
  limitMs: number,
): Promise<Ready> {
  const { promise, resolve, reject } = Promise.withResolvers<Ready>();
  const output: string[] = [];
  const fail = (message: string) => reject(new OperatorError("ConfigInvalid", message));
  const listener = (line: HostLine) => {
    if (line.event === "ready") resolve(line);
    if (line.event === "failed") fail(line.message);
    if (line.event === "output") output.push(line.text);
  };
  listeners.add(listener);
  const timer = setTimeout(() => fail(`The app did not start within ${limitMs} ms.`), limitMs);
  void exited.then(({ code, signal }) =>
    // The last lines of a process may arrive after its end.
    setTimeout(
      () => fail(`The host ended (${signal ?? code}): ${output.slice(-20).join("\n")}`),
      200,
    ),
  );
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    listeners.delete(listener);
  }
}

async function callAdmin(url: string, name: string, input: string | undefined): Promise<void> {
  const answer = await fetch(`${url}/admin/functions/${encodeURIComponent(name)}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ input: input ?? "" }),
  });
  if (answer.ok) return;
  throw new OperatorError("ConfigInvalid", `The host runs no function "${name}" to start by hand.`);
}
