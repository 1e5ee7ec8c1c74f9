import type { Command } from "commander";
import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { type AppOptions, sendCommand, withApp } from "./app-client.ts";

/** Registers `deletions list` and `deletions confirm`: what a cluster's paused deletions are, and leave for them to go on. */
export function registerDeletions(program: Command): void {
  const deletions = program
    .command("deletions")
    .description("deletions in Azure that wait for a confirmation");
  const list = deletions
    .command("list")
    .description("tell what waits, and what would be deleted in Azure")
    .argument("<cluster>");
  withApp(list).action(async (cluster: string, options: AppOptions) => {
    const found = await sendCommand(options, "list-deletions", { cluster });
    list.configureOutput().writeOut?.(listText(cluster, found));
  });
  const confirm = deletions
    .command("confirm")
    .description("let go what waits, and what follows within ASO_FUNCTIONS_DELETIONS_WINDOW")
    .argument("<cluster>");
  withApp(confirm).action(async (cluster: string, options: AppOptions) => {
    const done = await sendCommand(options, "confirm-deletions", { cluster });
    const { confirmed, until } = asObject(done);
    confirm
      .configureOutput()
      .writeOut?.(
        `${cluster}: ${confirmed} deletions go on; more that begin until ${until} need no confirmation\n`,
      );
  });
}

function listText(cluster: string, found: JsonValue): string {
  const { pause, confirmedUntil, waiting, resources } = asObject(found);
  const lines = Array.isArray(resources) ? resources.map(asObject) : [];
  const shown = isJsonObject(pause)
    ? `paused since ${pause["at"]}: ${pause["deleting"]} of ${pause["resources"]} resources were to be deleted`
    : confirmedUntil === undefined
      ? "not paused"
      : `confirmed until ${confirmedUntil}`;
  return [
    `${cluster}: ${shown}; ${waiting} wait`,
    ...lines.map(({ resource, armId }) => `  ${resource}  ${armId}`),
    ...(lines.length < Number(waiting) ? [`  … and ${Number(waiting) - lines.length} more`] : []),
    "",
  ].join("\n");
}

function asObject(value: JsonValue): JsonObject {
  return isJsonObject(value) ? value : {};
}
