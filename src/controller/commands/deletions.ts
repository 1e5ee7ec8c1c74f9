import type { FleetRow } from "../../ports/ledger.ts";
import { makeDueNow } from "../due-now.ts";
import type { Engine } from "../engine.ts";
import { type CommandHandler, clusterArgument } from "./command.ts";

/** Resources that an answer names at most; it always tells how many there are. */
const mostNamed = 500;

/** Tells which deletions of a cluster wait for a confirmation, and what would be deleted in Azure. */
export const listDeletions: CommandHandler = async (engine, args) => {
  const entry = await clusterArgument(engine, args);
  if ("kind" in entry) return entry;
  const now = engine.clock.now();
  const since = now - engine.settings.deletions.windowMs;
  const { pause, confirmation } = await engine.deletions.read(entry.name, since);
  const rows = await waiting(engine, entry.name);
  return {
    kind: "done",
    result: {
      cluster: entry.name,
      ...(pause === undefined ? {} : { pause: { ...pause, at: new Date(pause.at).toISOString() } }),
      ...(confirmation === undefined || confirmation.until <= now
        ? {}
        : { confirmedUntil: new Date(confirmation.until).toISOString() }),
      waiting: rows.length,
      resources: rows.slice(0, mostNamed).map(({ key, armId }) => ({
        resource: `${key.kind}.${key.group} ${key.namespace}/${key.name}`,
        armId,
      })),
    },
  };
};

/**
 * Lets the deletions go that wait now, and those that begin within the window from now on; what comes later counts from zero. Given
 * before anything waits, it announces a tear-down.
 */
export const confirmDeletions: CommandHandler = async (engine, args) => {
  const entry = await clusterArgument(engine, args);
  if ("kind" in entry) return entry;
  const { name } = entry;
  const at = engine.clock.now();
  const until = at + engine.settings.deletions.windowMs;
  await engine.deletions.confirm(name, { at, until });
  const rows = await waiting(engine, name);
  await makeDueNow(
    engine,
    rows.map(({ key }) => key),
  );
  return {
    kind: "done",
    result: { cluster: name, confirmed: rows.length, until: new Date(until).toISOString() },
  };
};

async function waiting(engine: Engine, cluster: string): Promise<readonly FleetRow[]> {
  const rows: FleetRow[] = [];
  for await (const row of engine.ledger.fleet(cluster))
    if (row.state === "DeletionPaused") rows.push(row);
  return rows;
}
