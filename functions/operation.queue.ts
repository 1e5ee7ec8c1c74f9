import { app } from "@azure/functions";
import { runtime } from "../src/runtime/create-runtime.ts";
import { toInvocation } from "./to-invocation.ts";

/** One running ARM operation per (delayed) message. A function of its own, so that delayed messages do not scale the others. */
app.storageQueue("operation", {
  queueName: "%OPERATION_QUEUE%",
  connection: "AzureWebJobsStorage",
  handler: async (message, context) => {
    const target = await runtime();
    await target.operation(message, toInvocation(context));
  },
});
