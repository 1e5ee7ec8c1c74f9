import { createResourceManagement } from "@azure/arm-resources/api";
import type { Pipeline } from "@azure/core-rest-pipeline";
import { OperatorError } from "../../core/errors.ts";

/** What remains of the client's pipeline: headers. Everything that repeats, redirects, signs or rewrites a request is the controller's own decision. */
const keptPolicies: ReadonlySet<string> = new Set(["userAgentPolicy", "setClientRequestIdPolicy"]);

/**
 * The request pipeline of `@azure/arm-resources` for one endpoint, without retries, redirects, token handling and logging.
 * Its typed operations are not used: their PUT sends only the fields of a generic resource (`zones` would be lost).
 */
export function armPipeline(endpoint: string, userAgent: string): Pipeline {
  const context = createResourceManagement({ getToken: noToken }, "", {
    endpoint,
    userAgentOptions: { userAgentPrefix: userAgent },
  });
  const { pipeline } = context;
  for (const policy of pipeline.getOrderedPolicies()) {
    if (!keptPolicies.has(policy.name)) {
      pipeline.removePolicy({ name: policy.name });
    }
  }
  return pipeline;
}

async function noToken(): Promise<never> {
  throw new OperatorError("Bug", "The ARM pipeline asked for a token of its own.");
}
