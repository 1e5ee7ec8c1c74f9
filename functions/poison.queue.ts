import { app } from "@azure/functions";
import { runtime } from "../src/runtime/create-runtime.ts";
import type { QueueRole } from "../src/runtime/runtime.ts";
import { toInvocation } from "./to-invocation.ts";

/** Registers the handler of one poison queue. The host names it after its queue, so the setting is the queue's own. */
function registerPoison(role: QueueRole, queueName: string): void {
  app.storageQueue(`${role}-poison`, {
    queueName,
    connection: "AzureWebJobsStorage",
    handler: async (message, context) => {
      const target = await runtime();
      await target.poison(role, message, toInvocation(context));
    },
  });
}

registerPoison("scan", "%SCAN_QUEUE%-poison");
registerPoison("reconcile", "%RECONCILE_QUEUE%-poison");
registerPoison("operation", "%OPERATION_QUEUE%-poison");
