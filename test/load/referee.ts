import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const folder = path.resolve(import.meta.dirname, "../../../shared/referee");

/** An ARM that is not ours, from the folder `shared/referee` beside the checkout. */
export type Referee = {
  readonly url: string;
  readonly statsUrl: string;
  /** Runs one of its programs and returns what it printed. */
  program(name: string, args: readonly string[]): Promise<string>;
  stats(): Promise<RefereeStats>;
  /** Empties the counts. */
  reset(): Promise<void>;
  stop(): void;
};

export type RefereeStats = {
  readonly total: number;
  readonly byMethod: Readonly<Record<string, number>>;
  readonly maxPutsPerId: number;
  readonly childrenLost?: number;
};

/** The operations of the figures in the referee's own README. */
const operations = [
  "virtualNetworks$=3:azure-async",
  "subnets$=2:azure-async",
  "publicIPAddresses$=2:azure-async",
  "storageAccounts$=4:location:2",
  "flexibleServers$=3:azure-async",
];

/** Starts the referee's ARM with 40 ms latency. Throws when the folder is missing. */
export async function startReferee(
  ports: readonly [number, number],
  certificate: { readonly cert: string; readonly key: string },
): Promise<Referee> {
  const program = path.join(folder, "arm-sim.mjs");
  if (!existsSync(program))
    throw new Error(`${program} is missing: the bench needs the oracle beside the checkout`);
  const [port, stats] = ports;
  const flags = [
    "--port",
    String(port),
    "--stats",
    String(stats),
    "--cert",
    certificate.cert,
    "--key",
    certificate.key,
    "--latency",
    "40",
  ];
  const child: ChildProcess = spawn(
    process.execPath,
    [program, ...flags, ...operations.flatMap((rule) => ["--lro", rule])],
    { stdio: "ignore" },
  );
  const statsUrl = `http://127.0.0.1:${stats}`;
  await answers(`${statsUrl}/stats`);
  return {
    url: `https://localhost:${port}`,
    statsUrl,
    program: async (name, args) => {
      const { stdout } = await run(
        process.execPath,
        ["--no-warnings", path.join(folder, name), ...args],
        { maxBuffer: 64 << 20 },
      );
      return stdout;
    },
    stats: async () => (await fetch(`${statsUrl}/stats`)).json() as Promise<RefereeStats>,
    reset: async () => {
      await fetch(`${statsUrl}/reset`, { method: "POST" });
    },
    stop: () => {
      child.kill();
    },
  };
}

async function answers(url: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const found = await fetch(url).catch(() => undefined);
    if (found?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} does not answer`);
}
