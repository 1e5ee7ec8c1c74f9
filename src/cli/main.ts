#!/usr/bin/env node
/** What the HTTP client needs; `npx aso-functions` in a checkout runs on the Node that its packages bring along. */
const needed = [22, 15] as const;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major > needed[0] || (major === needed[0] && minor >= needed[1])) {
  await import("./program.ts");
} else {
  console.error(
    `error: aso-functions needs Node ${needed.join(".")} or newer, this is ${process.versions.node}. In a checkout, npx aso-functions finds a newer one by itself.`,
  );
  process.exitCode = 2;
}
