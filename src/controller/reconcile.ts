import { loadGroup } from "../catalog/index.ts";
import { rulesFor } from "../core/access/access-policy.ts";
import { resolveKindVersion } from "../core/convert/kind-version.ts";
import { decide } from "../core/decide/decide.ts";
import { OperatorError } from "../core/errors.ts";
import { readyCondition } from "../core/resource/conditions.ts";
import { annotations } from "../core/resource/names.ts";
import { originalVersion } from "../core/resource/original-version.ts";
import type { CustomResource, ResourceKey } from "../core/resource/types.ts";
import { type Claim, priorities, type Row, type RowMemory } from "../ports/ledger.ts";
import type { Log } from "../ports/log.ts";
import type { ClusterEntry } from "../ports/registry.ts";
import type { WakeMessage } from "../ports/work-queue.ts";
import { dispatchDue } from "./dispatch.ts";
import { noteDue } from "./due-soon.ts";
import type { Engine } from "./engine.ts";
import { Lease } from "./lease.ts";
import { isManagedNamespace } from "./managed-namespaces.ts";
import { ownManagers } from "./managers.ts";
import { endUnserved } from "./pass/end-pass.ts";
import { endThrown } from "./pass/end-thrown.ts";
import { factsOf } from "./pass/gather.ts";
import { letGo, settleOwnership } from "./pass/own-id.ts";
import type { Pass, PassEnd } from "./pass/pass.ts";
import { perform } from "./pass/perform.ts";

/** More steps than any resource needs in one invocation: a loop of decisions is a bug, and ends here. */
const mostSteps = 40;

/**
 * One wake-up of one resource (design.md section 2, steps 3 to 7): claim the row, read the resource afresh, decide and act until
 * nothing can be done without waiting, release the row with its next due time, and queue what else is due.
 */
export async function reconcile(
  engine: Engine,
  message: WakeMessage,
  log: Log,
  traceparent: string,
): Promise<void> {
  const { settings, clock, ledger } = engine;
  const key = keyOf(message);
  const outcome = await ledger.claim(key, message.wake, clock.now(), settings.leaseMs);
  if (outcome.kind !== "claimed") {
    log.debug("the message is dropped", {
      why: outcome.kind,
      kind: key.kind,
      name: key.name,
      wake: message.wake,
    });
    return;
  }
  const entry = (await engine.registry.list()).find((one) => one.name === key.cluster);
  if (entry === undefined || entry.paused) {
    await postpone(engine, outcome.claim);
    // What changed is not forgotten; nothing queues the row before the cluster is resumed.
    const { changed } = outcome.claim.row;
    if (changed) await ledger.observe(key.cluster, [{ key }], priorities.edit, clock.now());
    return;
  }
  if (isManagedNamespace(entry, key.namespace))
    await runClaimed(engine, outcome.claim, entry, log, traceparent);
  else await postpone(engine, outcome.claim);
  await dispatchDue(engine, key.cluster, traceparent);
}

async function runClaimed(
  engine: Engine,
  claim: Claim,
  entry: ClusterEntry,
  log: Log,
  traceparent: string,
): Promise<void> {
  const lease = new Lease(engine, claim);
  const signal = AbortSignal.any([lease.signal, AbortSignal.timeout(engine.settings.deadlineMs)]);
  try {
    const pass = await newPass(engine, lease, entry, log, signal);
    const end = await endOf(pass, claim.row);
    await Promise.all(pass.events);
    await release(pass, end, traceparent);
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code !== "ConfigInvalid") throw error;
    // The cluster's registration cannot be used: its scan tells on the fleet page, its rows wait.
    log.error("a cluster cannot be used", { cluster: entry.name, error: error.message });
    await postpone(engine, lease.claim);
  } finally {
    await lease.stop();
  }
}

/** Runs the pass; whatever it throws becomes a due time, except for a lost lease: then another worker goes on. */
async function endOf(pass: Pass, row: Row): Promise<PassEnd | undefined> {
  try {
    if (!(await readResource(pass, row))) return endUnserved(pass);
    for (let step = 0; step < mostSteps; step++) {
      const end = await perform(pass, decide(factsOf(pass)));
      if (end !== undefined) return end;
    }
    throw new OperatorError(
      "Bug",
      `${pass.key.kind} ${pass.key.namespace}/${pass.key.name} never came to rest`,
    );
  } catch (error) {
    if (
      pass.lease.signal.aborted ||
      (error instanceof OperatorError && error.code === "LeaseLost")
    ) {
      pass.log.warn("another worker took the resource; this one stops", { error: String(error) });
      return undefined;
    }
    return endThrown(pass, error);
  }
}

