import type { ServerResponse } from "node:http";

/** A signal that is aborted when the response's client goes before it was answered, or when `closing` is aborted. */
export function disconnectSignal(response: ServerResponse, closing: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const onClosing = (): void => {
    const { socket } = response;
    // Its headers may have left, and promised to keep the connection.
    response.once("finish", () => socket?.destroySoon());
    controller.abort(closing.reason);
  };
  const onClose = (): void => {
    closing.removeEventListener("abort", onClosing);
    if (!response.writableFinished) controller.abort();
  };
  if (closing.aborted) onClosing();
  else closing.addEventListener("abort", onClosing);
  response.once("close", onClose);
  return controller.signal;
}

/** The promise's value, or a rejection with the signal's reason as soon as it is aborted. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = makeDeferred<never>();
  const onAbort = (): void => reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

function makeDeferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  return { promise, resolve, reject };
}
