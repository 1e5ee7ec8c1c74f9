import type { Command } from "commander";
import { type AppOptions, sendCommand, withApp } from "./app-client.ts";
import { writeOut } from "./write-out.ts";

/** Registers `pause` and `resume`: all work on one cluster, in every instance of the app within seconds. */
export function registerPause(program: Command): void {
  for (const [name, description] of [
    ["pause", "stop all work on a cluster"],
    ["resume", "go on with the work on a cluster"],
  ] as const) {
    const command = program.command(name).description(description).argument("<cluster>");
    withApp(command).action(async (cluster: string, options: AppOptions) => {
      await sendCommand(options, name, { cluster });
      writeOut(command, `${cluster}: ${name}d\n`);
    });
  }
}
