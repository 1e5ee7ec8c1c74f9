import { Command, CommanderError } from "commander";
import { errorMessage, OperatorError } from "../core/errors.ts";
import { version } from "../runtime/version.ts";
import { registerCrds } from "./crds.ts";
import { registerDeletions } from "./deletions.ts";
import { registerOwnership } from "./ownership.ts";
import { registerPause } from "./pause.ts";
import { registerPlan } from "./plan.ts";
import { registerRbac } from "./rbac.ts";
import { registerRegister } from "./register.ts";
import { registerStart } from "./start/start.ts";
import { registerTransfer } from "./transfer/transfer.ts";

const program = new Command("aso-functions")
  .description("A serverless controller for Azure Service Operator custom resources.")
  .version(version)
  .showHelpAfterError()
  .exitOverride();

registerStart(program);
registerCrds(program);
registerDeletions(program);
registerOwnership(program);
registerPause(program);
registerPlan(program);
registerRbac(program);
registerRegister(program);
registerTransfer(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = exitCodeOf(error);
  } else {
    if (!(error instanceof OperatorError)) throw error;
    console.error(`error: ${errorMessage(error)}`);
    process.exitCode = 2;
  }
}

/** A command line that cannot be read is bad input; what a command ends with itself is kept. The message was printed already. */
function exitCodeOf({ code, exitCode }: CommanderError): number {
  return exitCode === 1 && code !== "commander.error" ? 2 : exitCode;
}
