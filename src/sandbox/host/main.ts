/**
 * The host process: `node main.ts [--root DIR] [--functions a,b] [--port N] [--drain SECONDS]`. App settings are its environment.
 * It tells its parent what happens as lines of JSON on stdout (host-line.ts), ends gracefully on SIGTERM and SIGINT, and at once when
 * the parent that holds its IPC channel is gone.
 */
import { parseArgs } from "node:util";
import { environment } from "../../config/environment.ts";
import { errorMessage } from "../../core/errors.ts";
import { type RunningHost, runHost } from "./host.ts";
import type { HostLine } from "./host-line.ts";

const { values } = parseArgs({
  options: {
    root: { type: "string", default: process.cwd() },
    functions: { type: "string" },
    port: { type: "string", default: "0" },
    drain: { type: "string", default: "30" },
  },
});

function write(line: HostLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function exit(code: number): void {
  // Lines still in the pipe are written before the process ends.
  process.stdout.write("", () => process.exit(code));
}

let stopping = false;
async function stop(host: RunningHost): Promise<void> {
  if (stopping) return exit(130);
  stopping = true;
  const abandoned = await host.stop();
  write({ event: "stopped", abandoned });
  exit(0);
}

process.on("disconnect", () => process.exit(1));
process.stdout.on("error", () => process.exit(1));

try {
  const host = await runHost(
    {
      root: values.root,
      functions: values.functions?.split(",").filter((name) => name !== ""),
      port: Number(values.port),
      drainMs: Number(values.drain) * 1000,
    },
    environment(),
    write,
  );
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      stop(host).catch((error: unknown) => {
        write({ event: "failed", message: errorMessage(error) });
        exit(1);
      });
    });
  }
  write({
    event: "ready",
    pid: process.pid,
    url: host.url,
    functions: host.functions,
    importMs: Math.round(host.importMs),
    startMs: Math.round(performance.now()),
  });
} catch (error) {
  write({ event: "failed", message: errorMessage(error) });
  exit(1);
}
