/** The file in which a hook leaves variables for the files: a line each, `NAME=VALUE`. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const charactersMax = 65_536;

export class VariableFile {
  readonly path: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, "env");
  }

  static async make(): Promise<VariableFile> {
    const file = new VariableFile(await mkdtemp(join(tmpdir(), "capstan-env-")));
    await writeFile(file.path, "");
    return file;
  }

  /** @throws TypeError that names the line that is wrong. */
  async read(): Promise<Record<string, string>> {
    return parseVariables(await readFile(this.path, "utf8"));
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** @throws TypeError that names the line that is wrong. */
export function parseVariables(text: string): Record<string, string> {
  if (text.length > charactersMax) throw new TypeError(`$CAPSTAN_ENV has more than ${charactersMax} characters`);
  const found: Record<string, string> = {};
  for (const [at, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=([^\0]*)$/.exec(line) ?? [];
    if (name === undefined) throw new TypeError(`line ${at + 1} of $CAPSTAN_ENV is not NAME=VALUE`);
    found[name] = value!;
  }
  return found;
}
