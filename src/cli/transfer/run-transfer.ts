import type { V1OwnerReference } from "@kubernetes/client-node";
import { OperatorError } from "../../core/errors.ts";
import { annotations } from "../../core/resource/names.ts";
import type { CustomResource } from "../../core/resource/types.ts";
import { blocksOfSource } from "../../transfer/blocks.ts";
import { detachPatch, isHeld, readMarker, releasePatch } from "../../transfer/hold.ts";
import { lackedObjects } from "../../transfer/show-transfer.ts";
import { isComplete, targetObject, targetStatus } from "../../transfer/target-object.ts";
import { type Move, nameOf, type ObjectName } from "../../transfer/transfer-types.ts";
import type { CoreObject, ResourceAddress } from "./cluster-objects.ts";
import { inParallel } from "./in-parallel.ts";
import type { ReadPlan, Side } from "./read-transfer.ts";
import { mostConflicts, Patience, type Waiting, whileConflict } from "./waiting.ts";

/** A transfer that may be carried out: nothing in its plan is blocked. */
export type TransferRun = Waiting & {
  readonly from: Side;
  readonly to: Side;
  readonly plan: ReadPlan;
  /** Value of operator-namespace at the target; undefined: whichever operator is there. */
  readonly operator: string | undefined;
};

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * Carries a transfer out: copies that nobody manages, then what they read, then the sources are deleted without a DELETE in Azure, those
 * that others refer to last, then the copies are given to their operator. May die at any point; the same command goes on. Throws
 * OperatorError `TransferStopped` when a source is not let go of in time.
 */
export async function runTransfer(run: TransferRun): Promise<void> {
  const { moves } = run.plan;
  const leaving = moves.filter(({ source }) => source !== undefined);
  await inParallel(leaving, async (move) => {
    const source = await detach(run, move);
    if (source !== undefined) await ensureCopy(run, move, source);
  });
  run.say(`${leaving.length} copied to ${run.to.namespace}, held until their sources are gone`);
  await copyObjects(run, lackedObjects(moves));
  for (const level of levelsOf(leaving).toReversed()) await letGo(run, level);
  for (const level of levelsOf(moves)) await inParallel(level, (move) => release(run, move));
  run.say(`${moves.length} given to ${run.operator ?? "the operator of the target"}`);
}

function levelsOf(moves: readonly Move[]): readonly (readonly Move[])[] {
  const levels = [...new Set(moves.map(({ level }) => level))].toSorted((a, b) => a - b);
  return levels.map((level) => moves.filter((move) => move.level === level));
}

/** From here on a deletion of the source deletes nothing in Azure. Undefined: it is gone already. */
async function detach(run: TransferRun, move: Move): Promise<CustomResource | undefined> {
  const { from } = run;
  return whileConflict(move, async () => {
    const source = await currentSource(run, move);
    if (source === undefined || source.metadata.deletionTimestamp !== undefined) return source;
    if (isDetached(run, source)) return source;
    const patch = detachPatch(source, from.policy);
    const written = await from.objects.annotate(addressOf(run, move, from), source, patch);
    return written === "conflict" ? written : typed(move, written);
  });
}

function isDetached({ from }: TransferRun, source: CustomResource): boolean {
  const noted = source.metadata.annotations ?? {};
  const patch = detachPatch(source, from.policy);
  return Object.entries(patch).every(([name, value]) => noted[name] === value);
}

/** The source as it is now; undefined when it is gone. Another object under its name is nobody's to move. */
async function currentSource(run: TransferRun, move: Move): Promise<CustomResource | undefined> {
  const found = await run.from.objects.get(addressOf(run, move, run.from));
  if (found === undefined) return undefined;
  if (found.metadata.uid === move.source?.metadata.uid) return typed(move, found);
  throw stopped(`${nameOf(move)} was created anew at the source while it was moved`);
}

/** A held copy that is as its source is now and says what its next operator has to know. */
async function ensureCopy(run: TransferRun, move: Move, source: CustomResource): Promise<void> {
  const { from, to } = run;
  const address = addressOf(run, move, to);
  const wanted = targetObject(
    { resource: source, version: move.version, selected: true },
    from,
    to,
  );
  await whileConflict(move, async () => {
    const found = await to.objects.get(address);
    const copy = found ?? (await to.objects.create(address, wanted));
    const origin = readMarker(copy)?.from;
    if (!isHeld(copy) || origin?.uid !== source.metadata.uid)
      throw stopped(`${nameOf(move)} came to the target from elsewhere while it was moved`);
    const content = JSON.parse(wantedMarker(wanted)) as { readonly from: { content: string } };
    const isSame = origin.content === content.from.content;
    const { resourceVersion } = copy.metadata;
    const metadata = { ...(wanted["metadata"] as object), resourceVersion };
    const written = isSame ? copy : await to.objects.replace(address, { ...wanted, metadata });
    return isComplete(written) ? written : complete(run, address, written, source);
  });
}

function wantedMarker(wanted: ReturnType<typeof targetObject>): string {
  const metadata = wanted["metadata"] as { readonly annotations: Record<string, string> };
  return metadata.annotations[annotations.transfer] ?? "";
}

