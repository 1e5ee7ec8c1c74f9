import { parseArgs } from "node:util";
import { ArmTypes } from "./arm-types.ts";
import { buildCatalog } from "./build-catalog.ts";
import { catalogFiles, differences, readCatalog, writeCatalog } from "./catalog-files.ts";
import { readCrds } from "./crd-source.ts";
import { readOverrides } from "./overrides.ts";
import { releaseChanges } from "./release-changes.ts";

const usage = `node infra/catalog/generate.ts --crds DIR --types DIR --overrides FILE [--out DIR] [--against DIR]
  --crds       CustomResourceDefinitions of Azure Service Operator, one *.yaml each
  --types      ARM body types in the bicep-types format, with index.json
  --overrides  facts that neither of the two holds
  --out        where the catalog is written (default src/catalog/data); not written with --against alone
  --against    compares with the catalog in DIR instead: names kinds that were added, removed or changed, and files that
               differ; exits 1 when there are any`;

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function main(argv: readonly string[]): number {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      crds: { type: "string" },
      types: { type: "string" },
      overrides: { type: "string" },
      out: { type: "string" },
      against: { type: "string" },
    },
  });
  const { crds, types, overrides, out, against } = values;
  if (crds === undefined || types === undefined || overrides === undefined) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  const build = buildCatalog(readCrds(crds), new ArmTypes(types), readOverrides(overrides));
  process.stdout.write(
    `${build.kinds} kinds, ${build.versions} versions, ${build.specPaths} spec paths, ${build.statusPaths} status paths\n`,
  );
  if (build.problems.length > 0) {
    process.stderr.write(
      `${build.problems.join("\n")}\n${build.problems.length} not mapped: nothing written; the entries belong into A_conversion.paths of ${overrides}, with group and kind\n`,
    );
    return 1;
  }
  const files = catalogFiles(build.groups);
  const found = against === undefined ? [] : differences(against, files);
  const changes = against === undefined ? [] : releaseChanges(readCatalog(against), build.groups);
  for (const line of changes) process.stdout.write(`${line}\n`);
  for (const line of found) process.stderr.write(`${line}\n`);
  if (out !== undefined || against === undefined) writeCatalog(out ?? "src/catalog/data", files);
  return found.length > 0 ? 1 : 0;
}
