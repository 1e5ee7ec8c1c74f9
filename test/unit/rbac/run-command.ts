import { Command, CommanderError } from "commander";
import { registerRbac } from "../../../src/cli/rbac.ts";

type Result = { readonly code: number; readonly out: string; readonly err: string };

/** Runs `aso-functions rbac` in this process. */
export function runRbac(...args: readonly string[]): Promise<Result> {
  return runCommand(registerRbac, ["rbac", ...args]);
}

/** Runs one command of the command line in this process. */
export async function runCommand(
  register: (program: Command) => void,
  args: readonly string[],
): Promise<Result> {
  let out = "";
  let err = "";
  const program = new Command("aso-functions").exitOverride().configureOutput({
    writeOut: (text) => {
      out += text;
    },
    writeErr: (text) => {
      err += text;
    },
  });
  register(program);
  for (const command of program.commands) command.copyInheritedSettings(program);
  const code = await program.parseAsync([...args], { from: "user" }).then(
    () => 0,
    (error: unknown) => {
      if (error instanceof CommanderError) return error.exitCode;
      throw error;
    },
  );
  return { code, out, err };
}
