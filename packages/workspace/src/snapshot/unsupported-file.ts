import { CapstanError, excerpt } from "@capstan/protocol";

/** The error about something that a snapshot cannot take. `fault` continues the sentence that the path begins. */
export function unsupportedFile(path: string, fault: string, cause?: unknown): CapstanError {
  return new CapstanError("unsupported-file", `${JSON.stringify(excerpt(path))} ${fault}`, {
    details: { path: excerpt(path) },
    cause,
  });
}

/**
 * For a path at which nothing is: when its name was not valid UTF-8, that is why, and it did not vanish.
 * @throws CapstanError `unsupported-file`.
 */
export function refuseGarbled(path: string): void {
  if (path.includes("\ufffd")) throw unsupportedFile(path, "has a name that is not valid UTF-8: rename or exclude it");
}
