import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Command, Option } from "commander";
import { stringify } from "yaml";
import manifest from "../../package.json" with { type: "json" };
import { errorMessage } from "../core/errors.ts";
import { buildCrd, type CustomResourceDefinition } from "../crds/build-crd.ts";
import { manifestKinds, type UsedKind } from "../crds/manifest-kinds.ts";
import {
  type SelectedKind,
  type Selection,
  selectNamed,
  selectUsed,
} from "../crds/select-kinds.ts";
import type { VersionChoice } from "../crds/served-versions.ts";
import { writeOut } from "./write-out.ts";

type CrdsOptions = {
  readonly for?: readonly string[];
  readonly kinds?: string;
  readonly groups?: string;
  readonly versions?: string;
  readonly descriptions: string;
  readonly output: string;
  readonly directory: string;
};

const formats = ["yaml", "json", "dir"];

/**
 * Registers `crds`: prints CustomResourceDefinitions for kinds, groups or whatever manifests use.
 * Bad input ends the command with exit code 2 and one sentence that names the cause.
 */
export function registerCrds(program: Command): void {
  const command = program
    .command("crds")
    .description("print the CustomResourceDefinitions of Azure kinds, to be applied with kubectl")
    .option("--for <file...>", "the kinds and versions that these manifests use ('-' is stdin)")
    .option("--kinds <list>", "these kinds: Kind, group/Kind or plural, separated by commas")
    .option("--groups <list>", "every kind of these groups, or 'all'")
    .option(
      "--versions <all|newest|list>",
      "versions to serve (default: all; with --for those the manifests use)",
    )
    .addOption(
      new Option(
        "--descriptions <none>",
        "CRDs have no descriptions, but where versions contradict each other",
      ).default("none"),
    )
    .addOption(
      new Option("-o, --output <format>", "yaml, json, or dir: one file each").default("yaml"),
    )
    .addOption(new Option("--directory <folder>", "the folder of -o dir").default("crds"))
    .addHelpText(
      "after",
      `
A version that objects are stored at must stay in a CRD. On a cluster that has the CRDs already, ask for the versions
it serves as well. Apply with: kubectl apply --server-side -f -`,
    );
  command.action(async (options: CrdsOptions) => {
    const selection = await select(options);
    if (selection.kind === "refused") {
      command.error(`error: ${selection.reason}`, { exitCode: 2 });
      return;
    }
    const crds = selection.kinds.map(crdOf);
    const written = options.output === "dir" ? writeFiles(crds, options.directory) : undefined;
    if (written?.kind === "refused") command.error(`error: ${written.reason}`, { exitCode: 2 });
    else writeOut(command, written?.text ?? print(crds, options.output));
  });
}

function crdOf(selected: SelectedKind): CustomResourceDefinition {
  const { group, name, kind, served } = selected;
  return buildCrd(group, name, kind, served, manifest.version);
}

async function select(options: CrdsOptions): Promise<Selection> {
  const { for: files, kinds, groups } = options;
  if (!formats.includes(options.output)) {
    return refused(`-o takes ${formats.join(", ")}, not ${options.output}`);
  }
  if (options.descriptions !== "none") {
    return refused(`--descriptions takes none: the catalog holds no descriptions`);
  }
  if (files !== undefined) {
    if (kinds !== undefined || groups !== undefined) {
      return refused("--for goes without --kinds and --groups");
    }
    const choice = options.versions === undefined ? undefined : versionChoice(options.versions);
    return selectFiles(files, choice);
  }
  if (kinds === undefined && groups === undefined) {
    return refused("say which kinds: --for, --kinds or --groups");
  }
  const names = { kinds: listOf(kinds), groups: listOf(groups) };
  return selectNamed(names, versionChoice(options.versions ?? "all"));
}

function selectFiles(
  files: readonly string[],
  choice: VersionChoice | undefined,
): Promise<Selection> | Selection {
  const used: UsedKind[] = [];
  for (const file of files) {
    let text: string;
    try {
      text = readFileSync(file === "-" ? 0 : file, "utf8");
    } catch (error) {
      return refused(`cannot read ${file}: ${errorMessage(error)}`);
    }
    const read = manifestKinds(text, file);
    if (read.kind === "malformed") return refused(read.reason);
    used.push(...read.used);
  }
  return selectUsed(used, choice);
}

function refused(reason: string): Selection {
  return { kind: "refused", reason };
}

function versionChoice(text: string): VersionChoice {
  return text === "all" || text === "newest" ? text : listOf(text);
}

function listOf(text: string | undefined): string[] {
  const parts = (text ?? "").split(",").map((part) => part.trim());
  return parts.filter((part) => part !== "");
}

function print(crds: readonly CustomResourceDefinition[], format: string): string {
  if (format === "json") {
    return `${JSON.stringify({ apiVersion: "v1", kind: "List", items: crds })}\n`;
  }
  return crds.map((crd) => `---\n${yamlOf(crd)}`).join("");
}

function yamlOf(crd: CustomResourceDefinition): string {
  return stringify(crd, { aliasDuplicateObjects: false, lineWidth: 0, compat: "yaml-1.1" });
}

/** Writes `<name of the CRD>.yaml` for each; the text names the files. */
function writeFiles(
  crds: readonly CustomResourceDefinition[],
  directory: string,
): { readonly kind: "written"; readonly text: string } | { kind: "refused"; reason: string } {
  try {
    mkdirSync(directory, { recursive: true });
    const files = crds.map((crd) => {
      const file = path.join(directory, `${crd.metadata.name}.yaml`);
      writeFileSync(file, yamlOf(crd));
      return `${file}\n`;
    });
    return { kind: "written", text: files.join("") };
  } catch (error) {
    return { kind: "refused", reason: `cannot write to ${directory}: ${errorMessage(error)}` };
  }
}
