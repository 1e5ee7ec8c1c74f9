import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { layers } from "../../infra/check/layers.ts";
import { withMiniTree } from "./mini-tree.ts";

type Seed = {
  readonly rule: string;
  /** The file that the forbidden import is put into. */
  readonly file: string;
  readonly imports: string;
  readonly because: string;
  /** Other rules that the same import breaks. */
  readonly also?: readonly string[];
};

const seeds: readonly Seed[] = [
  {
    rule: "core-is-pure",
    file: "src/core/seed-port.ts",
    imports: "../ports/clock.ts",
    because: "the core does not know the world, not even by its interfaces",
  },
  {
    rule: "core-is-pure",
    file: "src/core/seed-file-system.ts",
    imports: "node:fs/promises",
    because: "a built-in module is I/O",
  },
  {
    rule: "core-is-pure",
    file: "src/core/seed-package.ts",
    imports: "zod",
    because: "only packages on the list are known to be pure",
  },
  {
    rule: "core-is-pure",
    file: "src/core/seed-catalog.ts",
    imports: "../catalog/load.ts",
    because: "the catalog is data with a loader; the core takes its types only",
  },
  {
    rule: "core-hashes-with-crypto-only",
    file: "src/core/hash.ts",
    imports: "node:fs",
    because: "the exception is for hashing",
  },
  {
    rule: "ports-are-interfaces",
    file: "src/ports/seed.ts",
    imports: "@azure/data-tables",
    because: "no type of an SDK crosses a port",
    also: ["storage-sdk-only-in-its-adapter"],
  },
  {
    rule: "kinds-hold-no-client",
    file: "src/kinds/seed-runtime.ts",
    imports: "../runtime/create-runtime.ts",
    because: "a kind makes no calls",
  },
  {
    rule: "kinds-see-ports-as-types",
    file: "src/kinds/seed-port.ts",
    imports: "../ports/clock.ts",
    because: "a value of a port would be a client",
  },
  {
    rule: "controller-uses-ports",
    file: "src/controller/seed.ts",
    imports: "../config/config.ts",
    because: "settings are passed in",
  },
  {
    rule: "catalog-is-data",
    file: "src/catalog/seed.ts",
    imports: "../core/value.ts",
    because: "whatever reads the catalog, the catalog reads nothing",
  },
  {
    rule: "crds-are-computed",
    file: "src/crds/seed.ts",
    imports: "node:fs",
    because: "writing the file is for the command",
  },
  {
    rule: "rbac-is-computed",
    file: "src/rbac/seed.ts",
    imports: "../config/config.ts",
    because: "the role depends on the catalog and on nothing that is set",
  },
  {
    rule: "plan-is-computed",
    file: "src/plan/seed.ts",
    imports: "../config/config.ts",
    because: "a plan depends on manifests alone",
  },
  {
    rule: "transfer-is-computed",
    file: "src/transfer/seed.ts",
    imports: "../ports/clock.ts",
    because: "a plan of two clusters is no client of them",
  },
  {
    rule: "parity-judges-the-core",
    file: "src/parity/seed.ts",
    imports: "../runtime/create-runtime.ts",
    because: "what is judged is the pure core",
  },
  {
    rule: "config-stands-alone",
    file: "src/config/seed.ts",
    imports: "../sandbox/host/host.ts",
    because: "configuration constructs nothing",
  },
  {
    rule: "adapters-stand-alone",
    file: "src/adapters/arm/seed.ts",
    imports: "../storage/queue.ts",
    because: "adapters meet in the runtime",
  },
  {
    rule: "runtime-constructs",
    file: "src/runtime/seed.ts",
    imports: "../cli/main.ts",
    because: "what starts the runtime is above it",
  },
  {
    rule: "only-runtime-constructs",
    file: "src/cli/seed-adapter.ts",
    imports: "../adapters/arm/put.ts",
    because: "a command takes what it needs from the runtime",
    also: ["cli-is-on-top"],
  },
  {
    rule: "sandbox-is-a-world",
    file: "src/sandbox/seed.ts",
    imports: "../controller/reconcile.ts",
    because: "the world around the app shares no use case with it",
  },
  {
    rule: "cli-is-on-top",
    file: "src/cli/seed-kind.ts",
    imports: "../kinds/network.ts",
    because: "kinds are the engine's",
  },
  {
    rule: "functions-are-thin",
    file: "functions/seed.ts",
    imports: "../src/controller/reconcile.ts",
    because: "a trigger calls the runtime",
  },
  {
    rule: "functions-sdk-only-at-the-edge",
    file: "src/runtime/seed-functions.ts",
    imports: "@azure/functions",
    because: "only triggers and the local host know the Functions model",
  },
  {
    rule: "storage-sdk-only-in-its-adapter",
    file: "src/runtime/seed-tables.ts",
    imports: "@azure/data-tables",
    because: "storage is behind its ports",
  },
  {
    rule: "arm-sdk-only-in-its-adapter",
    file: "src/runtime/seed-arm.ts",
    imports: "@azure/arm-resources",
    because: "ARM is behind its port",
  },
  {
    rule: "product-knows-no-tests",
    file: "src/adapters/http/seed.ts",
    imports: "../../../infra/build.ts",
    because: "the build is not shipped",
  },
  {
    rule: "product-needs-no-development-packages",
    file: "src/runtime/seed-test.ts",
    imports: "vitest",
    because: "it is not installed where the app runs",
  },
  {
    rule: "imports-resolve",
    file: "src/adapters/http/seed-missing.ts",
    imports: "./not-there.ts",
    because: "what is not found is not judged",
  },
  {
    rule: "no-cycles",
    file: "src/adapters/http/seed-cycle.ts",
    imports: "./send.ts",
    because: "two files that need each other cannot be read one by one",
  },
];

