import type { InvocationResponse } from "./core-types.ts";
import type { FunctionPlan, QueueOutput } from "./function-plan.ts";
import type { QueueSettings } from "./host-json.ts";
import type { MessageQueue } from "./message-queue.ts";
import { encodeMessage, outputMessages } from "./message-text.ts";

/**
 * Writes the queue outputs of a call that succeeded, one message after the other, and tells `written` of each queue that got any.
 * A failure in the middle leaves the earlier messages where they are: the call counts as failed and may write them again.
 */
export function createOutputWriter(
  encoding: QueueSettings["messageEncoding"],
  openQueue: (output: QueueOutput) => MessageQueue,
  written: (output: QueueOutput) => void,
): (plan: FunctionPlan, response: InvocationResponse) => Promise<void> {
  return async (plan, response) => {
    for (const [binding, output] of plan.queueOutputs) {
      const data =
        binding === "$return"
          ? response.returnValue
          : response.outputData?.find((item) => item.name === binding)?.data;
      const messages = outputMessages(data);
      if (messages.length === 0) continue;
      const queue = openQueue(output);
      for (const message of messages) await queue.send(encodeMessage(message, encoding));
      written(output);
    }
  };
}
