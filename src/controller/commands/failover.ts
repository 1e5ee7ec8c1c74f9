import type { JsonObject } from "../../core/json.ts";
import type { FleetRow } from "../../ports/ledger.ts";
import type { Log } from "../../ports/log.ts";
import { makeDueNow } from "../due-now.ts";
import type { Engine } from "../engine.ts";
import {
  type CommandAnswer,
  type CommandHandler,
  clusterArgument,
  refused,
  textArgument,
} from "./command.ts";
import { claimantOf, moveOwnership, resourceName } from "./ownership.ts";
import { setPaused } from "./pause.ts";

/** Ids that are moved at the same time. */
const width = 16;

type Plan = {
  readonly from: string;
  readonly to: string;
  readonly namespace: string | undefined;
  readonly isDry: boolean;
};

/** What became of one ARM id. `left`: `why` says what is in the way. */
type Outcome = {
  readonly armId: string;
  readonly resource: string;
  readonly outcome: "moved" | "movedBefore" | "left";
  readonly why?: string;
};

/**
 * Fail-over: every ARM id that a cluster holds goes to the resource of the same name in another one, unless that stands for another id. The first
 * cluster is paused before, unless only a namespace is moved. Every id moves by itself, so that a command that was cut off is given
 * again and does the rest.
 */
export const failover: CommandHandler = async (engine, args, log) => {
  const plan = planOf(args);
  if ("kind" in plan) return plan;
  const target = await clusterArgument(engine, { cluster: plan.to });
  if ("kind" in target) return target;
  if (target.paused)
    return refused(`"${plan.to}" is paused and would not take over. Resume it first.`);
  const source = { cluster: plan.from };
  const found = pausesSource(plan)
    ? await setPaused(true)(engine, source, log)
    : await clusterArgument(engine, source);
  if ("kind" in found && found.kind === "refused") return found;
  return { kind: "done", result: summary(plan, await moveAll(engine, plan, log)) };
};

/** What narrows a fail-over is refused where it cannot be understood: without it more would be moved, and a cluster paused. */
function planOf(args: JsonObject): Plan | CommandAnswer {
  const from = textArgument(args, "from");
  const to = textArgument(args, "to");
  if (from === undefined || to === undefined || from === to)
    return refused(
      'The arguments "from" and "to" have to name two clusters that are not the same.',
    );
  const namespace = textArgument(args, "namespace");
  if (namespace === undefined && args["namespace"] !== undefined)
    return refused(
      'The argument "namespace" is to be the name of one. Nothing was moved; leave it out to move the whole cluster.',
    );
  const { dryRun = false } = args;
  if (typeof dryRun !== "boolean")
    return refused('The argument "dryRun" is to be true or false. Nothing was moved.');
  return { from, to, namespace, isDry: dryRun };
}

function pausesSource({ namespace, isDry }: Plan): boolean {
  return namespace === undefined && !isDry;
}

async function moveAll(engine: Engine, plan: Plan, log: Log): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  let batch: FleetRow[] = [];
  const flush = async (): Promise<void> => {
    outcomes.push(...(await Promise.all(batch.map((row) => moveRow(engine, plan, row)))));
    batch = [];
  };
  for await (const row of engine.ledger.fleet(plan.from)) {
    if (row.armId === "") continue;
    if (plan.namespace !== undefined && row.key.namespace !== plan.namespace) continue;
    batch.push(row);
    if (batch.length >= width) await flush();
  }
  await flush();
  const { from, to } = plan;
  log.info("a fail-over went through", { from, to, ids: outcomes.length });
  return outcomes;
}

async function moveRow(engine: Engine, plan: Plan, row: FleetRow): Promise<Outcome> {
  const { armId } = row;
  const left = (why: string): Outcome => ({
    armId,
    resource: resourceName(row.key),
    outcome: "left",
    why,
  });
  const owned = await engine.ownership.get(armId);
  if (owned === undefined)
    return left("nobody holds it; a resource that names it takes it by itself");
  const key = { ...row.key, cluster: plan.to };
  const to = await claimantOf(engine, owned, key, true);
  const holder = resourceName(owned.holder);
  if (holder === resourceName(key)) {
    // An earlier command may have been cut off before it told the two.
    if (!plan.isDry) await makeDueNow(engine, [key, row.key]);
    return { armId, resource: holder, outcome: "movedBefore" };
  }
  if (owned.holder.cluster !== plan.from) return left(`it is held by ${holder}`);
  if (to === undefined)
    return left(
      `no resource of the same name can take it in ${plan.to}; apply its manifest there, and give the command again`,
    );
  if (!plan.isDry && !(await moveOwnership(engine, owned, to)))
    return left("it changed hands at this moment; give the command again");
  return { armId, resource: resourceName(to), outcome: "moved" };
}

function summary(plan: Plan, outcomes: readonly Outcome[]): JsonObject {
  const { from, to, isDry } = plan;
  const ids = outcomes.map((one) => ({ ...one }));
  return { from, to, dryRun: isDry, paused: pausesSource(plan), ids };
}
