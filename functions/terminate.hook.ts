import { app } from "@azure/functions";
import { runtime } from "../src/runtime/create-runtime.ts";

/** The worker is about to end: what telemetry has buffered is sent. */
app.hook.appTerminate(async () => {
  const target = await runtime();
  await target.close();
});
