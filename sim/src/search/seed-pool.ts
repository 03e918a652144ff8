import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { SeedAnswer, SeedOrder } from "./seed-message.js";

const program = fileURLToPath(new URL("./seed-process.js", import.meta.url));
/** MiB. Most of what a seed makes is short-lived: a large nursery lets it die there. */
const memoryFlags = ["--max-old-space-size=1024", "--max-semi-space-size=32"];
/** A process is replaced after so many seeds. */
const seedsMax = 250;
/** A seed that takes longer hangs. */
const seedMsMax = 180_000;

export interface SeedPoolOptions {
  /** Processes at a time. */
  readonly jobs: number;
  /** Modules to load first in each process. */
  readonly imports?: readonly string[];
}

/** Runs seeds in processes of their own. */
export class SeedPool {
  readonly #options: SeedPoolOptions;
  readonly #children = new Set<ChildProcess>();

  constructor(options: SeedPoolOptions) {
    this.#options = options;
  }

  /** Runs orders until there is none left; each answer is told as it comes. `next` gives undefined at the end. */
  async run(next: () => SeedOrder | undefined, answered: (answer: SeedAnswer) => void): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.jobs }, () => this.#work(next, answered)));
  }

  close(): void {
    for (const child of this.#children) child.kill("SIGKILL");
  }

  async #work(next: () => SeedOrder | undefined, answered: (answer: SeedAnswer) => void): Promise<void> {
    let child: ChildProcess | undefined;
    let count = 0;
    for (let order = next(); order !== undefined; order = next()) {
      if (child?.connected !== true || child.killed || count >= seedsMax) {
        if (child?.connected === true) child.disconnect();
        child = this.#start();
        count = 0;
      }
      count += 1;
      answered(await this.#ask(child, order));
    }
    if (child?.connected === true) child.disconnect();
  }

  #start(): ChildProcess {
    const execArgv = (this.#options.imports ?? []).flatMap((module) => ["--import", module]);
    const child = fork(program, { execArgv: [...memoryFlags, ...execArgv] });
    this.#children.add(child);
    child.once("exit", () => this.#children.delete(child));
    return child;
  }

  #ask(child: ChildProcess, order: SeedOrder): Promise<SeedAnswer> {
    const { seed } = order;
    return new Promise((resolve) => {
      const fail = (message: string): void => done({ seed, ms: 0, failure: { message, stack: "", steps: 0 } });
      const exited = (code: number | null, signal: string | null): void =>
        fail(`the process of the seed ended with ${signal ?? `code ${code}`}`);
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        fail(`the seed took longer than ${seedMsMax / 1_000} s`);
      }, seedMsMax);
      const done = (answer: SeedAnswer): void => {
        clearTimeout(timer);
        child.off("message", done).off("exit", exited);
        resolve(answer);
      };
      child.on("message", done).on("exit", exited);
      child.send(order);
    });
  }
}
