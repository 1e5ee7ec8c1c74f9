/**
 * The layers of the source tree: who may import whom. Most rules are allow-lists, so that a new folder, package or built-in module is
 * forbidden until somebody decides here that it may be used. `npm run check` fails on every violation, on a rule whose layer is empty, and
 * when nothing was read at all; layers.test.ts seeds one forbidden import for each rule.
 *
 * functions, cli, sandbox → runtime → adapters → ports → core; controller → ports, core, catalog, kinds; core → nothing.
 */

/** Everything in `src/<layer>` may reach only what matches one of `allowed`; a rule for packages and built-in modules too. */
const only = (name, comment, layer, allowed, except) => ({
  name,
  comment,
  severity: "error",
  from: { path: `^${layer}/`, ...(except === undefined ? {} : { pathNot: except }) },
  to: { pathNot: [`^${layer}/`, ...allowed] },
});

/** Nothing in `from` may reach what matches `to`. */
const no = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

const src = (...folders) => folders.map((folder) => `^src/${folder}/`);
const packages = "^node_modules/";
const builtIn = "^[^./]+(/promises|/consumers)?$";
const manifest = "^package\\.json$";
const catalogTypes = "^src/catalog/types\\.ts$";

export default {
  forbidden: [
    only(
      "core-is-pure",
      "The core computes: no I/O, no SDK, no built-in module. It reads the types of the catalog and evaluates CEL with a package that is pure.",
      "src/core",
      [catalogTypes, "^node_modules/@marcbachmann/cel-js/"],
      "^src/core/hash\\.ts$",
    ),
    no(
      "core-hashes-with-crypto-only",
      "hash.ts is the one exception of the core, for one module.",
      { path: "^src/core/hash\\.ts$" },
      { pathNot: ["^src/core/", "^crypto$"] },
    ),
    only(
      "ports-are-interfaces",
      "A port says what the core needs of the world, in words of the core.",
      "src/ports",
      src("core"),
    ),
    only(
      "kinds-hold-no-client",
      "What a kind adds to the catalog is a function of facts; the engine makes the calls.",
      "src/kinds",
      [...src("core", "ports"), catalogTypes],
    ),
    no(
      "kinds-see-ports-as-types",
      "A kind names a port in its signature and never brings one along.",
      { path: "^src/kinds/" },
      { path: "^src/ports/", dependencyTypesNot: ["type-only"] },
    ),
    only(
      "controller-uses-ports",
      "The use cases know the world through ports, so that they run on doubles.",
      "src/controller",
      src("ports", "core", "catalog", "kinds"),
    ),
    only(
      "catalog-is-data",
      "Generated data and its loader; whatever uses it, it uses nothing.",
      "src/catalog",
      [],
    ),
    only(
      "crds-are-computed",
      "A CRD is computed from the catalog; who writes it to a file or a cluster is not its concern.",
      "src/crds",
      [...src("core", "catalog"), "^node_modules/yaml/"],
    ),
    only(
      "rbac-is-computed",
      "The role is computed from the catalog; who writes it to a file or a cluster is not its concern.",
      "src/rbac",
      [...src("core", "catalog", "crds"), "^node_modules/yaml/"],
    ),
    only(
      "plan-is-computed",
      "A plan is computed from manifests that were read; it reads no file, no cluster and no Azure.",
      "src/plan",
      src("core", "catalog", "kinds", "crds"),
    ),
    only(
      "transfer-is-computed",
      "A transfer is planned from what was read of two clusters; it reads and writes neither.",
      "src/transfer",
      src("core"),
    ),
    only(
      "parity-judges-the-core",
      "Parity replays recorded cases on the core and the kinds; it knows no adapter and no use case.",
      "src/parity",
      [...src("core", "catalog", "kinds"), "^node_modules/zod/", "^(fs/promises|path|zlib)$"],
    ),
    only(
      "config-stands-alone",
      "Configuration is text made into types; it constructs nothing.",
      "src/config",
      [...src("core", "ports"), "^node_modules/zod/", "^(fs|fs/promises|path)$"],
    ),
    no(
      "adapters-stand-alone",
      "An adapter knows its outside system, the ports and the core, and of the other adapters only the shared transport.",
      { path: "^src/adapters/([^/]+)/" },
      { path: "^(src|functions)/", pathNot: ["^src/adapters/($1|http)/", ...src("core", "ports")] },
    ),
    only(
      "runtime-constructs",
      "The runtime puts adapters under use cases; what starts it is above it.",
      "src/runtime",
      [
        ...src("adapters", "config", "controller", "catalog", "kinds", "ports", "core"),
        manifest,
        packages,
        builtIn,
      ],
    ),
    no(
      "only-runtime-constructs",
      "Adapters are constructed in one place.",
      { path: "^(src|functions)/", pathNot: "^src/(adapters|runtime)/" },
      { path: "^src/adapters/" },
    ),
    only(
      "sandbox-is-a-world",
      "The sandbox is the world around the app: it starts the app, and shares with it no use case that could hide a fault.",
      "src/sandbox",
      [...src("runtime", "config", "catalog", "crds", "rbac", "ports", "core"), packages, builtIn],
    ),
    only(
      "cli-is-on-top",
      "A command parses and calls; nothing below a command is constructed by it.",
      "src/cli",
      [
        ...src("sandbox", "runtime", "controller", "config", "catalog", "crds", "rbac", "parity"),
        ...src("plan", "transfer"),
        ...src("ports", "core"),
        manifest,
        packages,
        builtIn,
      ],
    ),
    only(
      "functions-are-thin",
      "A trigger parses, calls the runtime and maps the answer.",
      "functions",
      [...src("runtime", "config", "ports", "core"), "^node_modules/@azure/functions/"],
    ),
    no(
      "functions-sdk-only-at-the-edge",
      "The Functions model stays at the edge: in the triggers and in the host that runs them locally.",
      { path: "^(src|infra)/", pathNot: "^src/sandbox/host/" },
      { path: "^node_modules/@azure/functions" },
    ),
    no(
      "storage-sdk-only-in-its-adapter",
      "No type of a storage SDK crosses a port; the local host has queues of its own to read.",
      { path: "^src/", pathNot: "^src/(adapters/storage|sandbox)/" },
      { path: "^node_modules/@azure/(data-tables|storage-queue|storage-blob)/" },
    ),
    no(
      "arm-sdk-only-in-its-adapter",
      "No type of the ARM SDK crosses a port.",
      { path: "^src/", pathNot: "^src/adapters/arm/" },
      { path: "^node_modules/@azure/arm-" },
    ),
    no(
      "product-knows-no-tests",
      "What is shipped does not know how it is built and tested.",
      { path: "^(src|functions)/" },
      { path: "^(test|infra)/" },
    ),
    no(
      "product-needs-no-development-packages",
      "Where the app runs there are only the packages under dependencies.",
      { path: "^(src|functions)/" },
      {
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"],
        dependencyTypesNot: ["type-only"],
      },
    ),
    no(
      "imports-resolve",
      "What cannot be found cannot be judged by the rules above.",
      {},
      { couldNotResolve: true },
    ),
    no(
      "no-cycles",
      "Two files that need each other are one file, or a third is missing.",
      {},
      { circular: true },
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
