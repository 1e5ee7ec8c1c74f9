import { app } from "@azure/functions";
import { runtime } from "../src/runtime/create-runtime.ts";
import { toInvocation } from "./to-invocation.ts";

/** Every 15 seconds: rows that are due become messages. Below a minute the host keeps no schedule status and catches up nothing. */
app.timer("sweep", {
  schedule: "*/15 * * * * *",
  handler: async (_timer, context) => {
    const target = await runtime();
    await target.sweep(toInvocation(context));
  },
});
