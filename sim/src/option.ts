import { CapstanError } from "@capstan/protocol";

/** Reads a command line. @throws CapstanError `invalid-config` for an option that is not known. */
export function readOptions<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new CapstanError("invalid-config", `${(cause as Error).message}; --help lists the options`, { cause });
  }
}

/** @throws CapstanError `invalid-config` unless the text is a number above 0. */
export function positive(text: string, option: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new CapstanError("invalid-config", `--${option} is "${text}": give a number above 0`);
}

/** Runs a command; a setting that is wrong ends it with exit code 2 and one line that names the remedy. */
export async function runCommand(command: () => Promise<boolean>): Promise<void> {
  try {
    process.exitCode = (await command()) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof CapstanError) || error.code !== "invalid-config") throw error;
    console.error(`error: ${error.message}`);
    process.exitCode = 2;
  }
}
