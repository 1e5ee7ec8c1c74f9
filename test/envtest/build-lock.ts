import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const longestBuildMs = 30 * 60_000;

/**
 * Runs `work` while no other process runs with the same lock file. A lock whose process is gone, or that is older than any build takes,
 * does not count. `work` has to look again whether there is still something to do.
 */
export async function withBuildLock(file: string, work: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + longestBuildMs;
  while (!(await tryLock(file))) {
    if (Date.now() > deadline) throw new Error(`Another process holds ${file} for too long.`);
    if (await isStale(file)) await rm(file, { force: true });
    else await sleep(500);
  }
  try {
    await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function tryLock(file: string): Promise<boolean> {
  try {
    await writeFile(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

async function isStale(file: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(file);
    if (Date.now() - mtimeMs > longestBuildMs) return true;
    const pid = Number(await readFile(file, "utf8"));
    return pid > 0 && !isAlive(pid);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
