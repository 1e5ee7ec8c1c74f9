import type { KindVersion } from "../../core/convert/kind-version.ts";
import { readKeyReference } from "../../core/convert/reference.ts";
import { hasFinalizer } from "../../core/decide/state.ts";
import { annotations } from "../../core/resource/names.ts";
import { isObjectName } from "../../core/resource/object-name.ts";
import type { CustomResource, Problem } from "../../core/resource/types.ts";
import { noteRead, type Pass } from "./pass.ts";

/** The Azure name that a ConfigMap gives; `name` undefined: none is asked for. */
export type ConfiguredName =
  | { readonly kind: "name"; readonly name: string | undefined }
  | { readonly kind: "problem"; readonly problem: Problem };

/**
 * Reads the name that `spec.azureNameFromConfig` points to (aso-semantics.md 1.4.4). It counts at the claim and is kept in an
 * annotation from then on: a ConfigMap that changes later renames nothing.
 */
export async function nameFromConfig(
  pass: Pass,
  resource: CustomResource,
  version: KindVersion,
): Promise<ConfiguredName> {
  const { spec = {}, metadata } = resource;
  const noted = metadata.annotations?.[annotations.azureNameFromConfig] ?? "";
  const isNamed = typeof spec["azureName"] === "string" && spec["azureName"] !== "";
  if (!version.hasAzureNameFromConfig || isNamed) return { kind: "name", name: undefined };
  if (noted !== "" && hasFinalizer(resource)) return { kind: "name", name: noted };
  const reference = readKeyReference(spec["azureNameFromConfig"] ?? null);
  if (reference === undefined) return { kind: "name", name: undefined };
  if (!isObjectName(reference.name))
    return failed(
      `spec.azureNameFromConfig.name "${reference.name}" is not the name of a ConfigMap. Correct it.`,
    );
  const { namespace } = pass.key;
  const found = await pass.cluster.configMap(namespace, reference.name, pass.signal);
  noteRead(pass, "ConfigMap", reference.name, found?.resourceVersion ?? "");
  const name = found?.data[reference.key] ?? "";
  const where = `key "${reference.key}" of ConfigMap "${namespace}/${reference.name}"`;
  if (name === "")
    return failed(
      `spec.azureNameFromConfig names ${where}, which is missing or empty. Progress goes on as soon as it is there.`,
    );
  if (noted !== "" && noted !== name)
    return failed(
      `cannot change AzureName from "${noted}" to "${name}": ${where} has changed since the resource was claimed. Restore it, or delete and create the resource again.`,
    );
  return { kind: "name", name };
}

function failed(message: string): ConfiguredName {
  return {
    kind: "problem",
    problem: { reason: "Failed", severity: "Error", retry: "slow", message },
  };
}