async function newPass(
  engine: Engine,
  lease: Lease,
  entry: ClusterEntry,
  log: Log,
  signal: AbortSignal,
): Promise<Pass> {
  const { row } = lease.claim;
  return {
    engine,
    cluster: await engine.clusters.get(row.key.cluster),
    entry,
    key: row.key,
    lease,
    log,
    signal,
    group: await loadGroup(row.key.group),
    access: rulesFor(engine.settings.accessPolicy, row.key.cluster, row.key.namespace),
    resource: undefined,
    namespace: undefined,
    version: undefined,
    claimedByEdit: row.changed,
    memory: row.memory,
    gathered: {},
    progress: { kind: "none" },
    prepared: undefined,
    operation: undefined,
    permit: undefined,
    isLetIn: false,
    credentialSecret: undefined,
    listedHash: undefined,
    liveBody: undefined,
    others: new Map(),
    secrets: [],
    events: [],
    links: new Map(),
  };
}

/**
 * Reads the resource afresh; a message or a row is never trusted. A new object under an old name starts with an empty memory.
 * False when the cluster does not serve the kind: then nothing is known about the resource.
 */
async function readResource(pass: Pass, row: Row): Promise<boolean> {
  const resource = await pass.cluster.look(pass.key, pass.signal);
  if (resource === "unserved") return false;
  if (resource === "absent") return true;
  pass.resource = resource;
  const { uid } = resource.metadata;
  if (uid !== (row.memory.uid ?? row.seen.uid)) await forgetPredecessor(pass, row);
  pass.memory = { ...pass.memory, uid };
  const storage = resource.apiVersion.slice(resource.apiVersion.indexOf("/") + 1);
  const written = originalVersion(resource, storage, ownManagers);
  pass.version =
    pass.group === undefined
      ? undefined
      : (resolveKindVersion(pass.group, pass.key.kind, written) ??
        resolveKindVersion(pass.group, pass.key.kind, storage));
  return true;
}

/** What stood under this name before is gone, and with it its claim; nothing is deleted in Azure because of it. */
async function forgetPredecessor(pass: Pass, row: Row): Promise<void> {
  await letGo(pass, row.memory.uid ?? row.seen.uid);
  await pass.engine.projections.remove(pass.key);
  pass.memory = emptyMemory;
}

async function release(pass: Pass, end: PassEnd | undefined, traceparent: string): Promise<void> {
  const { engine, lease } = pass;
  if (end === undefined) return;
  await settleOwnership(pass);
  await lease.stop();
  if (end.kind === "removed") {
    await engine.ledger.remove(lease.claim);
    return;
  }
  const { operationInSeconds } = end;
  const released = await engine.ledger.release(
    lease.claim,
    // A pass that came to an end has not been poisoned, whatever its outcome.
    {
      memory: { ...pass.memory, poisoned: undefined },
      due: end.due,
      priority: end.priority,
      links: [...pass.links.values()],
    },
    engine.clock.now(),
    { nextWake: operationInSeconds !== undefined },
  );
  if (released.kind === "lost") return;
  if (operationInSeconds === undefined) noteDue(engine, pass.key.cluster, end.due);
  await wakeIfReady(pass);
  if (operationInSeconds === undefined) return;
  const uid = pass.resource?.metadata.uid ?? lease.claim.row.seen.uid;
  await engine.queue.sendOperation(
    { v: 1, ...pass.key, uid, wake: released.wake, traceparent },
    operationInSeconds,
  );
}

/**
 * What a resource waits for may have come between its look and the moment its wait was stored; then nobody else would wake it before
 * its own back-off. Asked once, when a wait is new.
 */
async function wakeIfReady(pass: Pass): Promise<void> {
  const known = new Set(pass.lease.claim.row.links.map((link) => JSON.stringify(link)));
  for (const link of pass.links.values()) {
    if (link.kind !== "waitsFor" || known.has(JSON.stringify(link))) continue;
    const [kind = "", moment] = link.resource.split(":");
    const { group, namespace, name } = link;
    const found = await pass.cluster.get(
      { group, kind, namespace, name },
      AbortSignal.timeout(pass.engine.settings.leaseMs),
    );
    if (!hasCome(found, moment)) continue;
    const target = { cluster: pass.key.cluster, group, kind: link.resource, namespace, name };
    await pass.engine.ledger.wakeWaiting(target, pass.engine.clock.now());
  }
}

function hasCome(resource: CustomResource | undefined, moment: string | undefined): boolean {
  if (moment === "gone" || resource === undefined)
    return moment === "gone" && resource === undefined;
  if (moment === "ready") return readyCondition(resource.status)?.status === "True";
  return (resource.metadata.annotations?.[annotations.resourceId] ?? "") !== "";
}

/** A paused or unregistered cluster, or a namespace that is not managed: the row rests until the sweep finds it again. */
async function postpone(engine: Engine, claim: Claim): Promise<void> {
  const now = engine.clock.now();
  const { memory, priority, links } = claim.row;
  await engine.ledger.release(
    claim,
    { memory, due: now + engine.settings.relistMs, priority, links },
    now,
  );
}

function keyOf(message: WakeMessage): ResourceKey {
  const { cluster, group, kind, namespace, name } = message;
  return { cluster, group, kind, namespace, name };
}

const emptyMemory: RowMemory = { attempts: 0, polls: 0 };
