import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { crc32, inflateRawSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { collectPackage } from "../../../infra/deploy/collect-package.ts";
import { zipArchive } from "../../../infra/deploy/zip-archive.ts";
import { root } from "./bicep-files.ts";

let dist = "";

beforeEach(async () => {
  dist = await mkdtemp(path.join(tmpdir(), "package-"));
  for (const file of [
    "functions/index.mjs",
    "functions/index.mjs.map",
    "functions/chunk-1.mjs",
    "cli/main.mjs",
  ]) {
    await mkdir(path.dirname(path.join(dist, file)), { recursive: true });
    await writeFile(path.join(dist, file), file);
  }
});

afterEach(() => rm(dist, { recursive: true, force: true }));

describe("the package", () => {
  it("holds the bundle, host.json and a package.json without dependencies", async () => {
    const entries = await collectPackage(root, dist);
    expect(entries.map((entry) => entry.path)).toEqual([
      "host.json",
      "package.json",
      "dist/functions/chunk-1.mjs",
      "dist/functions/index.mjs",
    ]);
    const manifest: unknown = JSON.parse(String(entries[1]?.content));
    expect(manifest).toMatchObject({ type: "module", main: "dist/functions/index.mjs" });
    expect(manifest).not.toHaveProperty("dependencies");
  });

  it("is not made without the main file", async () => {
    await rm(path.join(dist, "functions/index.mjs"));
    await expect(collectPackage(root, dist)).rejects.toThrow("dist/functions/index.mjs");
  });
});

describe("the archive", () => {
  it("gives back every file, and the same bytes for the same files", () => {
    const files = [
      { path: "host.json", content: Buffer.from("{}") },
      { path: "dist/ä.mjs", content: Buffer.from("x".repeat(10_000)) },
      { path: "empty", content: Buffer.alloc(0) },
    ];
    const archive = zipArchive(files);
    expect(unzip(archive)).toEqual(files);
    expect(zipArchive(files).equals(archive)).toBe(true);
    expect(archive.length).toBeLessThan(1_000);
  });
});

describe(".funcignore", () => {
  it.each([
    { file: "host.json", sent: true },
    { file: "package.json", sent: true },
    { file: "dist/functions/index.mjs", sent: true },
    { file: "dist/cli/main.mjs", sent: false },
    { file: "dist/sandbox/host.mjs", sent: false },
    { file: "dist/app/host.json", sent: false },
    { file: "package-lock.json", sent: false },
    { file: "node_modules/zod/package.json", sent: false },
    { file: "src/config/config.ts", sent: false },
    { file: ".env", sent: false },
  ])("$file is sent: $sent", async ({ file, sent }) => {
    const lines = (await readFile(path.join(root, ".funcignore"), "utf8"))
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    const kept = lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
    // func reads patterns as prefixes, and an exception always wins.
    expect(kept.some((prefix) => file.startsWith(prefix))).toBe(sent);
    expect(lines.filter((line) => !line.startsWith("!"))).toEqual(["*"]);
  });
});

/** Reads an archive by its directory, as unzip does. */
function unzip(archive: Buffer): readonly { path: string; content: Buffer }[] {
  const end = archive.length - 22;
  expect(archive.readUInt32LE(end)).toBe(0x06054b50);
  let at = archive.readUInt32LE(end + 16);
  return Array.from({ length: archive.readUInt16LE(end + 10) }, () => {
    expect(archive.readUInt32LE(at)).toBe(0x02014b50);
    const [crc, packed, size] = [16, 20, 24].map((field) => archive.readUInt32LE(at + field));
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString("utf8", at + 46, at + 46 + nameLength);
    const start = archive.readUInt32LE(at + 42);
    expect(archive.readUInt32LE(start)).toBe(0x04034b50);
    const from = start + 30 + archive.readUInt16LE(start + 26) + archive.readUInt16LE(start + 28);
    const content = inflateRawSync(archive.subarray(from, from + (packed ?? 0)));
    expect({ crc: crc32(content), size: content.length }).toEqual({ crc, size });
    at += 46 + nameLength;
    return { path: name, content };
  });
}
