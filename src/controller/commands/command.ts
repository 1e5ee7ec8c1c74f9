import type { JsonObject, JsonValue } from "../../core/json.ts";
import type { Log } from "../../ports/log.ts";
import type { ClusterEntry } from "../../ports/registry.ts";
import type { Engine } from "../engine.ts";

/** What a command answers: `done` tells what was done, `refused` why nothing was. */
export type CommandAnswer =
  | { readonly kind: "done"; readonly result: JsonValue }
  | { readonly kind: "refused"; readonly reason: string };

/** One decision of an operator. Arguments come from outside: they are checked here, and a refusal has changed nothing. */
export type CommandHandler = (engine: Engine, args: JsonObject, log: Log) => Promise<CommandAnswer>;

/** A refusal with its reason, which names the argument or the state that is in the way. */
export function refused(reason: string): CommandAnswer {
  return { kind: "refused", reason };
}

/** A text argument; undefined when it is missing, empty or no text. */
function textArgument(args: JsonObject, name: string): string | undefined {
  const value = args[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The registered cluster that the argument `cluster` names, or the refusal that says which there are. */
export async function clusterArgument(
  engine: Engine,
  args: JsonObject,
): Promise<ClusterEntry | CommandAnswer> {
  const name = textArgument(args, "cluster");
  if (name === undefined) return refused('The argument "cluster" is missing.');
  const entries = await engine.registry.list();
  const known = entries.map((one) => one.name).join(", ") || "none";
  return (
    entries.find((one) => one.name === name) ??
    refused(`No cluster "${name}" is registered. Registered: ${known}.`)
  );
}
