import { execFile } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { Script } from "@capstan/testkit";
import { root, type Block, type Page } from "./page.js";

const run = promisify(execFile);
const bin = join(root, "packages/capstan/bin/capstan.js");
const compilerOptions = {
  module: "nodenext",
  target: "es2023",
  strict: true,
  verbatimModuleSyntax: true,
  skipLibCheck: true,
  types: ["node"],
};

/** A folder in which a reader of a page follows it: its files, the packages, and `capstan` on the path. */
export class Site {
  readonly #folder: string;
  #engine: Script | undefined;
  #url = "";

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string, { blocks }: Page): Promise<Site> {
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    await mkdir(join(folder, ".bin"));
    await symlink(bin, join(folder, ".bin/capstan"));
    await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    for (const { note, text } of blocks.filter(isFile)) {
      await mkdir(dirname(join(folder, note)), { recursive: true });
      await writeFile(join(folder, note), text);
    }
    return new Site(folder);
  }

  /** Compiles every example with strict types. @throws what the compiler says. */
  async compile(): Promise<void> {
    await writeFile(join(this.#folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
    await this.#run(join(root, "node_modules/.bin/tsc"), ["-p", "."]);
  }

  /** Starts the engine and worker that the page's commands talk to. */
  async start(): Promise<void> {
    const args = ["up", "--port", "0", "--slots", "2", "--json"];
    this.#engine = await Script.start(bin, { args, cwd: this.#folder });
    const ready = JSON.parse(await this.#engine.waitForLine("ready", 15_000)) as { url: string };
    this.#url = ready.url;
  }

  /** Runs a block as a reader would. @throws with its output when one of its commands fails. */
  async runShell({ text }: Block): Promise<void> {
    await this.#run("bash", ["-euo", "pipefail", "-c", text]);
  }

  /** What the command line says of a verb. */
  async help(verb: string): Promise<string> {
    return this.#run(process.execPath, [bin, verb, "--help"]);
  }

  async close(): Promise<void> {
    await this.#engine?.stop("SIGINT");
  }

  async #run(file: string, args: readonly string[]): Promise<string> {
    const path = `${join(this.#folder, ".bin")}:${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`;
    const env = { ...process.env, PATH: path, CAPSTAN_URL: this.#url, NO_COLOR: "1" };
    try {
      return (await run(file, args, { cwd: this.#folder, env, timeout: 60_000 })).stdout;
    } catch (error) {
      const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
      throw new Error(`${args.join(" ")}\n${stdout}${stderr}`, { cause: error });
    }
  }
}

function isFile({ language, note }: Block): boolean {
  return ["ts", "yaml", "json", "python"].includes(language) && note !== "";
}
