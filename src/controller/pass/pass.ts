import type { CatalogGroup } from "../../catalog/types.ts";
import type { AccessRule } from "../../core/access/access-policy.ts";
import type { Operation } from "../../core/arm/lro.ts";
import type { KindVersion } from "../../core/convert/kind-version.ts";
import type { Need } from "../../core/decide/decision.ts";
import type { Facts, Progress } from "../../core/decide/facts.ts";
import type { Goal } from "../../core/diff/goal.ts";
import type { JsonObject } from "../../core/json.ts";
import type { CustomResource, ObjectMeta, ResourceKey } from "../../core/resource/types.ts";
import type { Secret } from "../../core/secret.ts";
import type { Cluster } from "../../ports/cluster.ts";
import type { Link, Priority, RowMemory } from "../../ports/ledger.ts";
import type { Log } from "../../ports/log.ts";
import type { Permit } from "../../ports/ownership.ts";
import type { ClusterEntry } from "../../ports/registry.ts";
import type { Engine } from "../engine.ts";
import type { Lease } from "../lease.ts";

/** The facts that were gathered so far; the rest of {@link Facts} follows from the pass itself. */
export type Gathered = Pick<Facts, Need>;

/** What the goal fact was computed from, kept to build the real body without reading everything again. */
export type PreparedGoal = {
  readonly goal: Goal;
  readonly hash: string;
  readonly azureName: string;
  /** The part of the name that a ConfigMap gave. */
  readonly nameFromConfig?: string | undefined;
  /** metadata.generation that it was computed from. */
  readonly generation: number;
  /** The body with the secret values, before `modifyBody`. Never logged, never stored. */
  readonly body: () => JsonObject;
};

/** One invocation's work on one resource. Mutable, owned by a single invocation. */
export type Pass = {
  readonly engine: Engine;
  readonly cluster: Cluster;
  readonly entry: ClusterEntry;
  readonly key: ResourceKey;
  readonly lease: Lease;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly group: CatalogGroup | undefined;
  /** The central policy for the resource's namespace. */
  readonly access: readonly AccessRule[] | undefined;
  resource: CustomResource | undefined;
  /** The resource's Namespace, once it was read. */
  namespace: Promise<ObjectMeta | undefined> | undefined;
  /** Kind at the API version that the user wrote. */
  version: KindVersion | undefined;
  /** The resource changed since the last pass: say things that are said once per change. */
  readonly claimedByEdit: boolean;
  memory: RowMemory;
  gathered: Gathered;
  progress: Progress;
  prepared: PreparedGoal | undefined;
  operation: Operation | undefined;
  /** The permission to write to the ARM id. Open: such a write may be under way although its answer is lost. */
  permit: (Permit & { readonly isOpen: boolean }) | undefined;
  /** ARM accepted the credential for the resource's id. */
  isLetIn: boolean;
  /** The Secret that the credential was read from. */
  credentialSecret: { readonly name: string; readonly version: string } | undefined;
  /** Hash of what a list showed of the goal, when that was not what was expected. */
  listedHash: string | undefined;
  /** Body of the last GET. */
  liveBody: JsonObject | undefined;
  /** Other custom resources of the namespace as this pass read them: owners are asked for more than once. */
  readonly others: Map<string, Promise<CustomResource | undefined>>;
  /** Values of the Secrets that this pass read: what ARM quotes of them is shown to nobody. */
  readonly secrets: Secret<string>[];
  /** Events on their way. */
  readonly events: Promise<void>[];
  /** Links by their identity: what else makes the row due. */
  readonly links: Map<string, Link>;
};

/** How a pass ends. */
export type PassEnd =
  | {
      readonly kind: "due";
      readonly due: number;
      readonly priority: Priority;
      /** Send a delayed message of our own for this time: the check of a running operation. */
      readonly operationInSeconds?: number | undefined;
    }
  | { readonly kind: "removed" };

/** Another custom resource of the namespace, read once per pass. */
export function readOther(
  pass: Pass,
  { group, kind, name }: { readonly group: string; readonly kind: string; readonly name: string },
): Promise<CustomResource | undefined> {
  const id = `${group}/${kind}/${name}`;
  const found =
    pass.others.get(id) ??
    pass.cluster.get({ group, kind, name, namespace: pass.key.namespace }, pass.signal);
  pass.others.set(id, found);
  return found;
}

/** The annotations of the resource's Namespace, read once per pass. */
export async function namespaceAnnotations(pass: Pass): Promise<Readonly<Record<string, string>>> {
  return (await namespaceOf(pass))?.annotations ?? {};
}

/** The Namespace is being deleted: what it held goes in any order, and nothing can be created in it. */
export async function isNamespaceDeleting(pass: Pass): Promise<boolean> {
  return (await namespaceOf(pass))?.deletionTimestamp !== undefined;
}

function namespaceOf(pass: Pass): Promise<ObjectMeta | undefined> {
  pass.namespace ??= pass.cluster.namespace(pass.key.namespace, pass.signal);
  return pass.namespace;
}

/** Remembers that the pass read a Secret or ConfigMap; `version` is empty when it was absent. */
export function noteRead(
  pass: Pass,
  object: "Secret" | "ConfigMap",
  name: string,
  version: string,
): void {
  const namespace = pass.key.namespace;
  pass.links.set(`reads ${object} ${name}`, { kind: "reads", object, namespace, name, version });
}

/** When a waiting resource is woken: another one was claimed (has its id), became Ready, or was let go of. */
export type WaitMoment = "claimed" | "ready" | "gone";

/** The name under which rows wait for a resource; one name for each moment, so that nobody is woken too early. */
export function waitTarget(key: ResourceKey, moment: WaitMoment): ResourceKey {
  return { ...key, kind: `${key.kind}:${moment}` };
}

/** Remembers that the row waits for another resource of its namespace. */
export function noteWait(
  pass: Pass,
  on: { readonly group: string; readonly kind: string; readonly name: string },
  moment: WaitMoment,
): void {
  const { namespace } = pass.key;
  const resource = `${on.kind}:${moment}`;
  pass.links.set(`waits ${on.group} ${resource} ${on.name}`, {
    kind: "waitsFor",
    group: on.group,
    resource,
    namespace,
    name: on.name,
  });
}

/** Forgets what a change of the resource made doubtful. */
export function forgetFacts(pass: Pass, names: readonly (keyof Gathered)[]): void {
  const kept = { ...pass.gathered };
  for (const name of names) delete kept[name];
  pass.gathered = kept;
}

/** The resource, when a step needs one. */
export function resourceOf(pass: Pass): CustomResource {
  if (pass.resource === undefined) throw new Error("the custom resource is gone");
  return pass.resource;
}
