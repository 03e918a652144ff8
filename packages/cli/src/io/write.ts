import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { CapstanError } from "@capstan/protocol";

/** Writes a file, with the folders above it. @throws CapstanError `invalid-config` naming it and why it cannot be written. */
export async function writeText(path: string, text: string, what: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  } catch (cause) {
    throw new CapstanError("invalid-config", `${what} cannot be written to ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
}
