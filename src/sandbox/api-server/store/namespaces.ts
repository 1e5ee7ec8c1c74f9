import { isJsonObject, type JsonObject } from "../../../core/json.ts";
import { metadataOf, metadataText, withMetadata } from "./metadata.ts";

const immortal = new Set(["default", "kube-system", "kube-public"]);

/** The namespaces that every cluster has. */
export const systemNamespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

/** Sets the name label, the finalizer and the phase of a new namespace; keeps them in an update. */
export function prepareNamespace(object: JsonObject, before: JsonObject | undefined): JsonObject {
  const labels = metadataOf(object)["labels"];
  const named = withMetadata(object, {
    labels: {
      ...(isJsonObject(labels) ? labels : {}),
      "kubernetes.io/metadata.name": metadataText(object, "name"),
    },
  });
  return {
    ...named,
    spec: before?.["spec"] ?? { finalizers: ["kubernetes"] },
    status: before?.["status"] ?? { phase: "Active" },
  };
}

/** A namespace whose deletion has begun, as it is shown until it is empty. */
export function prepareNamespaceDelete(object: JsonObject): JsonObject {
  const status = isJsonObject(object["status"]) ? object["status"] : {};
  return { ...object, status: { ...status, phase: "Terminating" } };
}

/** Why this namespace stays forever; undefined when it may be deleted. */
export function validateNamespaceDelete(name: string): string | undefined {
  return immortal.has(name) ? "this namespace may not be deleted" : undefined;
}
