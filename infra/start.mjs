// `npm start` on a machine with nothing but Node and npm: installs and builds what is missing, and says so. Runs on Node 20.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const own = path.join(root, "node_modules", "node", "bin", "node");
const entry = path.join(root, "dist", "cli", "main.mjs");

function run(command, args, what) {
  const { status, signal } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (status === 0) return;
  if (signal === null) console.error(`error: ${what} failed (exit code ${status})`);
  process.exit(status ?? 130);
}

/** The newest change below a folder, in milliseconds. */
function newest(folder) {
  let latest = 0;
  for (const name of readdirSync(path.join(root, folder), { recursive: true })) {
    latest = Math.max(latest, statSync(path.join(root, folder, name)).mtimeMs);
  }
  return latest;
}

if (!existsSync(own)) {
  console.log("Installing the packages of package-lock.json, once (npm ci) …");
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], "npm ci");
}
const built = ["cli/main.mjs", "functions/index.mjs", "sandbox/host.mjs"].map((file) =>
  path.join(root, "dist", file),
);
const sources = Math.max(...["src", "functions", "infra"].map(newest));
if (!built.every((file) => existsSync(file) && statSync(file).mtimeMs > sources)) {
  console.log("Building the function app …");
  run(own, [path.join(root, "infra", "build.ts")], "the build");
}
// Ctrl-C reaches the child too; this process only waits for it.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
const child = spawn(own, ["--enable-source-maps", entry, "start", ...process.argv.slice(2)], {
  cwd: process.cwd(),
  stdio: "inherit",
});
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
