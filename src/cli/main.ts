#!/usr/bin/env node
import { Command } from "commander";
import { errorMessage, OperatorError } from "../core/errors.ts";
import { version } from "../runtime/version.ts";
import { registerCrds } from "./crds.ts";
import { registerPlan } from "./plan.ts";
import { registerRbac } from "./rbac.ts";
import { registerRegister } from "./register.ts";
import { registerStart } from "./start/start.ts";

const program = new Command("aso-functions")
  .description("A serverless controller for Azure Service Operator custom resources.")
  .version(version)
  .showHelpAfterError();

registerStart(program);
registerCrds(program);
registerPlan(program);
registerRbac(program);
registerRegister(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof OperatorError)) throw error;
  console.error(`error: ${errorMessage(error)}`);
  process.exitCode = 2;
}
