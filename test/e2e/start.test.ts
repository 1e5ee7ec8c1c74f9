import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import { eventually } from "./world/eventually.ts";
import { appRoot, root } from "./world/roots.ts";

const samples = path.join(root, "infra/samples");
/** In the environment of everything that a run starts, so that what is left over is found. */
const mark = `ASO_FUNCTIONS_START_TEST=${randomUUID()}`;

let state = "";

beforeAll(async () => {
  state = await mkdtemp(path.join(tmpdir(), "start-"));
});

afterAll(async () => {
  for (const pid of await leftOver()) process.kill(pid, "SIGKILL");
  await rm(state, { recursive: true, force: true });
});

type Run = { readonly child: ChildProcess; readonly ended: Promise<Ended> };
type Ended = { readonly code: number | null; readonly output: string };

function start(flags: readonly string[], settings: Readonly<Record<string, string>> = {}): Run {
  const [name = "", value = ""] = mark.split("=");
  const entry = path.join(appRoot, "dist/cli/main.mjs");
  const child = spawn(process.execPath, [entry, "start", "--samples", samples, ...flags], {
    env: { ...process.env, ...settings, [name]: value },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const code = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const output = child.stdout === null ? Promise.resolve("") : text(child.stdout);
  return { child, ended: Promise.all([code, output]).then(([c, o]) => ({ code: c, output: o })) };
}

/** Processes that a run started and that still live. */
async function leftOver(): Promise<readonly number[]> {
  const found: number[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    // Gone in the meantime, or not ours to look at.
    const environment = await readFile(`/proc/${name}/environ`, "utf8").catch(() => "");
    if (environment.split("\0").includes(mark)) found.push(Number(name));
  }
  return found;
}

/** The counts that a run prints at its end, by method. */
function requests(output: string): Readonly<Record<string, number>> {
  const told = /ARM requests: (.*)/.exec(output)?.[1] ?? "";
  return Object.fromEntries(
    told.split(", ").map((one) => {
      const [method = "", count = ""] = one.split(" ");
      return [method, Number(count)];
    }),
  );
}

describe("npm start", { timeout: 90_000 }, () => {
  it("--once --state: ends with 0 when every sample is Ready, and tells its requests", async () => {
    const { code, output } = await start(["--once", "--state", state]).ended;
    expect({ code, output: output.slice(-2_000) }).toMatchObject({ code: 0 });
    expect(output).toContain("all 15 samples are Ready");
    expect(requests(output)).toMatchObject({ PUT: 15, DELETE: 0 });
  });

  it("again on the same state: not one write", async () => {
    const { code, output } = await start(["--once", "--state", state]).ended;
    expect(code).toBe(0);
    expect(requests(output)).toMatchObject({ PUT: 0, DELETE: 0 });
  });

  it("after somebody changed a tag in Azure: one PUT, to that resource", async () => {
    const file = path.join(state, "arm.json");
    const arm = JSON.parse(await readFile(file, "utf8")) as {
      resources: { id: string; body: JsonObject }[];
    };
    const changed = arm.resources.find(({ id }) => id.endsWith("/resourceGroups/sample-rg"));
    if (changed === undefined) throw new Error("the sample group is not in arm.json");
    changed.body = { ...changed.body, tags: { team: "somebody else" } };
    await writeFile(file, JSON.stringify(arm));
    const settings = { AZURE_SYNC_PERIOD: "5s" };
    const { code, output } = await start(["--once", "--state", state], settings).ended;
    expect(code).toBe(0);
    expect(requests(output)).toMatchObject({ PUT: 1, DELETE: 0 });
    expect(output).toMatch(/ARM PUT .*resourceGroups\/sample-rg$/m);
  });

  it("--once with a sample that cannot become Ready: ends with 1 and its reason", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "start-samples-"));
    const manifest = {
      apiVersion: "resources.azure.com/v1api20200601",
      kind: "ResourceGroup",
      metadata: {
        name: "unpaid",
        namespace: "default",
        annotations: { "serviceoperator.azure.com/credential-from": "nobody" },
      },
      spec: { location: "westus3" },
    };
    await writeFile(path.join(folder, "sample.json"), JSON.stringify(manifest));
    const run = start(["--once", "--samples", folder]);
    await untilSaid(run, "does not exist");
    run.child.kill("SIGINT");
    const { code, output } = await run.ended;
    await rm(folder, { recursive: true });
    expect({ code, output }).toMatchObject({ code: 1 });
    expect(output).toMatch(/not Ready: ResourceGroup\/unpaid .*default\/nobody.*does not exist/);
  });

  it("stays up until Ctrl-C, which stops everything that it started", async () => {
    const run = start(["--state", state]);
    await untilSaid(run, "Ctrl-C stops everything");
    expect((await leftOver()).length).toBeGreaterThanOrEqual(3);
    run.child.kill("SIGINT");
    const { code } = await run.ended;
    expect(code).toBe(0);
    await eventually("no process is left", async () => (await leftOver()).length === 0, 15);
  });

  it("killed without a chance to clean up, leaves no process either", async () => {
    const run = start([]);
    await untilSaid(run, "Ctrl-C stops everything");
    run.child.kill("SIGKILL");
    await run.ended;
    await eventually("no process is left", async () => (await leftOver()).length === 0, 15);
  });
});

/** Resolves when a run has printed something; rejects when it ends without. */
async function untilSaid({ child, ended }: Run, words: string): Promise<void> {
  let said = "";
  const heard = new Promise<void>((resolve) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes(words)) resolve();
    });
  });
  const died = ended.then(({ output }) => {
    throw new Error(`ended without "${words}": ${output.slice(-1_000)}`);
  });
  died.catch(() => undefined);
  await Promise.race([heard, died]);
}
