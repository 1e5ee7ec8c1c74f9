import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { parseAllDocuments } from "yaml";
import { OperatorError } from "../../core/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";

/** A Kubernetes object from a file. */
export type Manifest = JsonObject & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonObject & { readonly name: string };
};

/** Every object of a file, or of all .yaml, .yml and .json files of a folder. Throws OperatorError `ConfigInvalid` with file and line. */
export async function readManifests(location: string): Promise<Manifest[]> {
  const found = await stat(location).catch(() => undefined);
  if (found === undefined)
    throw new OperatorError("ConfigInvalid", `There is no file or folder ${location}.`);
  if (!found.isDirectory()) return readFileManifests(location);
  const names = (await readdir(location)).filter((name) => /\.(ya?ml|json)$/.test(name)).toSorted();
  const lists = await Promise.all(
    names.map((name) => readFileManifests(path.join(location, name))),
  );
  return lists.flat();
}

async function readFileManifests(file: string): Promise<Manifest[]> {
  return parseManifests(await readFile(file, "utf8"), file);
}

/** Every object of YAML or JSON documents, `List` objects opened. Throws OperatorError `ConfigInvalid` that names `source`. */
export function parseManifests(text: string, source: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined)
      throw new OperatorError("ConfigInvalid", `${source}: ${error.message}`);
    const value: unknown = document.toJS();
    if (value === null || value === undefined) return [];
    const objects = isJsonObject(value) && value["kind"] === "List" ? itemsOf(value) : [value];
    return objects.map((object) => {
      if (isManifest(object)) return object;
      throw new OperatorError(
        "ConfigInvalid",
        `${source}: an object without apiVersion, kind and metadata.name`,
      );
    });
  });
}

function itemsOf(list: JsonObject): readonly JsonValue[] {
  return Array.isArray(list["items"]) ? list["items"] : [];
}

function isManifest(value: unknown): value is Manifest {
  if (
    !isJsonObject(value) ||
    typeof value["apiVersion"] !== "string" ||
    typeof value["kind"] !== "string"
  )
    return false;
  const metadata = value["metadata"];
  return isJsonObject(metadata) && typeof metadata["name"] === "string";
}

/** Namespaces first, then what resources read, then the resources in the order of the files. */
export function applyOrder(manifests: readonly Manifest[]): Manifest[] {
  const rank = ({ kind }: Manifest): number =>
    kind === "Namespace" ? 0 : kind === "Secret" || kind === "ConfigMap" ? 1 : 2;
  return manifests.toSorted((a, b) => rank(a) - rank(b));
}

/** True for custom resources of ASO. */
export function isAsoResource({ apiVersion }: Manifest): boolean {
  return /\.azure\.com\//.test(apiVersion);
}
