/** The system's code of a failed call (`ENOENT`), or undefined when the thrown thing has none. */
export function errno(thrown: unknown): string | undefined {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}

/** Whether a path does not exist, or is beneath something that is no folder. */
export function isMissing(thrown: unknown): boolean {
  const code = errno(thrown);
  return code === "ENOENT" || code === "ENOTDIR";
}

/** Answers a failure because of what does not exist with something empty; any other is thrown on. */
export function noneIfMissing<T>(none: T): (thrown: unknown) => T {
  return (thrown) => {
    if (isMissing(thrown)) return none;
    throw thrown;
  };
}
