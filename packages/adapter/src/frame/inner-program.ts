/** The program of the adapter, which believes that it speaks to a worker. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { createInterface } from "node:readline";

export interface InnerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface InnerOrder {
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Takes every line that it says once it is ready. */
  readonly onLine: (text: string) => void;
  /** It ended without having been closed; all that it said was taken. */
  readonly onDeath: (exit: InnerExit) => void;
}

/** How long it may take to end after it was asked to, as with a worker, unless it asks for more. */
const closeMsDefault = 1_000;
/** Below what the frame itself asks for. */
const closeMsMax = 5_000;
const leftLinesMs = 500;

interface FirstMessage {
  readonly type: string;
  readonly error?: { readonly message: string };
  readonly closeMs?: number;
}

export class InnerProgram {
  readonly #child: ChildProcess;
  readonly #channel: Duplex;
  readonly #exited: Promise<InnerExit>;
  #closeMs = closeMsDefault;
  #isClosing = false;
  #hasEnded = false;

  private constructor({ command, env }: InnerOrder) {
    const [program = "", ...args] = command;
    this.#child = spawn(program, args, { env, stdio: ["ignore", "inherit", "inherit", "pipe"] });
    this.#channel = this.#child.stdio[3] as Duplex;
    this.#channel.on("error", () => undefined);
    this.#exited = (once(this.#child, "exit") as Promise<[InnerExit["code"], InnerExit["signal"]]>).then(
      ([code, signal]) => ({ code, signal }),
      (error: Error) => {
        throw new Error(`the program ${program} could not be started: ${error.message}`);
      },
    );
    this.#exited.catch(() => undefined);
  }

  /** Starts it and waits until it is ready. @throws Error when it does not get there. */
  static async start(order: InnerOrder): Promise<InnerProgram> {
    const program = new InnerProgram(order);
    const lines = createInterface({ input: program.#channel, crlfDelay: Infinity });
    let isReady = false;
    const ready = new Promise<void>((resolve, reject) => {
      lines.on("line", (text) => {
        if (isReady) return order.onLine(text);
        const { type, error, closeMs } = JSON.parse(text) as FirstMessage;
        isReady = true;
        program.#closeMs = Math.min(closeMs ?? closeMsDefault, closeMsMax);
        if (type === "ready") resolve();
        else reject(new Error(error?.message ?? `it said ${type} before it was ready`));
      });
    });
    const ended = program.#exited.then(({ code, signal }) => {
      throw new Error(`the program of the adapter ended with ${code ?? signal} before it was ready`);
    });
    await Promise.race([ready, ended]);
    ended.catch(() => undefined);
    void program.#watch(order.onDeath);
    return program;
  }

  /** Whether it ended without having been closed. */
  get isDead(): boolean {
    return this.#hasEnded && !this.#isClosing;
  }

  send(text: string): void {
    this.#channel.write(`${text}\n`);
  }

  /** Asks it to end, and kills it when it does not. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.send(JSON.stringify({ type: "close" }));
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), this.#closeMs);
    await this.#exited;
    clearTimeout(timer);
  }

  async #watch(onDeath: InnerOrder["onDeath"]): Promise<void> {
    const exit = await this.#exited;
    this.#hasEnded = true;
    if (!this.#channel.closed) {
      const late = new Promise((resolve) => setTimeout(resolve, leftLinesMs).unref());
      await Promise.race([once(this.#channel, "close"), late]);
    }
    if (!this.#isClosing) onDeath(exit);
  }
}
