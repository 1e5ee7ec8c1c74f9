import { existsSync } from "node:fs";
import path from "node:path";

const repository = path.resolve(import.meta.dirname, "../../..");

/** The catalog as it is committed. */
export const committedCatalog = path.join(repository, "src/catalog/data");

/** Path of one of the generator's inputs. They lie beside the checkout; a missing one fails the test with its path. */
export function upstream(name: "aso-crds" | "arm-types" | "catalog-overrides.json"): string {
  const found = path.resolve(repository, "../shared/upstream", name);
  if (!existsSync(found)) {
    throw new Error(`the catalog's sources are missing: ${path.relative(repository, found)}`);
  }
  return found;
}
