// `npm test`: everything that must hold, on a fresh clone. `npm test -- test/unit` runs the tests of those files only. Runs on Node 20.
import path from "node:path";
import { install, node, root, run } from "./bootstrap.mjs";

const files = process.argv.slice(2);
const vitest = path.join(root, "node_modules", "vitest", "vitest.mjs");

install();
if (files.length === 0) {
  run(node, [path.join(root, "infra", "check.ts")], "npm run check");
  run(node, [path.join(root, "infra", "build.ts")], "npm run build");
  run(
    node,
    [path.join(root, "test", "envtest", "binaries.ts")],
    "getting the API server for the tests",
  );
}
run(
  node,
  [
    vitest,
    "run",
    "--root",
    root,
    "--config",
    path.join(root, "test", "vitest.config.ts"),
    ...files,
  ],
  "the test run",
);
