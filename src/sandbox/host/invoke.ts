import type { Registry } from "./core-api.ts";
import type {
  CoreInvocationContext,
  FunctionCallback,
  HookContext,
  InvocationResponse,
} from "./core-types.ts";

/**
 * One invocation in the worker's order: arguments, preInvocation hooks (may replace inputs and callback), the function,
 * postInvocation hooks (may replace result and error), response. Rejects with what the function threw; a thrown `null` or
 * `undefined` counts as success, as in the worker.
 */
export async function invoke(
  registry: Registry,
  context: CoreInvocationContext,
  callback: FunctionCallback,
): Promise<InvocationResponse> {
  const model = await registry.model().getInvocationModel(context);
  const { context: invocationContext, inputs } = await model.getArguments();
  const { appHookData } = registry;
  const hookData: HookContext = {};

  const before: HookContext = {
    hookData,
    appHookData,
    invocationContext,
    functionCallback: callback,
    inputs,
  };
  context.state = "preInvocationHooks";
  await registry.runHooks("preInvocation", before);

  context.state = "invocation";
  const after: HookContext = {
    hookData,
    appHookData,
    invocationContext,
    inputs: before["inputs"],
    result: null,
    error: null,
  };
  try {
    after["result"] = await model.invokeFunction(
      invocationContext,
      before["inputs"] as unknown[],
      before["functionCallback"] as FunctionCallback,
    );
  } catch (error) {
    after["error"] = error;
  }

  context.state = "postInvocationHooks";
  await registry.runHooks("postInvocation", after);
  const error = after["error"];
  if (error !== null && error !== undefined) throw error;
  return await model.getResponse(invocationContext, after["result"]);
}