const ruleSet = z.object({ forbidden: z.array(z.object({ name: z.string() })).min(1) });

const seededFiles = {
  "package.json": JSON.stringify({
    name: "mini-tree",
    type: "module",
    dependencies: {
      "@azure/arm-resources": "*",
      "@azure/data-tables": "*",
      "@azure/functions": "*",
      zod: "*",
    },
    devDependencies: { vitest: "*" },
  }),
  "src/catalog/load.ts": "export const load = 1;\n",
  "src/adapters/http/send.ts": 'import "./seed-cycle.ts";\n',
  ...Object.fromEntries(seeds.map(({ file, imports }) => [file, `import "${imports}";\n`])),
};

describe("layers", () => {
  let problems: readonly string[] = [];

  beforeAll(async () => {
    problems = (await withMiniTree(seededFiles, layers.run)).problems;
  });

  it("finds nothing in a tree that keeps to the layers", async () => {
    const clean = await withMiniTree({}, layers.run);

    expect(clean.problems).toEqual([]);
    expect(clean.seen).toBe("19 modules");
  });

  it.each(seeds)(
    "$rule fails on $file importing $imports",
    ({ rule, file, because, also = [] }) => {
      const named = problems
        .filter((problem) => problem.startsWith(`${file} `))
        .map((problem) => problem.split(" ")[1]?.replace(":", ""));

      expect([...new Set(named)].sort(), because).toEqual([rule, ...also].sort());
    },
  );

  it("reports nothing but the seeded imports", () => {
    const files = new Set(seeds.map((seed) => seed.file));

    expect(problems.filter((problem) => !files.has(problem.split(" ")[0] ?? ""))).toEqual([]);
  });

  it("has a seed for every rule", async () => {
    const rules = new URL("dependency-cruiser.mjs", import.meta.url).href;
    const { forbidden } = ruleSet.parse((await import(rules)).default);
    const seeded = new Set(seeds.map((seed) => seed.rule));

    expect(forbidden.map((rule) => rule.name).filter((name) => !seeded.has(name))).toEqual([]);
  });

  it("fails for a rule whose layer is empty, so that a renamed folder cannot lose its rule", async () => {
    const renamed = await withMiniTree(
      { "src/rbac/build-role.ts": undefined, "src/cli/main.ts": "console.log(1);\n" },
      layers.run,
    );

    expect(renamed.problems).toEqual([
      "rbac-is-computed: no module is in the layer that this rule is about",
    ]);
  });
});
