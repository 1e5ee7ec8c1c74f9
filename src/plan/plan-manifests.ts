import type { SettledResource } from "./plan-inputs.ts";
import { planResource } from "./plan-resource.ts";
import { type Attempt, isPlannable, type PlanEntry, type PlanSettings } from "./plan-types.ts";
import { type KnownResource, type PlanObject, type PlanWorld, readWorld } from "./plan-world.ts";

/** A plan: what is plannable in an order in which it can be done, then the rest. Or why the manifests cannot be used. */
export type Plan =
  | { readonly kind: "plan"; readonly entries: readonly PlanEntry[] }
  | { readonly kind: "unusable"; readonly reason: string };

/**
 * Plans every custom resource among the objects. The order of the objects does not matter: resources are taken in rounds, each of which
 * sees what the rounds before it planned, by namespace, group, kind and name within a round. When nothing more can be planned,
 * resources that wait for something outside the manifests are passed over, so that one missing Secret hides no other request: what
 * depends on them is planned with a note.
 */
export async function planManifests(
  objects: readonly PlanObject[],
  settings: PlanSettings,
): Promise<Plan> {
  const reading = await readWorld(objects);
  if (reading.kind === "unusable") return reading;
  if (reading.world.resources.size === 0)
    return { kind: "unusable", reason: "no object of an *.azure.com group in the manifests" };
  return { kind: "plan", entries: planWorld(reading.world, settings) };
}

type Try = { readonly key: string; readonly known: KnownResource; readonly attempt: Attempt };

function planWorld(world: PlanWorld, settings: PlanSettings): PlanEntry[] {
  const settled = new Map<string, SettledResource>();
  const entries: PlanEntry[] = [];
  let pending = [...world.resources].toSorted(([a], [b]) => (a < b ? -1 : 1));
  for (;;) {
    const round = pending.map(([key, known]): Try => {
      const context = { world, settled, settings };
      return { key, known, attempt: planResource(known, context) };
    });
    const done = settleable(round);
    if (done.size === 0) return [...entries, ...round.map(entryOf)];
    for (const one of done) {
      entries.push(entryOf(one));
      settled.set(one.key, settledAs(one.attempt));
    }
    pending = round.filter((one) => !done.has(one)).map(({ key, known }) => [key, known]);
    if (pending.length === 0) return entries;
  }
}

/** What was planned; if nothing was, what has an ARM id and waits for nothing that could still be planned. */
function settleable(round: readonly Try[]): ReadonlySet<Try> {
  const planned = round.filter(({ attempt }) => isPlannable(attempt));
  if (planned.length > 0) return new Set(planned);
  return new Set(
    round.filter(({ attempt }) => attempt.armId !== undefined && attempt.waitsFor === undefined),
  );
}

function settledAs({ outcome, armId }: Attempt): SettledResource {
  return outcome.kind === "request" || outcome.kind === "untouched"
    ? { armId: outcome.armId ?? "", waits: false }
    : { armId: armId ?? "", waits: true };
}

function entryOf({ known, attempt }: Try): PlanEntry {
  return { resource: known.resource, outcome: attempt.outcome, notes: attempt.notes };
}
