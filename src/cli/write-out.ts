import type { Command } from "commander";

/** Writes to where the command's output goes: stdout, or what a test put in its place. */
export function writeOut(command: Command, text: string): void {
  command.configureOutput().writeOut?.(text);
}
