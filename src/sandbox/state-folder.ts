import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { OperatorError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";

/** Where a sandbox keeps its files: a folder of the user's (`--state`), or a temporary one that goes with the sandbox. */
export class StateFolder {
  readonly path: string;
  /** True: everything is kept for the next run. */
  readonly kept: boolean;

  private constructor(folder: string, kept: boolean) {
    this.path = folder;
    this.kept = kept;
  }

  static async open(folder: string | undefined): Promise<StateFolder> {
    if (folder === undefined)
      return new StateFolder(await mkdtemp(path.join(tmpdir(), "aso-functions-")), false);
    await mkdir(folder, { recursive: true });
    return new StateFolder(path.resolve(folder), true);
  }

  file(name: string): string {
    return path.join(this.path, name);
  }

  /** undefined when there is no such file. Throws OperatorError `ConfigInvalid` for one that is not JSON. */
  async readJson(name: string): Promise<JsonValue | undefined> {
    const text = await this.readText(name);
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as JsonValue;
    } catch (error) {
      throw new OperatorError(
        "ConfigInvalid",
        `${this.file(name)} is not JSON: ${String(error)}. Repair it, or start with another --state folder.`,
      );
    }
  }

  async readText(name: string): Promise<string | undefined> {
    try {
      return await readFile(this.file(name), "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Writes the whole file or nothing: a run that is killed in between leaves the old one. */
  async write(name: string, text: string): Promise<void> {
    const next = this.file(`${name}.next`);
    await writeFile(next, text, { mode: 0o600 });
    await rename(next, this.file(name));
  }

  async writeJson(name: string, value: JsonValue): Promise<void> {
    await this.write(name, `${JSON.stringify(value, undefined, 1)}\n`);
  }

  /** Removes a temporary folder. */
  async close(): Promise<void> {
    if (!this.kept) await rm(this.path, { recursive: true, force: true });
  }
}
