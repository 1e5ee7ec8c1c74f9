import { isJsonObject, parseJsonObject } from "../../core/json.ts";
import type { Log } from "../../ports/log.ts";
import type { Engine } from "../engine.ts";
import { type CommandAnswer, type CommandHandler, refused } from "./command.ts";
import { confirmDeletions, listDeletions } from "./deletions.ts";
import { setPaused } from "./pause.ts";

/** Every command by its name. */
const commands: Readonly<Record<string, CommandHandler>> = {
  "confirm-deletions": confirmDeletions,
  "list-deletions": listDeletions,
  pause: setPaused(true),
  resume: setPaused(false),
};

/** Carries out one command, `{"command": NAME, "args": {…}}`. Everything that is asked for is logged. */
export async function runCommand(engine: Engine, text: string, log: Log): Promise<CommandAnswer> {
  const body = parseJsonObject(text);
  const name = body?.["command"];
  const args = body?.["args"] ?? {};
  if (typeof name !== "string" || !isJsonObject(args))
    return refused('A command is a JSON object: {"command": NAME, "args": {…}}.');
  const handler = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (handler === undefined)
    return refused(`There is no command "${name}". Known: ${Object.keys(commands).join(", ")}.`);
  const answer = await handler(engine, args, log);
  log.info("a command was given", { command: name, outcome: answer.kind });
  return answer;
}
