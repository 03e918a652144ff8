import { BodyError } from "../connection/try-guard.js";
import type { LineSource } from "./line-source.js";

/** Small enough to follow the source closely, large enough that a chunk costs little. */
const chunkCharacters = 64 * 1024;

/** The lines as a body of NDJSON, read from their source only as fast as they are sent. */
export function lineStream(
  head: readonly string[],
  source: LineSource,
  onFailure: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const pending = [...head];
  pending.reverse();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { text, isEnd } = await readChunk(pending, source);
          if (text !== "") controller.enqueue(encoder.encode(text));
          if (isEnd) controller.close();
        } catch (error) {
          onFailure(error);
          controller.error(new BodyError("the tasks could not be read", { cause: error }));
        }
      },
      cancel: () => source.stop(),
    },
    { highWaterMark: 1 },
  );
}

async function readChunk(pending: string[], source: LineSource): Promise<{ text: string; isEnd: boolean }> {
  let text = "";
  while (text.length < chunkCharacters) {
    const line = pending.pop();
    if (line !== undefined) {
      text += `${line}\n`;
      continue;
    }
    const step = source.next();
    const result = step instanceof Promise ? await step : step;
    if (result.done === true) return { text, isEnd: true };
    text += `${result.value}\n`;
  }
  return { text, isEnd: false };
}
