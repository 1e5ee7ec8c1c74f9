/**
 * A process between a test and its control plane: starts etcd and the API server, and ends them when it is told to, or when the test's
 * process is gone. The API server goes first: without etcd it would not end for minutes.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";

/** What to run, in the order of starting; ended in the opposite order. Passed as JSON in the first argument. */
export type SupervisorOrder = {
  /** Logs go here as `<name>.log`; deleted with everything in it at the end. */
  readonly directory: string;
  readonly programs: readonly {
    readonly name: string;
    readonly path: string;
    readonly args: readonly string[];
  }[];
};

/** What the supervisor tells. */
export type SupervisorNews =
  | { readonly event: "started"; readonly pids: Readonly<Record<string, number>> }
  | { readonly event: "exited"; readonly name: string; readonly code: number | null };

const patienceMs = 5_000;

type Program = {
  readonly name: string;
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
};

function start(order: SupervisorOrder, tell: (news: SupervisorNews) => void): readonly Program[] {
  return order.programs.map(({ name, path: file, args }) => {
    const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
    const log = createWriteStream(path.join(order.directory, `${name}.log`));
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    const ended = new Promise<void>((resolve) => {
      const end = (code: number | null) => {
        tell({ event: "exited", name, code });
        resolve();
      };
      child.once("exit", end);
      child.once("error", () => end(null));
    });
    return { name, child, ended };
  });
}

async function end({ child, ended }: Program): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  await ended;
  clearTimeout(timer);
}

async function supervise(order: SupervisorOrder): Promise<void> {
  const tell = (news: SupervisorNews) => {
    if (process.connected) process.send?.(news);
  };
  const programs = start(order, tell);
  const pids = programs.map(({ name, child }) => [name, child.pid ?? 0]);
  tell({ event: "started", pids: Object.fromEntries(pids) });
  await new Promise<void>((resolve) => {
    process.once("disconnect", resolve);
    process.once("message", () => resolve());
  });
  for (const program of programs.toReversed()) await end(program);
  await rm(order.directory, { recursive: true, force: true });
  process.exit(0);
}

await supervise(JSON.parse(process.argv[2] ?? "") as SupervisorOrder);
