import { Command, CommanderError } from "commander";
import { registerRbac } from "../../../src/cli/rbac.ts";

/** Runs `aso-functions rbac` in this process. */
export async function runRbac(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
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
  registerRbac(program);
  for (const command of program.commands) command.copyInheritedSettings(program);
  const code = await program.parseAsync(["rbac", ...args], { from: "user" }).then(
    () => 0,
    (error: unknown) => {
      if (error instanceof CommanderError) return error.exitCode;
      throw error;
    },
  );
  return { code, out, err };
}
