import { globSync, readFileSync } from "node:fs";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "../../..");
const infra = path.join(root, "infra");

/** A Bicep file without comments. This is no parser: it reads the plain style that the files of infra are written in. */
type BicepFile = {
  /** Relative to infra. */
  readonly path: string;
  readonly text: string;
};

type BicepModule = { readonly file: string; readonly params: readonly string[] };

export function bicepFiles(): readonly BicepFile[] {
  return ["main.bicep", ...globSync("bicep/*.bicep", { cwd: infra })].map((name) =>
    bicepFile(name),
  );
}

export function bicepFile(name: string): BicepFile {
  const text = readFileSync(path.join(infra, name), "utf8");
  return { path: name.split(path.sep).join("/"), text: text.replace(/^\s*\/\/.*$/gm, "") };
}

/** Parameters of a file; true for those with a default. */
export function params({ text }: BicepFile): ReadonlyMap<string, boolean> {
  const found = text.matchAll(/^param (\w+) [\w[\]]+( =)?/gm);
  return new Map([...found].map((match) => [match[1] ?? "", match[2] !== undefined]));
}

/** Names that a file declares with a keyword. */
export function declared({ text }: BicepFile, keyword: "var" | "output"): readonly string[] {
  const found = text.matchAll(new RegExp(`^${keyword} (\\w+)`, "gm"));
  return [...found].map((match) => match[1] ?? "");
}

/** Modules by their symbolic name, with the parameters they are given. */
export function modules({ text }: BicepFile): ReadonlyMap<string, BicepModule> {
  const found = text.matchAll(/^module (\w+) '([^']+)' = [^\n]*\{\n([\s\S]*?)^\}/gm);
  return new Map(
    [...found].map(([, name = "", file = "", body = ""]) => [
      name,
      { file, params: [...body.matchAll(/^ {4}(\w+): /gm)].map((match) => match[1] ?? "") },
    ]),
  );
}

/** Types with API versions of the resources of a file. */
export function resourceTypes({ text }: BicepFile): readonly string[] {
  return [...text.matchAll(/^resource \w+ '([^']+)'/gm)].map((match) => match[1] ?? "");
}

/** The strings of a list or map that stands under a name, as `name = [ … ]`, `name = { … }`. */
export function strings({ text }: BicepFile, name: string): readonly string[] {
  const block = new RegExp(`\\b${name} = ([[{][^\\]}]*)`).exec(text)?.[1] ?? "";
  return [...block.matchAll(/'([^']*)'/g)].map((match) => match[1] ?? "");
}

/** App settings: the keys that begin with a capital letter, in the file of the app and where the queues are named. */
export function appSettings(): readonly string[] {
  const own = [...bicepFile("bicep/app.bicep").text.matchAll(/^\s+([A-Z]\w+): /gm)];
  const queues = [...bicepFile("main.bicep").text.matchAll(/^\s+([A-Z]\w+): /gm)];
  return [...own, ...queues].map((match) => match[1] ?? "");
}
