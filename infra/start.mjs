// `npm start`: installs and builds what is missing, then starts the sandbox. Runs on Node 20.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { install, node, root, run } from "./bootstrap.mjs";

const outputs = ["cli/main.mjs", "functions/index.mjs", "sandbox/host.mjs"].map((file) =>
  path.join(root, "dist", file),
);

/** The newest change below the source folders, in milliseconds. */
function newestSource() {
  const times = ["src", "functions"].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true }).map(
      (name) => statSync(path.join(root, folder, name)).mtimeMs,
    ),
  );
  return Math.max(...times);
}

install();
const newest = newestSource();
if (!outputs.every((file) => existsSync(file) && statSync(file).mtimeMs > newest)) {
  console.log("Building the function app …");
  run(node, [path.join(root, "infra", "build.ts")], "the build");
}
const entry = path.join(root, "dist", "cli", "main.mjs");
const child = spawn(node, ["--enable-source-maps", entry, "start", ...process.argv.slice(2)], {
  stdio: "inherit",
});
// Ctrl-C reaches the child by itself; a SIGTERM to npm does not.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
