/**
 * Says to the parent process what it waits for, and ends when it asks, or is gone. Ctrl-C reaches every process of the
 * terminal: only the parent acts on it, and then tells its children.
 */
export function obeyParent(facts: Readonly<Record<string, unknown>>, close: () => Promise<void>): void {
  let isEnding = false;
  const end = (): void => {
    if (isEnding) return;
    isEnding = true;
    void close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on("message", end);
  process.on("disconnect", end);
  if (process.connected) process.send?.(facts);
  else end();
}

/** Called first: until the process is ready it ends at once when its parent does. */
export function ignoreInterrupt(): void {
  process.on("SIGINT", () => {});
}
