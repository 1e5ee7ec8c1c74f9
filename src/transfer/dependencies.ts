import { collectInputs } from "../core/convert/inputs.ts";
import type { KindVersion } from "../core/convert/kind-version.ts";
import { readKeyReference } from "../core/convert/reference.ts";
import { annotations, namespaceCredential } from "../core/resource/names.ts";
import { parseOwner } from "../core/resource/owner.ts";
import type { CustomResource } from "../core/resource/types.ts";
import type { ObjectName, ResourceName } from "./transfer-types.ts";

/** What a resource refers to in its own namespace. */
export type Dependencies = {
  /** Its owner and every reference by name. */
  readonly resources: readonly ResourceName[];
  /** What its body, its name and its credential are read from. */
  readonly objects: readonly ObjectName[];
};

/** Reads the dependencies off a spec (aso-features.md 6, 7 and 9). */
export function dependenciesOf(resource: CustomResource, version: KindVersion): Dependencies {
  const spec = resource.spec ?? {};
  const owner = parseOwner(spec, version.owner);
  const inputs = collectInputs(spec, version);
  const named = readKeyReference(spec["azureNameFromConfig"] ?? null);
  const credential = resource.metadata.annotations?.[annotations.credentialFrom] ?? "";
  return {
    resources: [
      ...(owner.kind === "resource" ? [owner.owner] : []),
      ...inputs.references.flatMap(({ reference }) =>
        reference.kind === "resource" ? [reference.target] : [],
      ),
    ],
    objects: [
      ...[...inputs.secrets, ...inputs.secretMaps].map(({ name }) => secret(name)),
      ...[...inputs.configMaps, ...(named === undefined ? [] : [named])].map(
        ({ name }) => ({ kind: "ConfigMap", name }) as const,
      ),
      secret(credential === "" ? namespaceCredential : credential),
    ],
  };
}

function secret(name: string): ObjectName {
  return { kind: "Secret", name };
}
