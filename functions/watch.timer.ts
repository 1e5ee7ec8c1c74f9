import { app } from "@azure/functions";
import { runtime } from "../src/runtime/create-runtime.ts";
import { toInvocation } from "./to-invocation.ts";

/** Every minute: a scan message per cluster whose chain of scans is not running (design: way of one change, 1). */
app.timer("watch", {
  schedule: "0 * * * * *",
  handler: async (_timer, context) => {
    const target = await runtime();
    await target.watch(toInvocation(context));
  },
});
