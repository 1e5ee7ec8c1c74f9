import { isJsonObject, type JsonObject } from "../json.ts";
import { annotations } from "./names.ts";
import type { CustomResource, ManagedFieldsEntry } from "./types.ts";

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";
const clientSideApply = "kubectl-client-side-apply";

type Candidate = { readonly version: string; readonly time: string };

/**
 * The API version that the user wrote the resource with; it decides the ARM api-version. Without a conversion webhook nobody
 * stores it, so it is read off the traces that writes leave (candidates in this order; managers of ours and writes at ASO's storage
 * versions do not count):
 * the newest of server-side apply and last-applied-configuration; a create or replace; the write that holds the owner or most
 * of the spec; what was found earlier and stored; ASO's `spec.originalVersion`; the storage version.
 */
export function originalVersion(
  resource: CustomResource,
  storageVersion: string,
  ownManagers: readonly string[],
): string {
  const writes = (resource.metadata.managedFields ?? []).filter(
    (entry) => !ownManagers.includes(entry.manager ?? "") && isSpecWriter(entry),
  );
  const found =
    newest([...applied(writes), ...clientApplied(resource, writes)]) ??
    newest(writes.filter(isReplacement).map(candidateOf)) ??
    newest(writes.filter(holdsOwner).map(candidateOf)) ??
    widest(writes) ??
    storedVersion(resource);
  return found ?? storageVersion.replace(/storage$/, "");
}

/** Status writes, metadata writes and ASO's own writes say nothing about the version of the manifest. */
function isSpecWriter(entry: ManagedFieldsEntry): boolean {
  return (
    (entry.subresource ?? "") === "" &&
    !versionOf(entry).endsWith("storage") &&
    versionOf(entry) !== "" &&
    specFields(entry) !== undefined
  );
}

function applied(writes: readonly ManagedFieldsEntry[]): readonly Candidate[] {
  return writes.filter((entry) => entry.operation === "Apply").map(candidateOf);
}

function clientApplied(
  resource: CustomResource,
  writes: readonly ManagedFieldsEntry[],
): readonly Candidate[] {
  const version = lastAppliedVersion(resource);
  if (version === undefined) return [];
  const times = writes
    .filter((entry) => entry.operation === "Update" && entry.manager === clientSideApply)
    .map((entry) => entry.time ?? "");
  return [{ version, time: times.reduce((left, right) => (left > right ? left : right), "") }];
}

/** kubectl's own note of the manifest. Users can write anything there, so nothing in it is trusted to be well-formed. */
function lastAppliedVersion(resource: CustomResource): string | undefined {
  const note = resource.metadata.annotations?.[lastApplied];
  const version = /"apiVersion"\s*:\s*"([^"/]+)\/([^"/]+)"/.exec(note ?? "");
  const group = resource.apiVersion.split("/")[0];
  return version !== null && version[1] === group ? version[2] : undefined;
}

function isReplacement(entry: ManagedFieldsEntry): boolean {
  return entry.operation === "Update" && /^kubectl-(?:replace|create)$/.test(entry.manager ?? "");
}

function holdsOwner(entry: ManagedFieldsEntry): boolean {
  return specFields(entry)?.["f:owner"] !== undefined;
}

function widest(writes: readonly ManagedFieldsEntry[]): string | undefined {
  const sizes = writes.map((entry) => ({
    entry,
    size: Object.keys(specFields(entry) ?? {}).length,
  }));
  const best = sizes.reduce<(typeof sizes)[number] | undefined>(
    (left, right) => (left === undefined || right.size > left.size ? right : left),
    undefined,
  );
  return best === undefined ? undefined : versionOf(best.entry);
}

function storedVersion(resource: CustomResource): string | undefined {
  const noted = resource.metadata.annotations?.[annotations.originalVersion] ?? "";
  if (noted !== "") return noted;
  const kept = resource.spec?.["originalVersion"];
  return typeof kept === "string" && kept !== "" ? kept.replace(/storage$/, "") : undefined;
}

function specFields(entry: ManagedFieldsEntry): JsonObject | undefined {
  const spec = entry.fieldsV1?.["f:spec"];
  return isJsonObject(spec) ? spec : undefined;
}

function candidateOf(entry: ManagedFieldsEntry): Candidate {
  return { version: versionOf(entry), time: entry.time ?? "" };
}

function versionOf(entry: ManagedFieldsEntry): string {
  const apiVersion = entry.apiVersion ?? "";
  return apiVersion.slice(apiVersion.indexOf("/") + 1);
}

/** Times are RFC 3339 in UTC, so their texts sort; of equal ones the first counts. */
function newest(candidates: readonly Candidate[]): string | undefined {
  return candidates.reduce<Candidate | undefined>(
    (left, right) => (left === undefined || right.time > left.time ? right : left),
    undefined,
  )?.version;
}
