import { CapstanError, type GrantMessage } from "@capstan/protocol";
import type { TrialEnd, TrialEvents, TrialOrder } from "../executor/executor.js";
import type { Seat } from "./seat.js";

/** What a setup script is run with: the trial that came first and its place. */
export interface SetupRequest {
  readonly grant: GrantMessage;
  readonly input: unknown;
  readonly seat: Seat;
  readonly slot: number;
}

export interface SetupOptions {
  /** The time a script may take, in ms. */
  readonly setupMs: number;
  /** How long a taskset whose script failed is kept away, in ms. */
  readonly failedMs: number;
  readonly nowMs: () => number;
}

interface Setup {
  readonly done: Promise<void>;
  state: "running" | "done" | "failed";
  failedAtMs: number;
  message: string;
}

/** Scripts that are remembered, over all tasksets. */
const setupsMax = 10_000;
const graceMs = 5_000;

/** Runs the setup script of a taskset's commands once on this worker, before the first of them. */
export class SetupRunner {
  readonly #options: SetupOptions;
  readonly #setups = new Map<string, Setup>();
  /** The last failure of a taskset. */
  readonly #failures = new Map<string, { readonly message: string; readonly atMs: number }>();

  constructor(options: SetupOptions) {
    this.#options = options;
  }

  /** Whether nothing has to run before the command. */
  isDone(grant: GrantMessage, input: unknown): boolean {
    const script = scriptOf(grant, input);
    return script === undefined || this.#setups.get(keyOf(grant, script))?.state === "done";
  }

  /** Why offers of the taskset are declined for now; undefined when they are not. */
  failureOf(taskset: string | undefined): string | undefined {
    if (taskset === undefined || this.#failures.size === 0) return undefined;
    const failure = this.#failures.get(taskset);
    if (failure === undefined) return undefined;
    if (this.#options.nowMs() - failure.atMs < this.#options.failedMs) return failure.message;
    this.#failures.delete(taskset);
    return undefined;
  }

  /**
   * Waits until the script has run, running it when nobody did.
   * @throws CapstanError `task-failed` when it failed; it is run again once `failedMs` have passed.
   */
  ensure(request: SetupRequest, events: TrialEvents): Promise<void> {
    const script = scriptOf(request.grant, request.input);
    if (script === undefined) return Promise.resolve();
    const key = keyOf(request.grant, script);
    const known = this.#setups.get(key);
    if (known !== undefined && !this.#isStale(known)) return known.done;
    return this.#begin(key, orderOf(request, script, this.#options.setupMs), { request, events });
  }

  #isStale({ state, failedAtMs }: Setup): boolean {
    return state === "failed" && this.#options.nowMs() - failedAtMs >= this.#options.failedMs;
  }

  #begin(key: string, order: TrialOrder, by: { request: SetupRequest; events: TrialEvents }): Promise<void> {
    const { request, events } = by;
    const { seat, grant } = request;
    const { taskset } = grant;
    const setup: Setup = {
      state: "running",
      failedAtMs: 0,
      message: "",
      done: seat.run(order, events).ended.then((end) => this.#settle(setup, end, taskset)),
    };
    // Those that wait for it are told; without any it is no fault that nobody listens.
    setup.done.catch(() => {});
    this.#setups.delete(key);
    this.#setups.set(key, setup);
    this.#bound();
    return setup.done;
  }

  #settle(setup: Setup, end: TrialEnd, taskset: string | undefined): void {
    if (end.status === "succeeded") {
      setup.state = "done";
      return;
    }
    setup.state = "failed";
    setup.failedAtMs = this.#options.nowMs();
    setup.message = `setup-failed: the setup script ended as ${end.status}: ${end.error?.message ?? "no reason given"}`;
    if (taskset !== undefined) {
      if (this.#failures.size >= setupsMax) this.#failures.clear();
      this.#failures.set(taskset, { message: setup.message, atMs: setup.failedAtMs });
    }
    throw new CapstanError("task-failed", setup.message);
  }

  #bound(): void {
    for (const [key, setup] of this.#setups) {
      if (this.#setups.size <= setupsMax) return;
      if (setup.state !== "running") this.#setups.delete(key);
    }
  }
}

function scriptOf(grant: GrantMessage, input: unknown): string | undefined {
  if (grant.definition !== "command/run" || typeof input !== "object" || input === null) return undefined;
  const { setup } = input as { setup?: unknown };
  return typeof setup === "string" && setup !== "" ? setup : undefined;
}

/** The input that the command itself is run with: its setup has been seen to. */
export function withoutSetup(grant: GrantMessage, input: unknown): unknown {
  if (grant.definition !== "command/run" || typeof input !== "object" || input === null) return input;
  const { setup: _, ...rest } = input as { setup?: unknown };
  return rest;
}

/** A lone task has a setup of its own. */
function keyOf(grant: GrantMessage, script: string): string {
  return `${grant.taskset ?? grant.trial} ${script}`;
}

function orderOf({ grant, input, slot }: SetupRequest, script: string, setupMs: number): TrialOrder {
  const { cwd, env } = input as { cwd?: string; env?: Record<string, string> };
  return {
    trial: grant.trial,
    task: grant.task,
    definition: grant.definition,
    revision: grant.revision,
    number: grant.number,
    round: grant.round,
    slot,
    input: {
      command: ["sh", "-e", "-c", script],
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
    },
    limits: { ...grant.limits, softMs: setupMs, hardMs: setupMs + graceMs },
  };
}
