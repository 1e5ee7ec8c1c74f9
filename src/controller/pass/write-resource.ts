import { OperatorError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import {
  conditionsOf,
  fromProblem,
  reconciling,
  setCondition,
  setReadyReasonAware,
} from "../../core/resource/conditions.ts";
import { annotations } from "../../core/resource/names.ts";
import type { Condition, CustomResource, Problem } from "../../core/resource/types.ts";
import { withoutSecrets } from "../../core/resource/without-secrets.ts";
import type { KubeEvent, MetadataPatch, WriteOutcome } from "../../ports/cluster.ts";
import { forgetFacts, type Pass, resourceOf } from "./pass.ts";

/** Writes against a resource that changes all the time: how often a write is repeated on what is there now. */
const mostConflicts = 5;

type Write = (resource: CustomResource) => Promise<WriteOutcome>;

/**
 * Writes to the resource as it is now. On a conflict it is read again, the claim is checked, and the same write is repeated on the
 * fresh object, so that a result of ARM is never dropped. Returns false when the resource is gone.
 */
async function writeResource(pass: Pass, write: Write): Promise<boolean> {
  for (let attempt = 0; attempt < mostConflicts; attempt++) {
    const { resource } = pass;
    if (resource === undefined) return false;
    const outcome = await write(resource);
    if (outcome.kind === "written") {
      noteChange(pass, outcome.resource);
      return true;
    }
    if (outcome.kind === "rejected") throw rejected(pass, outcome.message);
    await pass.lease.ensure();
    await rereadResource(pass);
  }
  throw rejected(pass, "it was changed again and again while it was written");
}

/** Reads the resource again and forgets every fact that its metadata or spec may have changed. */
async function rereadResource(pass: Pass): Promise<void> {
  const before = pass.resource;
  const found = await pass.cluster.get(pass.key, pass.signal);
  pass.others.clear();
  noteChange(pass, found?.metadata.uid === before?.metadata.uid ? found : undefined);
  if (pass.resource?.metadata.generation !== before?.metadata.generation) {
    forgetFacts(pass, ["owner", "goal", "live", "listed", "ownership"]);
  }
}

/**
 * The resource as it is now. Whoever deletes it, or takes it from us, may have let go of it just before: then what its policy and its
 * Namespace permit is asked again, before anything more is sent.
 */
function noteChange(pass: Pass, found: CustomResource | undefined): void {
  const before = permissions(pass);
  pass.resource = found;
  if (permissions(pass) === before) return;
  pass.namespace = undefined;
  forgetFacts(pass, ["policy"]);
}

function permissions({ resource, entry }: Pass): string {
  const { deletionTimestamp, annotations: noted = {} } = resource?.metadata ?? {};
  const operator = noted[annotations.operatorNamespace] ?? "";
  const isOurs = operator === "" || operator === entry.operatorNamespace;
  return JSON.stringify([
    deletionTimestamp !== undefined,
    noted[annotations.reconcilePolicy] ?? "",
    isOurs ? "" : operator,
  ]);
}

/** Our annotations and labels; lists guarded by the resourceVersion. Does nothing when nothing would change. */
export async function writeMetadata(
  pass: Pass,
  patchFor: (resource: CustomResource) => MetadataPatch,
): Promise<boolean> {
  return writeResource(pass, async (resource) => {
    const patch = onlyChanges(resource, patchFor(resource));
    if (patch === undefined) return { kind: "written", resource };
    return pass.cluster.patchMetadata(resource, patch, pass.signal);
  });
}

function onlyChanges(resource: CustomResource, patch: MetadataPatch): MetadataPatch | undefined {
  const annotations = changedEntries(resource.metadata.annotations ?? {}, patch.annotations ?? {});
  const labels = changedEntries(resource.metadata.labels ?? {}, patch.labels ?? {});
  const same = (key: "finalizers" | "ownerReferences"): boolean =>
    patch[key] === undefined ||
    JSON.stringify(patch[key]) === JSON.stringify(resource.metadata[key] ?? []);
  if (
    annotations === undefined &&
    labels === undefined &&
    same("finalizers") &&
    same("ownerReferences")
  )
    return undefined;
  return {
    ...(annotations === undefined ? {} : { annotations }),
    ...(labels === undefined ? {} : { labels }),
    ...(same("finalizers") || patch.finalizers === undefined
      ? {}
      : { finalizers: patch.finalizers }),
    ...(same("ownerReferences") || patch.ownerReferences === undefined
      ? {}
      : { ownerReferences: patch.ownerReferences }),
  };
}

function changedEntries(
  now: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string | null>>,
): Record<string, string | null> | undefined {
  const changed = Object.entries(wanted).filter(([key, value]) => (now[key] ?? null) !== value);
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}

/** Replaces status; `conditions` are carried over by {@link withCondition}. */
export async function writeStatus(
  pass: Pass,
  statusFor: (resource: CustomResource) => JsonObject,
): Promise<boolean> {
  return writeResource(pass, async (resource) => {
    const status = statusFor(resource);
    if (sameJson(status, resource.status ?? {})) return { kind: "written", resource };
    return pass.cluster.replaceStatus(resource, status, pass.signal);
  });
}

/** Shows that work is under way, where ASO's overwrite rules let it (aso-semantics.md 0.4). */
export async function writeReconciling(pass: Pass): Promise<void> {
  await writeStatus(pass, (resource) => {
    const conditions = conditionsOf(resource.status);
    const next = setReadyReasonAware(
      conditions,
      reconciling(generationOf(resource)),
      pass.engine.clock.now(),
    );
    return { ...resource.status, conditions: asJson(next.conditions) };
  });
}

/** Shows a problem. True when the resource said something else before. */
export async function writeProblem(pass: Pass, problem: Problem): Promise<boolean> {
  return writeCondition(pass, (resource) =>
    fromProblem({ ...problem, message: shownText(pass, problem.message) }, generationOf(resource)),
  );
}

/** Sets one condition by the overwrite rules; true when it changed. */
export async function writeCondition(
  pass: Pass,
  conditionFor: (resource: CustomResource) => Omit<Condition, "lastTransitionTime">,
): Promise<boolean> {
  let changed = false;
  await writeStatus(pass, (resource) => {
    const next = withCondition(pass, resource, conditionFor(resource));
    changed = next.changed;
    return { ...resource.status, conditions: asJson(next.conditions) };
  });
  return changed;
}

/** The conditions of a resource with one of them replaced. `changed` is false when the stored one wins or says the same. */
export function withCondition(
  pass: Pass,
  resource: CustomResource,
  condition: Omit<Condition, "lastTransitionTime">,
): { readonly conditions: readonly Condition[]; readonly changed: boolean } {
  return setCondition(conditionsOf(resource.status), condition, pass.engine.clock.now());
}

/**
 * An event on the resource, written beside the pass and waited for at its end. An event that cannot be written is logged: it is a
 * courtesy, not a record.
 */
export function recordEvent(pass: Pass, event: KubeEvent): void {
  const written = pass.cluster.recordEvent(
    resourceOf(pass),
    { ...event, message: shownText(pass, event.message) },
    pass.signal,
  );
  pass.events.push(
    written.catch((error: unknown) => {
      pass.log.warn("an event could not be written", {
        reason: event.reason,
        error: String(error),
      });
    }),
  );
}

/** A text without the values of the Secrets that the pass read. */
export function shownText(pass: Pass, text: string): string {
  return withoutSecrets(
    text,
    pass.secrets.map((secret) => secret.reveal()),
  );
}

/** The generation of a resource, 0 when the API server has given none. */
export function generationOf(resource: CustomResource): number {
  return resource.metadata.generation ?? 0;
}

/** Conditions as they stand in `status.conditions`. */
export function asJson(conditions: readonly Condition[]): JsonObject[] {
  return conditions.map((condition) => ({ ...condition }) as JsonObject);
}

function sameJson(a: JsonObject, b: JsonObject): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  );
}

function rejected(pass: Pass, message: string): OperatorError {
  const { kind, namespace, name, cluster } = pass.key;
  return new OperatorError(
    "ClusterAnswered",
    `${kind} ${namespace}/${name} could not be written: ${message}`,
    { cluster },
  );
}