async function complete(
  { to }: TransferRun,
  address: ResourceAddress,
  copy: CustomResource,
  source: CustomResource,
): Promise<CustomResource | "conflict"> {
  const { annotations: noted = {}, generation = 1 } = copy.metadata;
  const name = annotations.latestReconciledGeneration;
  const isNoted = noted[name] === undefined || noted[name] === String(generation);
  const patch = { [name]: String(generation) };
  const written = isNoted ? copy : await to.objects.annotate(address, copy, patch);
  if (written === "conflict") return written;
  return to.objects.replaceStatus(address, written, targetStatus(source, generation));
}

/** Secrets and ConfigMaps, never over one that is there. What a moved resource exports stays its own. */
async function copyObjects(run: TransferRun, names: readonly ObjectName[]): Promise<void> {
  const { from, to } = run;
  await inParallel(names, async (name) => {
    const found = await from.objects.object(from.namespace, name);
    if (found === undefined || (await to.objects.object(to.namespace, name)) !== undefined) return;
    await to.objects.createObject(to.namespace, name, await objectCopy(run, name, found));
    run.say(`${name.kind} ${name.name} copied to ${to.namespace}`);
  });
}

async function objectCopy(
  run: TransferRun,
  { kind, name }: ObjectName,
  { metadata, ...content }: CoreObject,
): Promise<CoreObject> {
  const { [lastApplied]: _manifest, ...kept } = metadata?.annotations ?? {};
  const owners = metadata?.ownerReferences ?? [];
  const ownerReferences = (await inParallel(owners, (owner) => ownerOf(run, owner))).flat();
  return {
    ...content,
    apiVersion: "v1",
    kind,
    metadata: {
      name,
      namespace: run.to.namespace,
      labels: metadata?.labels ?? {},
      annotations: kept,
      ownerReferences,
    },
  };
}

/** The reference to the copy of an owner that moves too: its operator writes an export only where it owns it. */
async function ownerOf(run: TransferRun, owner: V1OwnerReference): Promise<V1OwnerReference[]> {
  const move = run.plan.moves.find(({ source }) => source?.metadata.uid === owner.uid);
  if (move === undefined) return [];
  const copy = await run.to.objects.get(addressOf(run, move, run.to));
  return copy === undefined ? [] : [{ ...owner, uid: copy.metadata.uid }];
}

/** Deletes the sources of one level and waits until their operator has taken its finalizer away. */
async function letGo(run: TransferRun, level: readonly Move[]): Promise<void> {
  const patience = new Patience(run);
  let left = level;
  while (left.length > 0) {
    const outcomes = await inParallel(left, async (move) => ({
      move,
      waitsFor: await deleteSource(run, move),
    }));
    const waiting = outcomes.filter(({ waitsFor }) => waitsFor !== undefined);
    const reasons = waiting.map(({ move, waitsFor }) => `${nameOf(move)}: ${waitsFor}`);
    left = waiting.map(({ move }) => move);
    if (left.length > 0) await patience.wait(reasons);
  }
  run.say(`${level.length} gone from ${run.from.namespace}`);
}

/** Undefined: the source is gone. Else what it waits for. */
async function deleteSource(run: TransferRun, move: Move): Promise<string | undefined> {
  const { from } = run;
  for (let attempt = 0; attempt < mostConflicts; attempt++) {
    const source = await currentSource(run, move);
    if (source === undefined) return undefined;
    if (source.metadata.deletionTimestamp !== undefined)
      return `its operator still holds it (finalizers ${source.metadata.finalizers?.join(", ")}); does it run?`;
    const found = { resource: source, version: move.version, selected: true };
    const [block] = blocksOfSource(found, from.policy, true);
    if (block !== undefined) return block;
    // A GitOps tool may have put the manifest's annotations back: a deletion would then be one in Azure.
    if (!isDetached(run, source)) {
      await detach(run, move);
      continue;
    }
    await ensureCopy(run, move, source);
    await from.objects.delete(addressOf(run, move, from), source);
  }
  return "it changes all the time";
}

async function release(run: TransferRun, move: Move): Promise<void> {
  const { to, operator } = run;
  const address = addressOf(run, move, to);
  await whileConflict(move, async () => {
    const copy = await to.objects.get(address);
    if (copy === undefined || !isHeld(copy)) return copy;
    return to.objects.annotate(address, copy, releasePatch(copy, operator));
  });
}

function addressOf({ plan }: TransferRun, move: Move, side: Side): ResourceAddress {
  const { group, kind, apiVersion: version, name } = move;
  const plural = plan.plurals.get(`${kind}.${group}`) ?? "";
  return { group, version, plural, namespace: side.namespace, name };
}

function typed({ group, kind, apiVersion }: Move, resource: CustomResource): CustomResource {
  return { ...resource, apiVersion: `${group}/${apiVersion}`, kind };
}

function stopped(what: string): OperatorError {
  return new OperatorError(
    "TransferStopped",
    `${what}. Run the same command without --yes to see how things are.`,
  );
}
