import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";

const home = path.resolve(import.meta.dirname, "../..");

/** How a tool ended. A tool that a signal ended has code 1. */
export type ToolResult = {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
};

/**
 * Runs the command of an installed package in a folder, with the Node that runs this process (the system's may be too old for it).
 * Any exit code is a result; throws when the package or its command is missing or the process cannot be started.
 */
export async function runTool(
  tool: { readonly package: string; readonly command: string },
  args: readonly string[],
  folder: string,
): Promise<ToolResult> {
  const script = await commandOf(tool);
  const child = spawn(process.execPath, [script, ...args], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  const code = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve(status ?? 1));
  });
  return {
    code,
    stdout: Buffer.concat(out).toString("utf8"),
    stderr: Buffer.concat(err).toString("utf8"),
  };
}

async function commandOf(tool: { package: string; command: string }): Promise<string> {
  const folder = path.join(home, "node_modules", tool.package);
  const manifest = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8")) as {
    readonly bin?: string | Readonly<Record<string, string>>;
  };
  const script = typeof manifest.bin === "string" ? manifest.bin : manifest.bin?.[tool.command];
  if (script === undefined) throw new Error(`${tool.package} has no command ${tool.command}.`);
  return path.join(folder, script);
}

/** The lines of a text that hold something. */
export function filledLines(text: string): readonly string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}
