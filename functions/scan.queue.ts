import { app } from "@azure/functions";
import { runtime } from "../src/runtime/create-runtime.ts";
import { toInvocation } from "./to-invocation.ts";

/** One cluster per message: its changes become rows and wake-ups. */
app.storageQueue("scan", {
  queueName: "%SCAN_QUEUE%",
  connection: "AzureWebJobsStorage",
  handler: async (message, context) => {
    const target = await runtime();
    await target.scan(message, toInvocation(context));
  },
});
