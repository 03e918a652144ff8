import type { GroupExit, GroupListener, ProcessGroup, SpawnOrder } from "@capstan/worker";
import type { Clock, Timer } from "@capstan/protocol";
import type { SeededRandom } from "@capstan/testkit";
import type { Execution, Ledger } from "../check/ledger.js";
import { outcomeOf, stubbornMs, type SimInput, type SimOutcome } from "../load/sim-plugin.js";

/** The command line of a simulated program. */
export function simCommand(input: SimInput): string[] {
  return ["sim", JSON.stringify(input)];
}

export interface SimProcessOptions {
  readonly machine: string;
  /** Goes on while the worker is frozen: it is another process. */
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly ledger: Ledger;
  readonly nowMs: () => number;
  /** Hands something to the worker's process, once it can take it. */
  readonly tell: (what: () => void) => void;
  readonly over: (process: SimProcess) => void;
}

const lasting: ReadonlySet<SimOutcome> = new Set(["hang", "stubborn"]);

/** A process group of one command, which does what its input says. */
export class SimProcess implements ProcessGroup {
  readonly pid: number;
  readonly trial: string;
  readonly #options: SimProcessOptions;
  readonly #listener: GroupListener;
  readonly #execution: Execution;
  readonly #outcome: SimOutcome;
  readonly #timer: Timer;
  #isOver = false;

  constructor(order: SpawnOrder, listener: GroupListener, options: SimProcessOptions) {
    this.#options = options;
    this.#listener = listener;
    const { clock, random, ledger, machine, nowMs } = options;
    const input = JSON.parse(order.command[1]!) as SimInput;
    const { CAPSTAN_TRIAL, CAPSTAN_TASK, CAPSTAN_ROUND, CAPSTAN_TRIAL_NUMBER, CAPSTAN_REVISION } = order.env;
    this.pid = random.int(2, 99_999);
    this.trial = CAPSTAN_TRIAL!;
    this.#outcome = outcomeOf(input, Number(CAPSTAN_TRIAL_NUMBER));
    this.#execution = {
      task: CAPSTAN_TASK!,
      trial: this.trial,
      round: Number(CAPSTAN_ROUND),
      machine,
      isProcess: true,
      revision: CAPSTAN_REVISION!,
      isSafe: input.isSafe,
      startedMs: nowMs(),
    };
    ledger.begin(this.#execution);
    const ms = this.#outcome === "hang" ? 3_600_000 : input.ms + (this.#outcome === "stubborn" ? stubbornMs : 0);
    this.#timer = clock.setTimer(ms, () => this.#finish());
    options.tell(() => listener.output("stdout", Buffer.from(`trial ${this.trial}\n`)));
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#outcome !== "stubborn") this.#end("aborted", { code: null, signal });
  }

  /** By its worker, which says why. */
  kill(): void {
    this.#end("aborted", { code: null, signal: "SIGKILL" });
  }

  /** Its worker is gone, or its lease has run out. */
  perish({ isCutOff }: { readonly isCutOff: boolean }): void {
    this.#end("killed", { code: null, signal: "SIGKILL", ...(isCutOff ? { isCutOff } : {}) });
  }

  keepOrphans(): void {}
  killOrphans(): void {}
  limitMemory(): void {}
  guard(): void {}
  unguard(): void {}
  pauseOutput(): void {}

  #finish(): void {
    const outcome = lasting.has(this.#outcome) ? "ok" : this.#outcome;
    if (outcome === "crash") return this.#end("crash", { code: null, signal: "SIGSEGV" });
    const isGood = outcome === "ok" || outcome === "skip";
    this.#end(isGood ? "ok" : outcome, { code: isGood ? 0 : 1, signal: null });
  }

  #end(outcome: string, exit: GroupExit): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { ledger, nowMs, over, tell } = this.#options;
    this.#timer.cancel();
    ledger.end(this.#execution, outcome, nowMs());
    over(this);
    tell(() => this.#listener.ended(exit));
  }
}
