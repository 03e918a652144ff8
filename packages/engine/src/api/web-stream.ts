import type { Readable } from "node:stream";
import { CapstanError } from "@capstan/protocol";

/**
 * A stream of Node as one of the platform, read only as fast as it is taken. Cancelling it ends the source at once.
 *
 * `Readable.toWeb` of Node 20 passes on what is buffered after a cancel, and throws where nobody can catch it.
 */
export function webStream(source: Readable): ReadableStream<Uint8Array> {
  let isOver = false;
  const once = (act: () => void): void => {
    if (isOver) return;
    isOver = true;
    act();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        source.on("data", (chunk: Uint8Array) => {
          if (isOver) return;
          controller.enqueue(chunk);
          if ((controller.desiredSize ?? 0) <= 0) source.pause();
        });
        source.pause();
        source.once("end", () => once(() => controller.close()));
        source.once("error", (error) => once(() => controller.error(error)));
        source.once("close", () => once(() => controller.error(brokenOff())));
      },
      pull: () => void source.resume(),
      cancel: () => once(() => void source.destroy()),
    },
    { highWaterMark: 0 },
  );
}

function brokenOff(): CapstanError {
  return new CapstanError("unreachable", "the answer broke off before its end");
}
