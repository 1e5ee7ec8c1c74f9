import { app } from "@azure/functions";
import { runtime } from "../src/runtime/create-runtime.ts";
import { toInvocation } from "./to-invocation.ts";

/** GET /api/fleet: clusters, backlog and resources by state, as JSON or, for browsers, as a page. Needs a function key in Azure. */
app.http("fleet", {
  methods: ["GET"],
  authLevel: "function",
  route: "fleet",
  handler: async (request, context) => {
    const target = await runtime();
    const answer = await target.fleet(request.headers.get("accept") ?? "", toInvocation(context));
    return {
      status: answer.status,
      headers: { "content-type": answer.contentType, "cache-control": "no-store" },
      body: answer.body,
    };
  },
});
