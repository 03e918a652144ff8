import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { CapstanError } from "@capstan/protocol";
import type { Log, LogLevel } from "./log.js";
import type { WorkerFlags } from "./worker-options.js";

/** What a worker's process says to its parent. */
export type WorkerReport =
  | { readonly type: "ready" }
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "log"; readonly level: LogLevel; readonly message: string; readonly fields: object };

/** What the parent says to it. */
export type WorkerOrder =
  { readonly type: "start"; readonly flags: WorkerFlags } | { readonly type: "close"; readonly graceMs: number };

const entry = fileURLToPath(new URL("./worker-main.js", import.meta.url));
const restartMs = 1_000;

/** A worker in a process of its own, which is started again when it dies and ends when its parent is gone. */
export class WorkerProcess {
  /** Resolves when it has joined the engine; rejects when it cannot. */
  readonly ready: Promise<void>;
  readonly #flags: WorkerFlags;
  readonly #log: Log;
  #child!: ChildProcess;
  #exited!: Promise<void>;
  #isClosing = false;
  #restart: NodeJS.Timeout | undefined;
  #settleReady: { resolve: () => void; reject: (error: Error) => void };

  constructor(flags: WorkerFlags, log: Log) {
    this.#flags = flags;
    this.#log = log;
    this.#settleReady = { resolve: () => {}, reject: () => {} };
    this.ready = new Promise((resolve, reject) => (this.#settleReady = { resolve, reject }));
    this.ready.catch(() => {});
    this.#start();
  }

  /** Lets its trials go on for so long, and resolves when the process has ended. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#restart);
    if (this.#child.connected) this.#tell({ type: "close", graceMs });
    await this.#exited;
  }

  #start(): void {
    const child = fork(entry, [], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        resolve();
        this.#onExit(signal ?? code);
      });
    });
    child.on("message", (report: WorkerReport) => this.#onReport(report));
    this.#tell({ type: "start", flags: this.#flags });
  }

  #tell(order: WorkerOrder): void {
    // It may be gone by now, which its exit tells.
    this.#child.send(order, () => {});
  }

  #onReport(report: WorkerReport): void {
    if (report.type === "ready") this.#settleReady.resolve();
    else if (report.type === "log") this.#log(report.level, report.message, report.fields);
    else {
      this.#isClosing = true;
      this.#settleReady.reject(new CapstanError("invalid-config", report.message));
    }
  }

  #onExit(how: string | number | null): void {
    if (this.#isClosing) return;
    this.#log("error", "worker process ended, starting another", { how });
    this.#restart = setTimeout(() => this.#start(), restartMs);
  }
}
