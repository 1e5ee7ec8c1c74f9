import { app } from "@azure/functions";
import { runtime } from "../src/runtime/create-runtime.ts";
import { toInvocation } from "./to-invocation.ts";

/** POST /api/command: what an operator decides and no resource says. A function of its own, so that its key is another than the page's. */
app.http("command", {
  methods: ["POST"],
  authLevel: "function",
  route: "command",
  handler: async (request, context) => {
    const target = await runtime();
    const answer = await target.command(await request.text(), toInvocation(context));
    return {
      status: answer.status,
      headers: { "content-type": answer.contentType, "cache-control": "no-store" },
      body: answer.body,
    };
  },
});
