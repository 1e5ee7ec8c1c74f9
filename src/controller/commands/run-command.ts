import { isJsonObject, parseJsonObject } from "../../core/json.ts";
import type { Log } from "../../ports/log.ts";
import type { Engine } from "../engine.ts";
import { type CommandAnswer, type CommandHandler, refused } from "./command.ts";
import { confirmDeletions, listDeletions } from "./deletions.ts";
import { failover } from "./failover.ts";
import { moveOne, showOwnership } from "./ownership.ts";
import { setPaused } from "./pause.ts";

/** Every command by its name. */
const commands: Readonly<Record<string, CommandHandler>> = {
  "confirm-deletions": confirmDeletions,
  failover,
  "list-deletions": listDeletions,
  "move-ownership": moveOne,
  pause: setPaused(true),
  resume: setPaused(false),
  "show-ownership": showOwnership,
};

/** Longest that arguments may be in the log: names and an ARM id. */
const longestLogged = 2000;

/** Carries out one command, `{"command": NAME, "args": {…}}`. What is asked for by a name that is known is logged with its arguments. */
export async function runCommand(engine: Engine, text: string, log: Log): Promise<CommandAnswer> {
  const body = parseJsonObject(text);
  const name = body?.["command"];
  const args = body?.["args"] ?? {};
  if (typeof name !== "string" || !isJsonObject(args))
    return refused('A command is a JSON object: {"command": NAME, "args": {…}}.');
  const handler = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (handler === undefined)
    return refused(`There is no command "${name}". Known: ${Object.keys(commands).join(", ")}.`);
  const given = { command: name, args: JSON.stringify(args).slice(0, longestLogged) };
  // Before it is carried out: half of it may be done when it throws.
  log.info("a command is given", given);
  const answer = await handler(engine, args, log);
  log.info("a command was answered", { ...given, outcome: answer.kind });
  return answer;
}
