import { errorMessage, OperatorError } from "../../core/errors.ts";

/** An object is at most 1.5 MB in etcd; its JSON may be a few times larger. */
const maxLineLength = 16 * 1024 * 1024;

/**
 * The lines of a stream. A stream that breaks or is aborted ends: the reader of a watch goes on from the last version it saw.
 * The unfinished last line is not given out. Throws OperatorError `ClusterAnswered` for a line without end.
 */
export async function* readLines(body: AsyncIterable<Buffer>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of untilBroken(body)) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > maxLineLength) {
      throw new OperatorError("ClusterAnswered", "The API server sent a watch event without end.");
    }
    yield* lines.filter((line) => line !== "");
  }
}

async function* untilBroken(body: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const step = await nextOrEnd(chunks);
      if (step.done === true) {
        return;
      }
      yield step.value;
    }
  } finally {
    await chunks.return?.();
  }
}

async function nextOrEnd(chunks: AsyncIterator<Buffer>): Promise<IteratorResult<Buffer, string>> {
  try {
    const step = await chunks.next();
    return step.done === true ? { done: true, value: "" } : step;
  } catch (error) {
    return { done: true, value: errorMessage(error) };
  }
}
