import { app } from "@azure/functions";
import { runtime } from "../src/runtime/create-runtime.ts";
import { toInvocation } from "./to-invocation.ts";

/** One custom resource per message, a bounded step further. */
app.storageQueue("reconcile", {
  queueName: "%RECONCILE_QUEUE%",
  connection: "AzureWebJobsStorage",
  handler: async (message, context) => {
    const target = await runtime();
    await target.reconcile(message, toInvocation(context));
  },
});
