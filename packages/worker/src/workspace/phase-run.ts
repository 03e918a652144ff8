import { limits, type Clock, type PhaseScript, type PhaseStatus, type Timer } from "@capstan/protocol";
import { OutputTail } from "../output/output-tail.js";
import type { GroupExit, ProcessGroup, ProcessGroupSpawner } from "../spawner/process-group-spawner.js";

/** How a phase ended. */
export interface PhaseOutcome {
  readonly status: PhaseStatus;
  readonly message?: string;
  /** The end of what it wrote, both streams together. */
  readonly log?: string;
}

export interface ScriptOrder {
  readonly script: PhaseScript;
  /** Where it runs. */
  readonly folder: string;
  /** The whole environment, but for what the script states itself. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface ScriptParts {
  readonly spawner: ProcessGroupSpawner;
  readonly clock: Clock;
}

/** Between the request to end and the kill. */
const graceMs = 5_000;

/** Runs a script with `sh -e`, until it ends, its time is over or it is stopped. Nothing that it started is left then. */
export class ScriptRun {
  readonly ended: Promise<PhaseOutcome>;
  readonly #group: ProcessGroup;
  readonly #clock: Clock;
  #stopped: "timeout" | "cancelled" | undefined;
  #isEnded = false;
  #killTimer: Timer | undefined;

  constructor({ script, folder, env, timeoutMs }: ScriptOrder, { spawner, clock }: ScriptParts) {
    this.#clock = clock;
    const tail = new OutputTail(limits.phaseLogBytesMax / 2);
    let settle!: (outcome: PhaseOutcome) => void;
    this.ended = new Promise((resolve) => (settle = resolve));
    const timer = clock.setTimer(timeoutMs, () => this.#stop("timeout"));
    this.#group = spawner.spawn(
      { command: ["/bin/sh", "-e", "-c", script.script], cwd: folder, env: { ...env, ...script.env } },
      {
        output: (stream, bytes) => tail.push({ stream, text: Buffer.from(bytes.toString("utf8")) }),
        ended: (exit) => {
          timer.cancel();
          this.#killTimer?.cancel();
          this.#isEnded = true;
          settle({ ...this.#judge(exit, timeoutMs), ...logOf(tail) });
        },
      },
    );
  }

  /** Nobody needs it any more: it is asked to end, and killed when it does not. */
  cancel(): void {
    this.#stop("cancelled");
  }

  /** Ends it at once, whether or not it was asked before. */
  kill(): void {
    if (this.#isEnded) return;
    this.#stopped ??= "cancelled";
    this.#killTimer?.cancel();
    this.#group.kill();
  }

  #stop(why: "timeout" | "cancelled"): void {
    if (this.#stopped !== undefined || this.#isEnded) return;
    this.#stopped = why;
    this.#group.signal("SIGTERM");
    this.#killTimer = this.#clock.setTimer(graceMs, () => this.#group.kill());
  }

  #judge({ code, signal, startFailure, isSpawnerLost }: GroupExit, timeoutMs: number): PhaseOutcome {
    if (this.#stopped === "timeout") return { status: "timeout", message: `it took longer than ${timeoutMs} ms` };
    if (this.#stopped === "cancelled") return { status: "cancelled", message: "it was not needed any more" };
    if (code === 0) return { status: "succeeded" };
    if (startFailure !== undefined) return { status: "failed", message: startFailure.message };
    if (isSpawnerLost === true) return { status: "failed", message: "the spawner ended, and it with it" };
    return { status: "failed", message: signal === null ? `it exited with code ${code}` : `it was ended by ${signal}` };
  }
}

function logOf(tail: OutputTail): { log?: string } {
  const text = tail
    .take()
    .map((piece) => piece.text.toString("utf8"))
    .join("");
  return text === "" ? {} : { log: text };
}
