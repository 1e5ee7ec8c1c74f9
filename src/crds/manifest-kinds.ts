import { parseAllDocuments } from "yaml";
import { isJsonObject } from "../core/json.ts";

/** A kind and version that a manifest uses; `where` names the file and the object for messages. */
export type UsedKind = {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly where: string;
};

type ManifestKinds =
  | { readonly kind: "read"; readonly used: readonly UsedKind[] }
  | { readonly kind: "malformed"; readonly reason: string };

const azureGroup = /^(.+\.azure\.com)\/([^/]+)$/;

/**
 * The kinds of `*.azure.com` groups in a manifest of one or more YAML or JSON documents, `List` objects opened.
 * Objects of other groups are passed over; text that is no Kubernetes manifest is malformed.
 */
export function manifestKinds(text: string, source: string): ManifestKinds {
  const used: UsedKind[] = [];
  for (const [position, document] of parseAllDocuments(text).entries()) {
    const [error] = document.errors;
    if (error !== undefined) return malformed(source, error.message);
    const content: unknown = document.toJS();
    if (content === null) continue;
    const objects = objectsOf(content);
    for (const object of objects) {
      const found = usedKind(object, source);
      if (found === undefined) {
        return malformed(source, `document ${position + 1} has no apiVersion and kind`);
      }
      if (found !== "other") used.push(found);
    }
  }
  return { kind: "read", used };
}

function malformed(source: string, reason: string): ManifestKinds {
  return { kind: "malformed", reason: `${source}: ${reason}` };
}

function objectsOf(content: unknown): readonly unknown[] {
  if (!isJsonObject(content) || content["kind"] !== "List") return [content];
  return Array.isArray(content["items"]) ? content["items"] : [];
}

function usedKind(object: unknown, source: string): UsedKind | "other" | undefined {
  if (!isJsonObject(object)) return undefined;
  const { apiVersion, kind, metadata } = object;
  if (typeof apiVersion !== "string" || typeof kind !== "string") return undefined;
  const match = azureGroup.exec(apiVersion);
  if (match === null) return "other";
  const name = isJsonObject(metadata) ? metadata["name"] : undefined;
  const label = typeof name === "string" ? `${kind} ${name}` : kind;
  return {
    group: match[1] ?? "",
    version: match[2] ?? "",
    kind,
    where: `${source} (${label})`,
  };
}
