import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { SourceModule } from "./source-module.js";

/** The text files of a repository by path, parsed when asked for. Paths are relative to the root, with `/`. */
export class SourceTree {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #modules = new Map<string, SourceModule>();

  private constructor(texts: ReadonlyMap<string, string>) {
    this.#texts = texts;
  }

  /** A tree made of the given texts, for the tests of rules. */
  static of(texts: Readonly<Record<string, string>>): SourceTree {
    return new SourceTree(new Map(Object.entries(texts)));
  }

  /** Everything that git tracks or would track in a working copy, binary files left out. */
  static read(root: string): SourceTree {
    const listing = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    const texts = new Map<string, string>();
    for (const path of listing.split("\0")) {
      const text = path === "" ? undefined : readText(join(root, path));
      if (text !== undefined) texts.set(path, text);
    }
    return new SourceTree(texts);
  }

  get paths(): string[] {
    return [...this.#texts.keys()];
  }

  has(path: string): boolean {
    return this.#texts.has(path);
  }

  text(path: string): string {
    const text = this.#texts.get(path);
    if (text === undefined) throw new Error(`No file ${path} in the tree`);
    return text;
  }

  /** The parsed JSON of a file, or undefined when there is no such file. */
  json(path: string): unknown {
    return this.has(path) ? JSON.parse(this.text(path)) : undefined;
  }

  /** Every TypeScript file, parsed once. */
  get modules(): SourceModule[] {
    return this.paths.filter(isTypeScript).map((path) => this.module(path));
  }

  module(path: string): SourceModule {
    let module = this.#modules.get(path);
    if (module === undefined) {
      module = new SourceModule(path, this.text(path));
      this.#modules.set(path, module);
    }
    return module;
  }

  /** The source file that a relative specifier like `./task.js` names, or undefined when there is none. */
  resolve(fromPath: string, specifier: string): string | undefined {
    const target = posix.join(posix.dirname(fromPath), specifier);
    const stem = target.replace(/\.js$/, "");
    return [target, `${stem}.ts`, `${stem}.tsx`].find((path) => isTypeScript(path) && this.has(path));
  }
}

function isTypeScript(path: string): boolean {
  return /\.tsx?$/.test(path);
}

function readText(path: string): string | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    // A tracked file that was deleted but not yet committed, or a submodule folder.
    if (["ENOENT", "EISDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
  return bytes.subarray(0, 8000).includes(0) ? undefined : bytes.toString("utf8");
}
