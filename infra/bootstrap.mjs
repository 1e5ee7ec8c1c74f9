// What `npm start` and `npm test` need before anything else, on a machine with nothing but Node and npm. Runs on Node 20.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "..");

/** The project's own Node, from the package `node`. */
export const node = path.join(root, "node_modules", "node", "bin", "node");

/** Runs a command to its end and leaves this process with its exit code when it fails. */
export function run(command, args, what) {
  const PATH = `${path.join(root, "node_modules", ".bin")}${path.delimiter}${process.env.PATH}`;
  const { status, signal, error } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PATH },
  });
  if (status === 0) return;
  const why = error?.message ?? (signal === null ? `exit code ${status}` : signal);
  console.error(`error: ${what} failed (${why})`);
  process.exit(status ?? 130);
}

/** Installs the packages of the lockfile when they are missing, and says so. */
export function install() {
  if (existsSync(node) && existsSync(path.join(root, "node_modules", ".package-lock.json"))) return;
  console.log("Installing the packages of package-lock.json, once (npm ci) …");
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], "npm ci");
  if (existsSync(node)) return;
  console.error(
    'error: the package "node" was not installed. npm must be allowed to run its install script (allowScripts in package.json).',
  );
  process.exit(1);
}
